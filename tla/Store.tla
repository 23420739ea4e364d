-------------------------------- MODULE Store --------------------------------
(***************************************************************************)
(* The store: one lease, and the last fence.  Each call is one atomic step *)
(* that compares before it changes anything (rule 3).  The operators take  *)
(* the store's state and a request, and give the new state and the answer. *)
(*                                                                         *)
(* Attempts are numbers in the code.  Here a request and a lease say no    *)
(* more of theirs than whether it is its participant's newest.  How two    *)
(* old ones of one participant compare is forgotten, so that either may be *)
(* the higher, or they may be the same: each is tried.                     *)
(***************************************************************************)
EXTENDS Clocks

VARIABLE store

None == "none"

NoLease == [owner |-> None, newest |-> FALSE, fence |-> 0, left |-> 0, revoked |-> FALSE]

\* settling: for how long the store grants nothing, after a promotion.
EmptyStore == [lease |-> NoLease, fence |-> 0, settling |-> 0]

Held(s) == s.lease.owner # None

\* How the attempt of a request may stand to that of the lease.
Standings(s, m) ==
    CASE ~Held(s) -> {"free"}
      [] Held(s) /\ s.lease.owner # m.from -> {"foreign"}
      [] Held(s) /\ s.lease.owner = m.from /\ m.newest -> IF s.lease.newest THEN {"same"} ELSE {"higher"}
      [] Held(s) /\ s.lease.owner = m.from /\ ~m.newest -> IF s.lease.newest THEN {"lower"} ELSE {"lower", "same", "higher"}

\* A give-back does not know the fence and names the attempt alone: its fence is 0.
SameTenure(s, m, standing) == standing = "same" /\ m.fence \in {0, s.lease.fence}

------------------------------------------------------------------------------
\* Acquire.

\* Above the last fence, and above what the candidate claims to have seen (rule 5).
NextFence(s, m) == Max(s.fence, m.claim) + 1

Grant(s, m) ==
    LET lease == [owner |-> m.from, newest |-> m.newest, fence |-> NextFence(s, m), left |-> Lease, revoked |-> FALSE]
    IN  [s EXCEPT !.lease = lease, !.fence = lease.fence]

\* An incarnation replaces its own lease of a lower attempt, and never one of a higher (rule 4).
MayGrant(standing) == standing \in {"free", "higher"}

\* An attempt that is repeated was granted already: it is told what it holds, and nothing changes (rule 4).
Repeated(s, m) == s

Acquired(s, m, standing) ==
    CASE standing = "same" -> [store |-> Repeated(s, m), answer |-> "granted"]
      [] standing # "same" /\ MayGrant(standing) /\ s.settling = 0 -> [store |-> Grant(s, m), answer |-> "granted"]
      [] standing # "same" /\ MayGrant(standing) /\ s.settling > 0 -> [store |-> s, answer |-> "failed"]
      [] standing # "same" /\ ~MayGrant(standing) -> [store |-> s, answer |-> "refused"]

------------------------------------------------------------------------------
\* Renew.

MayRenew(s, m, standing) == SameTenure(s, m, standing) /\ ~s.lease.revoked

Extended(s, m) == [s EXCEPT !.lease.left = Max(@, Lease)]

Renewed(s, m, standing) ==
    IF MayRenew(s, m, standing) THEN [store |-> Extended(s, m), answer |-> "renewed"] ELSE [store |-> s, answer |-> "lost"]

------------------------------------------------------------------------------
\* Release. That the lease was not ours is no error.

MayRelease(s, m, standing) == SameTenure(s, m, standing)

Released(s, m, standing) ==
    [store |-> IF MayRelease(s, m, standing) THEN [s EXCEPT !.lease = NoLease] ELSE s, answer |-> "released"]

------------------------------------------------------------------------------
Executed(s, m, standing) ==
    CASE m.op = "acquire" -> Acquired(s, m, standing)
      [] m.op = "renewal" -> Renewed(s, m, standing)
      [] m.op = "release" -> Released(s, m, standing)
      [] m.op = "lookup" -> [store |-> s, answer |-> "observed"]

Outcomes(s, m) == {Executed(s, m, standing) : standing \in Standings(s, m)}

\* One tick later. A lease that has ended is gone at once.
Expired(lease) == IF lease.left <= 1 THEN NoLease ELSE [lease EXCEPT !.left = @ - 1]

StoreAfterTick(s) == [s EXCEPT !.lease = Expired(@), !.settling = Less(@)]
==============================================================================

-------------------------------- MODULE Store --------------------------------
(***************************************************************************)
(* The store: one lease, and the last fence.  Each call is one atomic step *)
(* that compares before it changes anything (rule 3).  The operators take  *)
(* the store's state and a request, and give the new state and the answer. *)
(*                                                                         *)
(* Attempts are numbers in the code.  All that is ever asked of them is    *)
(* whether one is its participant's newest, so that is all that a request  *)
(* and a lease say here.  Two old attempts of one participant are one.     *)
(***************************************************************************)
EXTENDS Clocks

VARIABLE store

None == "none"

NoLease == [owner |-> None, newest |-> FALSE, fence |-> 0, left |-> 0, revoked |-> FALSE]

\* settling: for how long the store grants nothing, after a promotion.
EmptyStore == [lease |-> NoLease, fence |-> 0, settling |-> 0]

Held(s) == s.lease.owner # None

SameAttempt(s, m) == Held(s) /\ s.lease.owner = m.from /\ s.lease.newest = m.newest

\* A give-back does not know the fence and names the attempt alone: its fence is 0.
SameTenure(s, m) == SameAttempt(s, m) /\ m.fence \in {0, s.lease.fence}

------------------------------------------------------------------------------
\* Acquire.

\* Above the last fence, and above what the candidate claims to have seen (rule 5).
NextFence(s, m) == Max(s.fence, m.claim) + 1

Grant(s, m) ==
    LET lease == [owner |-> m.from, newest |-> m.newest, fence |-> NextFence(s, m), left |-> Lease, revoked |-> FALSE]
    IN  [s EXCEPT !.lease = lease, !.fence = lease.fence]

\* An incarnation replaces its own lease of a lower attempt, and never one of a higher (rule 4).
IsFree(s, m) == ~Held(s) \/ (s.lease.owner = m.from /\ m.newest /\ ~s.lease.newest)

\* An attempt that is repeated was granted already: it is told what it holds, and nothing changes (rule 4).
Acquired(s, m) ==
    CASE SameAttempt(s, m) -> [store |-> s, answer |-> "granted"]
      [] ~SameAttempt(s, m) /\ IsFree(s, m) /\ s.settling = 0 -> [store |-> Grant(s, m), answer |-> "granted"]
      [] ~SameAttempt(s, m) /\ IsFree(s, m) /\ s.settling > 0 -> [store |-> s, answer |-> "failed"]
      [] ~SameAttempt(s, m) /\ ~IsFree(s, m) -> [store |-> s, answer |-> "refused"]

------------------------------------------------------------------------------
\* Renew.

MayRenew(s, m) == SameTenure(s, m) /\ ~s.lease.revoked

Extended(s, m) == [s EXCEPT !.lease.left = Max(@, Lease)]

Renewed(s, m) ==
    IF MayRenew(s, m) THEN [store |-> Extended(s, m), answer |-> "renewed"] ELSE [store |-> s, answer |-> "lost"]

------------------------------------------------------------------------------
\* Release. That the lease was not ours is no error.

MayRelease(s, m) == SameTenure(s, m)

Released(s, m) ==
    [store |-> IF MayRelease(s, m) THEN [s EXCEPT !.lease = NoLease] ELSE s, answer |-> "released"]

------------------------------------------------------------------------------
Executed(s, m) ==
    CASE m.op = "acquire" -> Acquired(s, m)
      [] m.op = "renewal" -> Renewed(s, m)
      [] m.op = "release" -> Released(s, m)
      [] m.op = "lookup" -> [store |-> s, answer |-> "observed"]

\* One tick later. A lease that has ended is gone at once.
Expired(lease) == IF lease.left <= 1 THEN NoLease ELSE [lease EXCEPT !.left = @ - 1]

StoreAfterTick(s) == [s EXCEPT !.lease = Expired(@), !.settling = Less(@)]
==============================================================================

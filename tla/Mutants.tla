------------------------------- MODULE Mutants -------------------------------
(***************************************************************************)
(* Wrong protocols.  Each operator stands in for one of the protocol's and *)
(* makes one mistake.  checks.yaml says what it stands in for, and which   *)
(* property must see the mistake.  A property that no mistake violates     *)
(* would be a check that cannot fail.                                      *)
(***************************************************************************)
EXTENDS Liveness

\* The assumption about the clocks, for mistakes that break it.
Waived == TRUE

------------------------------------------------------------------------------
\* Time. In the place of Left, Validity, GoneBy and Ready.

DeadlineFromReply(age, drift) == Usable + drift

NoMargin(granted, margin, grace) == granted - grace

GraceNotCounted(granted, margin, grace) == granted - margin

\* The answer to a repeated acquire is taken for one to its last send, with the whole lease before it.
WholeLease(lease) == 0

NoStepDown(p) == TRUE

------------------------------------------------------------------------------
\* The store. In the place of IsFree, NextFence, MayRelease, MayRenew, Renewed, Extended and Expired.

FreeForAll(s, m) == TRUE

FenceOfBefore(s, m) == Max(1, s.fence)

ReleaseAny(s, m) == Held(s)

ReleaseByOwner(s, m) == Held(s) /\ s.lease.owner = m.from

\* A request of which the right store would take no notice is not forgotten: the wrong one might. In the place of CanMatter.
KeepAll(m, s, r) == m.op # "lookup"

RenewAny(s, m) == Held(s) /\ ~s.lease.revoked

RenewRevoked(s, m) == SameTenure(s, m)

RenewExpired(s, m) ==
    LET again == [owner |-> m.from, newest |-> m.newest, fence |-> m.fence, left |-> Lease, revoked |-> FALSE] IN
    CASE MayRenew(s, m) -> [store |-> Extended(s, m), answer |-> "renewed"]
      [] ~Held(s) -> [store |-> [s EXCEPT !.lease = again], answer |-> "renewed"]
      [] OTHER -> [store |-> s, answer |-> "lost"]

RenewalShortens(s, m) == [s EXCEPT !.lease.left = 1]

NeverExpires(lease) == lease

\* The counter of the fences ends with the lease. In the place of StoreAfterTick.
FenceEndsWithLease(s) ==
    LET lease == Expired(s.lease)
    IN  [s EXCEPT !.lease = lease, !.fence = IF lease = NoLease THEN 0 ELSE @, !.settling = Less(@)]

------------------------------------------------------------------------------
\* The resource. In the place of Accepts.

AcceptAll(r, w) == TRUE

AcceptEqualOfAnybody(r, w) == w.fence >= r.fence

------------------------------------------------------------------------------
\* What the participant's effects do. In the place of NewAttempt, Wait, Tell and Arm.

SameAttemptAgain(p, v) == v

NeverWait(v, effect) == [v EXCEPT !.next = CHOOSE e \in AtOnce[effect] : TRUE]

TellNobody(n) == n

DueAtOnce(n, effect) ==
    LET begun == Starts[effect] \cap ((Timers \ {"deadline"}) \cup Watches)
    IN  [n EXCEPT !.armed = (@ \ Ends[effect]) \cup begun, !.due = (@ \ Ends[effect]) \cup (begun \cap Timers)]

------------------------------------------------------------------------------
\* The table. In the place of RowOf.

Without(state, event, effect) ==
    [Table EXCEPT ![<<state, event>>].effects = SelectSeq(@, LAMBDA e : e # effect)]

LateRenewalResurrects ==
    [Table EXCEPT ![<<"draining", "renewed">>] =
        [from |-> "draining", on |-> "renewed", to |-> "leading", effects |-> <<"extend_grant", "arm_renew">>]]

LossIsKept == Without("leading", "deadline", "announce_lost")

DeafFollower == Without("idle", "start", "watch")

NoRenewal == Without("leading", "renew_due", "call_renew")

NoHandBack == Without("stopping", "work_done", "call_release")

HintsAreForbidden == [Table EXCEPT ![<<"leading", "vacated">>].to = "forbidden"]
==============================================================================

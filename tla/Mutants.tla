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
\* Time. In the place of Left, Validity, GoneBy, Ready and WorkAfterTick.

DeadlineFromReply(age, drift) == Usable + drift

NoMargin(granted, margin, grace) == granted - grace

GraceNotCounted(granted, margin, grace) == granted - margin

\* The answer to a repeated acquire does not say how much of the lease has gone by.
WholeLease(lease) == 0

NoStepDown(p) == TRUE

\* The workload's context does not compare with the clock: it waits for the participant to tell.
ContextWithoutClock(n, left) == [n EXCEPT !.grace = Less(@)]

------------------------------------------------------------------------------
\* The store. In the place of MayGrant, Repeated, NextFence, MayRelease, MayRenew, Renewed, Extended and Expired.

FreeForAll(standing) == TRUE

RepeatGrantedAnew(s, m) == Grant(s, m)

RepeatExtends(s, m) == Extended(s, m)

FenceOfBefore(s, m) == Max(1, s.fence)

ReleaseAny(s, m, standing) == Held(s)

ReleaseByOwner(s, m, standing) == standing \in {"lower", "same", "higher"}

\* Anybody's release will do once the holder has stopped leading.
ReleaseOfDraining(s, m, standing) == SameTenure(s, m, standing) \/ (Held(s) /\ ~Leads(s.lease.owner))

\* A request of which the right store would take no notice is not forgotten: the wrong one might. In the place of CanMatter.
KeepAll(m, s, r) == m.op # "lookup"

RenewAny(s, m, standing) == Held(s) /\ ~s.lease.revoked

RenewByOwner(s, m, standing) == standing \in {"lower", "same", "higher"} /\ ~s.lease.revoked

RenewRevoked(s, m, standing) == SameTenure(s, m, standing)

RenewExpired(s, m, standing) ==
    LET again == [owner |-> m.from, newest |-> m.newest, fence |-> m.fence, left |-> Lease, revoked |-> FALSE] IN
    CASE MayRenew(s, m, standing) -> [store |-> Extended(s, m), answer |-> "renewed"]
      [] ~Held(s) -> [store |-> [s EXCEPT !.lease = again], answer |-> "renewed"]
      [] OTHER -> [store |-> s, answer |-> "lost"]

RenewalShortens(s, m) == [s EXCEPT !.lease.left = 1]

NeverExpires(lease) == lease

\* The counter of the fences ends with the lease. In the place of StoreAfterTick.
FenceEndsWithLease(s) ==
    LET lease == Expired(s.lease)
    IN  [s EXCEPT !.lease = lease, !.fence = IF lease = NoLease THEN 0 ELSE @, !.settling = Less(@)]

------------------------------------------------------------------------------
\* The network. In the place of ExecuteLoose, GiveUp and Send.

\* Any answer is taken for the one that is awaited, also that to a call which was given up on.
AnyAnswerServes ==
    \E m \in loose : \E r \in Outcomes(store, m) :
        LET call == core[m.from].awaited
            told == IF OnItsWay(call) /\ call.op = m.op THEN Answer(call, r.store, r.answer) ELSE call
        IN  /\ ~Calm
            /\ store' = r.store
            /\ core' = [core EXCEPT ![m.from].awaited = told]
            /\ loose' = StillLoose(loose \ {m}, store', replica)
            /\ UNCHANGED <<replica, resource, calm>>

\* An answer outlives the call that was given up on, and is taken for one to the next of its kind.
AnswerOutlives(p, v) == v

AnswersLaterSend(p, v, op, fence, claim) ==
    [v EXCEPT !.n.awaited = IF Answered(@) /\ @.op = op THEN [@ EXCEPT !.age = 0] ELSE Call(op, fence, claim)]

------------------------------------------------------------------------------
\* The resource. In the place of Accepts.

AcceptAll(r, w) == TRUE

------------------------------------------------------------------------------
\* What the participant's effects do. In the place of NewAttempt, Wait, Tell, Arm and TimerFires.

SameAttemptAgain(p, v) == v

NeverWait(v, effect) == [v EXCEPT !.next = CHOOSE e \in AtOnce[effect] : TRUE]

TellNobody(n) == n

DueAtOnce(n, effect) ==
    LET begun == Starts[effect] \cap ((Timers \ {"deadline"}) \cup Watches)
    IN  [n EXCEPT !.armed = (@ \ Ends[effect]) \cup begun, !.due = (@ \ Ends[effect]) \cup (begun \cap Timers)]

\* The timer of the renewals is lost.
LostBeat(p) ==
    \E t \in (core[p].armed \cap Timers) \ {"beat"} : \E event \in Raises[t] :
        /\ Ready(p)
        /\ event = "observe_due" => (Looks /\ ~Calm)
        /\ Calm => t \in core[p].due
        /\ Step(p, event, [View(p) EXCEPT !.n.armed = @ \ {t}, !.n.due = @ \ {t}], 0)

------------------------------------------------------------------------------
\* The table. In the place of RowOf.

Without(state, event, effect) ==
    [Table EXCEPT ![state][event].effects = SelectSeq(@, LAMBDA e : e # effect)]

With(state, event, effect) == [Table EXCEPT ![state][event].effects = Append(@, effect)]

LateRenewalResurrects ==
    [Table EXCEPT !["draining"]["renewed"] =
        [from |-> "draining", on |-> "renewed", to |-> "leading", effects |-> <<"extend_grant", "arm_renew">>]]

LossIsKept == Without("leading", "deadline", "announce_lost")

GainIsRepeated == With("leading", "renewed", "announce_gained")

LossIsRepeated == With("draining", "work_done", "announce_lost")

DeafFollower == Without("idle", "start", "watch")

NoRenewal == Without("leading", "renew_due", "call_renew")

NoHandBack == Without("stopping", "work_done", "call_release")

HintsAreForbidden == [Table EXCEPT !["leading"]["vacated"].to = "forbidden"]
==============================================================================

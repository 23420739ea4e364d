------------------------------- MODULE Tenure --------------------------------
(***************************************************************************)
(* One election: everything that can happen in it, each as one step.       *)
(*                                                                         *)
(*   callers    Command                                                    *)
(*   a core     Deadline, TimerFires, WakesUp, Reply, TimeOut, WorkReturns *)
(*   the net    Execute, ExecuteCopy, ExecuteLoose, Lose                   *)
(*   the store  Revoke, Copy, FailOver                                     *)
(*   writes     Write, Apply                                               *)
(*   time       Tick, CalmDown                                             *)
(*                                                                         *)
(* Nothing is ordered but what is said here: a message takes any time, a   *)
(* participant may not take a step for as long as it likes, a command may  *)
(* come at any moment.                                                     *)
(***************************************************************************)
EXTENDS Resource

CONSTANTS
    Commands, \* what callers ask for
    Hints,    \* the wake-ups that come, true or false
    Looks,    \* whether a participant may look who leads instead of trying
    Rejects,  \* whether the store may reject an acquire as invalid
    Revokes,  \* whether tenures are revoked
    CalmsDown \* whether the faults stop at some time

\* In the calm nothing goes wrong any more, and what is due is done before the next tick. Without it nothing can be promised
\* but safety; what is promised then is in Liveness. 0: no calm; then 1 and 2 in turns, so that a tick always changes
\* something: a world in which time goes on and nothing else happens must not look like one that stands still.
VARIABLE calm
Calm == calm # 0

vars == <<core, loose, store, replica, resource, calm>>

Init ==
    /\ core = [p \in P |-> NewCore]
    /\ loose = {}
    /\ store = EmptyStore
    /\ replica = NewReplica
    /\ resource = NewResource
    /\ calm = 0

------------------------------------------------------------------------------
\* Steps of a participant.

\* The participant becomes what the view says. Whatever a new attempt follows is of an old one.
Becomes(p, v) ==
    LET s == IF v.began THEN OfOldLease(store, p) ELSE store
        r == IF v.began THEN OfOldLease(replica, p) ELSE replica
    IN  /\ core' = [core EXCEPT ![p] = Remembered(v.n, s, r)]
        /\ loose' = StillLoose(v.loose, s, r)
        /\ store' = s
        /\ replica' = r
        /\ UNCHANGED <<resource, calm>>

Step(p, event, v, left) == Becomes(p, Fire(p, event, v, left))

Commanded(p, c) ==
    /\ Ready(p)
    /\ c \in Everywhere \/ Moves(p, c)
    /\ Step(p, c, View(p), 0)

Command(p) == \E c \in Commands : ~Calm /\ Commanded(p, c)

Deadline(p) ==
    /\ ~Ready(p)
    /\ Step(p, "deadline", View(p), 0)

Fires(p, t, event) ==
    /\ Ready(p)
    /\ Step(p, event, [View(p) EXCEPT !.n.armed = @ \ {t}, !.n.due = @ \ {t}], 0)

\* A timer may fire at any time once it is set. In the calm it fires when it is due, and no wish to lead is left unmet.
TimerFires(p) ==
    \E t \in core[p].armed \cap Timers : \E event \in Raises[t] :
        /\ event = "observe_due" => (Looks /\ ~Calm)
        /\ Calm => t \in core[p].due
        /\ Fires(p, t, event)

Hinted(p, event) ==
    /\ Ready(p)
    /\ core[p].armed \cap Watches # {}
    /\ Step(p, event, View(p), 0)

\* Hints may be late, false or lost: while a subscription is there, any may come.
WakesUp(p) == \E event \in Hints : ~Calm /\ Hinted(p, event)

\* What is remembered of the fence that an answer tells of.
Saw(v, call) ==
    IF Claims /\ call.fence > v.n.seen THEN [v EXCEPT !.n.seen = call.fence, !.n.own = call.answer = "granted"] ELSE v

\* A grant is of no use under a fence below one that was seen, or under one that another has.
IsNewest(n, fence) == fence > n.seen \/ (fence = n.seen /\ n.own)

\* The answer arrives. Its worth is judged by the age of the very call that it answers.
IsTold(p, doubled) ==
    LET call == core[p].awaited
        v == IF doubled THEN GiveUp(p, View(p)) ELSE [View(p) EXCEPT !.n.awaited = NoCall]
        told == Saw(v, call)
        won == [told EXCEPT !.n.fence = call.fence]
    IN  /\ Answered(call)
        /\ Ready(p)
        /\ CASE call.answer = "granted" ->
                    \E drift \in 0..Drift :
                        LET left == Left(call.age, drift)
                        IN  Step(p, IF left > 0 /\ IsNewest(v.n, call.fence) THEN "granted" ELSE "unusable", won, left)
             [] call.answer = "renewed" -> \E drift \in 0..Drift : Step(p, "renewed", v, Left(call.age, drift))
             [] call.answer = "refused" -> Step(p, "refused", told, 0)
             [] call.answer = "failed" -> Step(p, "unconfirmed", v, 0)
             [] OTHER -> Step(p, call.answer, v, 0)

\* The request may have been doubled on its way, and then the other copy is still there.
Reply(p) == \E doubled \in BOOLEAN :
    /\ doubled => (~Calm /\ Cardinality(loose) < MaxLoose)
    /\ IsTold(p, doubled)

\* How a call ends that is not answered in time, or with an error.
Failure(call) ==
    CASE call.op = "acquire" -> {"unconfirmed"}
      [] call.op = "renewal" -> {"renewal_failed"}
      [] call.op = "release" -> {"release_failed", "release_abandoned"}
      [] call.op = "lookup" -> {"observe_failed"}
      [] call.op = None -> {}

Fails(p, event) ==
    /\ Awaits(core[p].awaited)
    /\ Ready(p)
    /\ event \in Failure(core[p].awaited)
    /\ Step(p, event, GiveUp(p, View(p)), 0)

TimeOut(p) == ~Calm /\ \E event \in Failure(core[p].awaited) : Fails(p, event)

WorkReturns(p) ==
    /\ core[p].work # None
    /\ Ready(p)
    /\ Step(p, "work_done", [View(p) EXCEPT !.n.work = None, !.n.grace = 0], 0)

------------------------------------------------------------------------------
\* Steps of the network and the store.

Execute(p) ==
    LET call == core[p].awaited
    IN  /\ OnItsWay(call)
        /\ \/ \E r \in Outcomes(store, Request(p, call)) :
              /\ store' = r.store
              /\ core' = [core EXCEPT ![p].awaited = Answer(call, r.store, r.answer)]
           \/ /\ Rejects /\ call.op = "acquire"
              /\ store' = store
              /\ core' = [core EXCEPT ![p].awaited = Answer(call, store, "invalid")]
        /\ loose' = StillLoose(loose, store', replica)
        /\ UNCHANGED <<replica, resource, calm>>

\* A request that was doubled on its way reaches the store once more, before its answer has come: nobody is told.
ExecuteCopy(p) ==
    /\ MaxLoose > 0 /\ ~Calm
    /\ Awaits(core[p].awaited)
    /\ \E r \in Outcomes(store, AsSent(p, core[p].awaited)) : store' = r.store
    /\ loose' = StillLoose(loose, store', replica)
    /\ UNCHANGED <<core, replica, resource, calm>>

Late(m, again) ==
    /\ \E r \in Outcomes(store, m) : store' = r.store
    /\ loose' = StillLoose(IF again THEN loose ELSE loose \ {m}, store', replica)
    /\ UNCHANGED <<core, replica, resource, calm>>

ExecuteLoose == \E m \in loose : \E again \in BOOLEAN : ~Calm /\ Late(m, again)

Lose ==
    \E m \in loose :
        /\ loose' = loose \ {m}
        /\ UNCHANGED <<core, store, replica, resource, calm>>

Revoke ==
    /\ Revokes /\ ~Calm
    /\ Held(store)
    /\ store' = [store EXCEPT !.lease.revoked = TRUE]
    /\ UNCHANGED <<core, loose, replica, resource, calm>>

Copy ==
    /\ MayFail(replica)
    /\ replica' = Copied(replica, store)
    /\ UNCHANGED <<core, loose, store, resource, calm>>

FailOver ==
    /\ MayFail(replica) /\ ~Calm
    /\ store' = Promoted(replica, store)
    /\ replica' = Demoted(replica, store)
    /\ loose' = StillLoose(loose, store', replica')
    /\ UNCHANGED <<core, resource, calm>>

------------------------------------------------------------------------------
\* Writes to the resource.

Write(p) ==
    /\ MayWrite(p)
    /\ resource' = [resource EXCEPT !.writes = @ \cup {[by |-> p, fence |-> core[p].fence]}]
    /\ UNCHANGED <<core, loose, store, replica, calm>>

Apply ==
    \E w \in resource.writes :
        /\ resource' = [Applied(resource, w) EXCEPT !.writes = @ \ {w}]
        /\ UNCHANGED <<core, loose, store, replica, calm>>

------------------------------------------------------------------------------
\* Time.

DueAfterTick(n) == IF Calm THEN n.armed \cap Timers ELSE {}

CoreAfterTick(n, s, r) ==
    LET left == Less(n.left)
        m == WorkAfterTick(n, left)
    IN  Remembered([m EXCEPT !.left = left, !.awaited = CallAfterTick(@), !.due = DueAfterTick(n)], s, r)

\* In the calm a tick waits for all that is due: calls are answered, timers fire, workloads that were told return.
Settled(p) ==
    /\ Ready(p)
    /\ ~Awaits(core[p].awaited)
    /\ core[p].due = {}
    /\ core[p].work # "told"

Tick ==
    /\ Calm => (loose = {} /\ \A p \in P : Settled(p))
    /\ store' = StoreAfterTick(store)
    /\ replica' = ReplicaAfterTick(replica)
    /\ core' = [p \in P |-> CoreAfterTick(core[p], store', replica')]
    /\ loose' = StillLoose(loose, store', replica')
    /\ calm' = IF Calm THEN 3 - calm ELSE calm
    /\ UNCHANGED resource

CalmDown ==
    /\ CalmsDown /\ ~Calm
    /\ calm' = 1
    /\ UNCHANGED <<core, loose, store, replica, resource>>

------------------------------------------------------------------------------
Next ==
    \/ \E p \in P : Command(p)
    \/ \E p \in P : Deadline(p)
    \/ \E p \in P : TimerFires(p)
    \/ \E p \in P : WakesUp(p)
    \/ \E p \in P : Reply(p)
    \/ \E p \in P : TimeOut(p)
    \/ \E p \in P : WorkReturns(p)
    \/ \E p \in P : Execute(p)
    \/ \E p \in P : ExecuteCopy(p)
    \/ ExecuteLoose
    \/ Lose
    \/ Revoke
    \/ Copy
    \/ FailOver
    \/ \E p \in P : Write(p)
    \/ Apply
    \/ Tick
    \/ CalmDown

Spec == Init /\ [][Next]_vars

------------------------------------------------------------------------------
\* What bounds the exploration. Nothing bounds time.

CONSTANT MaxFence
Bounded == store.fence <= MaxFence

Symmetry == Permutations(P)
==============================================================================

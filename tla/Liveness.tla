------------------------------ MODULE Liveness -------------------------------
(***************************************************************************)
(* What must happen once the faults have stopped.  Fairness asks for no    *)
(* more than that things go on happening, and that the faults do stop;     *)
(* that each message arrives and each timer fires follows, since in the    *)
(* calm a tick waits for them.  That something can always happen is        *)
(* checked as the absence of deadlock.                                     *)
(***************************************************************************)
EXTENDS Safety

\* In the calm each renewal is answered within its tick, so this much must fit before the deadline.
ASSUME Budget(1, 0, 1) <= Usable

Fair == <>Calm /\ []<><<TRUE>>_vars

FairSpec == Spec /\ Fair

\* Fences grow for ever. Here they only need to differ from one tenure to the next, so that there are finitely many states
\* and no bound on the tenures: stands in for NextFence.
TwoFences(s, m) == (s.fence % 2) + 1

SomebodyLeads == \E p \in P : Leads(p)

Stopped(p) == core[p].state \in {"idle", "closed"}

\* Time goes on. Without this, the others would also hold in a world that stands still.
TimeGoesOn == []<><<Tick>>_vars

\* Rule 8. At last somebody leads for good, unless all have stopped.
StableLeader == <>[](SomebodyLeads \/ \A p \in P : Stopped(p))

\* Rule 8. Whenever nobody leads, somebody will, or all have stopped.
LeaderAgain == []<>(SomebodyLeads \/ \A p \in P : Stopped(p))

\* Rule 6. Who was asked to stop stops.
Stopping(p) == core[p].state \in {"stopping", "leaving", "abandoned"}
StopEnds == \A p \in P : (Calm /\ Stopping(p)) ~> Stopped(p)
==============================================================================

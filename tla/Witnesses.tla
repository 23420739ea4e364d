------------------------------ MODULE Witnesses ------------------------------
(***************************************************************************)
(* What must be able to happen.  Each claims the contrary and must be      *)
(* refuted: were one true, the model would leave out what makes election   *)
(* hard, and its properties would hold for want of trouble.                *)
(***************************************************************************)
EXTENDS Safety

\* A leader stands still, has not noticed its deadline, and another leads.
NobodySleepsThroughAHandover ==
    ~ \E p, q \in P : p # q /\ Leads(q) /\ core[p].state \in LeadingStates

\* The answer that grants the lease arrives after all its time is over.
NoGrantComesTooLate ==
    ~ \E p \in P : /\ Answered(core[p].awaited) /\ core[p].awaited.answer = "granted"
                   /\ core[p].awaited.age = TooOld

\* A release given up on is still on its way while its sender leads anew.
NoReleaseIsStale == ~ \E m \in loose : m.op = "release" /\ Leads(m.from)

\* An acquire given up on is granted when its sender has gone on to another attempt.
NoLeaseIsOrphaned == ~(Held(store) /\ ~store.lease.newest)

\* A workload that was told long ago still runs while another participant leads.
NoWorkloadOverlaps == ~ \E p, q \in P : p # q /\ Leads(q) /\ core[p].work # None

\* A write of an earlier tenure arrives after one of a later.
NoWriteIsRefused == \A w \in resource.writes : Accepts(resource, w)
==============================================================================

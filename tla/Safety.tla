------------------------------- MODULE Safety --------------------------------
(***************************************************************************)
(* What must always hold.  Each property names the rule of the design that *)
(* it stands for; the rules are in README.md here.                         *)
(***************************************************************************)
EXTENDS Tenure

\* In the place of DriftIsCovered, to ask what still holds beyond the assumption.
Anything == TRUE

------------------------------------------------------------------------------
\* Of every situation.

\* No event comes that the table forbids.
NothingForbidden == \A p \in P : core[p].state \in States

\* Rule 1.
OneLeads == Cardinality({p \in P : Leads(p)}) <= 1

\* Rules 1 and 3. Who leads holds the lease, under its fence, until its deadline and grace are over.
LeaderHolds ==
    \A p \in P : Leads(p) =>
        /\ store.lease.owner = p /\ store.lease.newest
        /\ store.lease.fence = core[p].fence
        /\ store.lease.left >= core[p].left + Grace

\* Rule 5. A fence has one holder.
OneHolderPerFence ==
    \A p, q \in P : (p # q /\ core[p].fence > 0) => core[p].fence # core[q].fence

\* Rule 6. No two workloads run, if each returns within its grace.
OneWorks == Cardinality({p \in P : Works(p)}) <= 1

\* Rule 6. Who does not lead has told its workload.
WorkIsTold == \A p \in P : core[p].work = "running" => Leads(p)

\* Rule 6. No acquire while this participant's own work runs.
NoAcquireOverWork == \A p \in P : core[p].awaited.op = "acquire" => core[p].work = None

\* Rule 6. Every release waits for the workload, also a give-back.
NoReleaseOverWork == \A p \in P : core[p].awaited.op = "release" => core[p].work = None

\* Rule 7. Between a gain and its loss lies the time in which the table says that it leads, and no other.
GainsAndLosses ==
    \A p \in P : core[p].announced = IF core[p].state \in LeadingStates THEN "gain" ELSE "loss"

\* Rule 5. Whoever leads, its writes are accepted, whatever was written before.
LeaderMayWrite ==
    \A w \in resource.writes : Leads(w.by) /\ w.fence = core[w.by].fence => Accepts(resource, w)

\* Rule 8. Who waits for its turn is told when the lease is given up.
FollowersListen == \A p \in P : core[p].state = "following" => Watches \subseteq core[p].armed

------------------------------------------------------------------------------
\* Of every step.

\* The requests that the store may have executed in this step. Of those whose answers nobody awaits, or that are copies of
\* an awaited one, they are those of which the store makes what it has become.
Reached == {p \in P : OnItsWay(core[p].awaited) /\ Answered(core'[p].awaited)}
Copies == {AsSent(p, core[p].awaited) : p \in {q \in P : Awaits(core[q].awaited)}}
Unheard ==
    IF core' = core /\ replica' = replica
    THEN {m \in loose \cup Copies : \E r \in Outcomes(store, m) : r.store = store'}
    ELSE {}
Executing == {Request(p, core[p].awaited) : p \in Reached} \cup Unheard

\* The lease after this step is not the one before it.
IsOther(new, old) == new.owner # old.owner \/ new.fence # old.fence \/ (new.newest /\ ~old.newest)

\* A lease that was not there before this step.
NewTenure == Held(store') /\ (~Held(store) \/ IsOther(store'.lease, store.lease))

\* One and the same lease before the step and after it.
SameLease == Held(store) /\ Held(store') /\ ~NewTenure

\* The store executes an acquire.
Granting == \E m \in Executing : m.op = "acquire" /\ store'.lease.owner = m.from

\* Rule 5.
FenceGrows == [][store'.fence >= store.fence]_vars

\* Rule 5. A fence that is granted is above all that were ever issued.
NewTenureHasNewFence == [][NewTenure /\ Granting => store'.lease.fence > Max(store.fence, replica.issued)]_vars

\* Rule 3. A lease appears by being granted, never otherwise: one that has ended does not come back.
NoResurrection == [][NewTenure => Granting]_vars

\* Whether the lease is the one by which its owner leads, or led and has a workload that has not returned.
IsUsed(lease) == core[lease.owner].fence = lease.fence /\ (Leads(lease.owner) \/ core[lease.owner].work # None)

\* Its owner hands the lease back, or replaces it by one for a higher attempt.
Yields(lease, m) ==
    /\ m.from = lease.owner
    /\ \/ m.op = "release" /\ "same" \in Standings(store, m) /\ m.fence \in {0, lease.fence}
       \/ m.op = "acquire" /\ "higher" \in Standings(store, m)

\* Rules 3 and 6. A live lease ends by its time, or by its own owner, who has stopped leading and working before.
LeaseEndsInOrder ==
    [][Held(store) /\ ~SameLease =>
        Tick \/ (~IsUsed(store.lease) /\ \E m \in Executing : Yields(store.lease, m))]_vars

\* A renewal of the lease's own tenure is executed in this step.
Renewing == \E m \in Executing : m.op = "renewal" /\ "same" \in Standings(store, m) /\ m.fence = store.lease.fence

\* Rule 3. Nobody extends another's lease.
OnlyOwnerExtends == [][SameLease /\ store'.lease.left > store.lease.left => Renewing]_vars

\* Rule 4. Nothing but time shortens a lease.
NothingShortens == [][SameLease /\ store'.lease.left < store.lease.left => Tick]_vars

\* A revoked tenure is not renewed: it lapses at its expiry.
RevokedLapses == [][SameLease /\ store.lease.revoked => store'.lease.revoked /\ store'.lease.left <= store.lease.left]_vars

\* Rules 1 and 2. A tenure that ended never leads again.
EndedStaysEnded ==
    [][\A p \in P : Leads(p)' /\ ~Leads(p) => core'[p].fence \notin {core[p].fence, core[p].ended}]_vars

\* Rule 5. What the resource has accepted, it never goes below.
AcceptedGrows == [][resource'.fence >= resource.fence]_vars

\* Rule 5. What was accepted under one fence was written by one participant.
OneWriterPerFence == [][resource'.fence = resource.fence /\ resource.by # None => resource'.by = resource.by]_vars
==============================================================================

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
WorkIsTold == \A p \in P : core[p].work = "running" => core[p].state \in LeadingStates

\* Rule 6. No acquire while this participant's own work runs.
NoAcquireOverWork == \A p \in P : core[p].awaited.op = "acquire" => core[p].work = None

\* Rule 6. Every release waits for the workload, also a give-back.
NoReleaseOverWork == \A p \in P : core[p].awaited.op = "release" => core[p].work = None

\* Rule 7. Between a gain and its loss lies the time in which the table says that it leads, and no other.
GainsAndLosses == \A p \in P : core[p].announced = (core[p].state \in LeadingStates)

\* Rule 8. Who waits for its turn is told when the lease is given up.
FollowersListen == \A p \in P : core[p].state = "following" => Watches \subseteq core[p].armed

------------------------------------------------------------------------------
\* Of every step.

\* A lease that was granted in this step.
NewTenure ==
    /\ Held(store')
    /\ \/ ~Held(store)
       \/ store'.lease.owner # store.lease.owner
       \/ store'.lease.newest /\ ~store.lease.newest

\* One and the same lease before the step and after it.
SameLease == Held(store) /\ Held(store') /\ ~NewTenure

\* Rule 5.
FenceGrows == [][store'.fence >= store.fence]_vars

\* The store executes an acquire and grants it.
Granting ==
    \/ \E p \in P : /\ OnItsWay(core[p].awaited) /\ core[p].awaited.op = "acquire"
                   /\ Answered(core'[p].awaited) /\ core'[p].awaited.answer = "granted"
    \/ core' = core /\ \E m \in loose : m.op = "acquire"

\* Rule 5. A fence that is granted is above all that were ever issued.
NewTenureHasNewFence == [][NewTenure /\ Granting => store'.lease.fence > Max(store.fence, replica.issued)]_vars

\* Rule 3. A lease appears by being granted, never otherwise: one that has ended does not come back.
NoResurrection == [][NewTenure => Granting]_vars

\* Whether the lease is the one by which its owner leads.
IsLedBy == Held(store) /\ Leads(store.lease.owner) /\ core[store.lease.owner].fence = store.lease.fence

\* Rules 3 and 6. A live lease ends by its time, or by an owner that had stopped leading before.
LeaseEndsInOrder == [][IsLedBy /\ ~SameLease => Tick]_vars

\* A renewal of the lease's own tenure is executed in this step.
RenewedByOwner ==
    LET o == store.lease.owner IN
    \/ OnItsWay(core[o].awaited) /\ Answered(core'[o].awaited) /\ core'[o].awaited.answer = "renewed"
    \/ core' = core /\ \E m \in loose : m.op = "renewal" /\ SameTenure(store, m)

\* Rule 3. Nobody extends another's lease.
OnlyOwnerExtends == [][SameLease /\ store'.lease.left > store.lease.left => RenewedByOwner]_vars

\* Rule 4. Nothing but time shortens a lease.
NothingShortens == [][SameLease /\ store'.lease.left < store.lease.left => Tick]_vars

\* A revoked tenure is not renewed: it lapses at its expiry.
RevokedLapses == [][SameLease /\ store.lease.revoked => store'.lease.revoked /\ store'.lease.left <= store.lease.left]_vars

\* Rules 1 and 2. A tenure that ended never leads again.
EndedStaysEnded ==
    [][\A p \in P : Leads(p)' /\ ~Leads(p) => core'[p].fence \notin {core[p].fence, core[p].ended}]_vars

\* Rule 5. What the resource has accepted, it never goes below.
AcceptedGrows == [][resource'.fence >= resource.fence]_vars

\* Rule 5. A fence that was accepted has one writer.
OneWriterPerFence == [][resource'.fence = resource.fence /\ resource.by # None => resource'.by = resource.by]_vars
==============================================================================

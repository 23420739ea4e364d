------------------------------ MODULE Failover -------------------------------
(***************************************************************************)
(* A store that copies itself to a replica behind its clients' backs, and  *)
(* loses what was not copied yet when the replica takes over (rule 10).    *)
(* What can be done about it:                                              *)
(*   Waits   the promoted replica grants nothing for one lease time        *)
(*   Epoch   its fences start above all that were ever issued, as those do *)
(*           that are at least the server's time                           *)
(*   Claims  candidates tell the highest fence that they have seen         *)
(***************************************************************************)
EXTENDS Store

CONSTANTS MaxFailovers, Waits, Epoch, Claims

VARIABLE replica

\* issued: the highest fence that was issued before the last failover.
NewReplica == [lease |-> NoLease, fence |-> 0, failovers |-> 0, issued |-> 0]

MayFail(r) == r.failovers < MaxFailovers

Copied(r, s) == [r EXCEPT !.lease = s.lease, !.fence = s.fence]

\* The replica becomes the store. Time that it spent on its way there does not stop its lease from ending.
Promoted(r, s) ==
    [lease |-> r.lease, fence |-> IF Epoch THEN s.fence ELSE r.fence, settling |-> IF Waits THEN Lease ELSE 0]

\* The next replica has to be copied to before it is of any use.
Demoted(r, s) == [NewReplica EXCEPT !.failovers = r.failovers + 1, !.issued = Max(r.issued, s.fence)]

ReplicaAfterTick(r) == IF r.lease.owner = None THEN r ELSE [r EXCEPT !.lease = Expired(@)]
==============================================================================

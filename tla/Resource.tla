------------------------------ MODULE Resource -------------------------------
(***************************************************************************)
(* What the workload writes to, and what protects it when everything else  *)
(* fails: it accepts no write with a lower fence than one that it has      *)
(* accepted.  A write is begun with the fence of its workload's tenure and *)
(* arrives any time later, also long after another participant has come    *)
(* to lead.                                                                *)
(*                                                                         *)
(* A real one also compares the incarnation of writes with one fence, so   *)
(* that each fence has one writer whatever happens.  This one does not:    *)
(* here that a fence has one writer has to come from the protocol.         *)
(***************************************************************************)
EXTENDS Workload

CONSTANT MaxWrites \* how many writes are under way at once; 0 for no writes at all

VARIABLE resource

NewResource == [fence |-> 0, by |-> None, writes |-> {}]

\* A workload of this participant's present tenure writes, whether it was told to stop or not.
MayWrite(p) == core[p].work # None /\ core[p].fence > 0 /\ Cardinality(resource.writes) < MaxWrites

Accepts(r, w) == w.fence >= r.fence

Applied(r, w) == IF Accepts(r, w) THEN [r EXCEPT !.fence = w.fence, !.by = w.by] ELSE r
==============================================================================

------------------------------ MODULE Workload -------------------------------
(***************************************************************************)
(* The work that one participant at a time may do.  It is told when the    *)
(* tenure ends, and returns when it likes; for as long as the grace it     *)
(* has a right to run on.  A workload whose process stands still is not modelled: neither  *)
(* does it do any harm while it stands, nor can it be told; what it does   *)
(* afterwards is what fences are for (see Resource).                       *)
(***************************************************************************)
EXTENDS Core

\* Whether p's workload runs in the time in which it has a right to.
Works(p) == core[p].work = "running" \/ (core[p].work = "told" /\ core[p].grace > 0)

\* A tick later. The context of a term compares with the clock, so that a workload is told by the deadline itself, whether
\* or not the participant has come to notice it.
WorkAfterTick(n, left) ==
    IF n.work = "running" /\ left = 0 THEN Tell(n) ELSE [n EXCEPT !.grace = Less(@)]
==============================================================================

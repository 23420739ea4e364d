-------------------------------- MODULE Model --------------------------------
\* A model of a few states, for the tests of the command.
EXTENDS Integers, Sequences, TLC

CONSTANTS P, Most

VARIABLES core, left

vars == <<core, left>>

Max(a, b) == IF a > b THEN a ELSE b

Init == core = [p \in P |-> [state |-> "idle", armed |-> {}]] /\ left = 0

\* What may be left of an attempt. It is never more than Most.
Left(n) == IF n > Most THEN Most ELSE n

Command(p) ==
    /\ core[p].state = "idle"
    /\ core' = [core EXCEPT ![p] = [state |-> "following", armed |-> {"subscription", "turn"}]]
    /\ left' = Left(left + 3)

Revoke == left > 100 /\ left' = 0 /\ UNCHANGED core

Rest == left > 0 /\ UNCHANGED vars

Next == (\E p \in P : Command(p)) \/ Revoke \/ Rest

Spec == Init /\ [][Next]_vars
Fair == WF_vars(\E p \in P : Command(p))
FairSpec == Spec /\ Fair

Safe == left <= Most
Sound == left >= 0
Grows == [][left' >= left]_vars
NoLateGrant == left < Most
Lives == <>(left = Most)
LivesAgain == []<>(left >= 0)
===============================================================================

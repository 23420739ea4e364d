------------------------------- MODULE Counter --------------------------------
\* A small model for the tests of this package: it can be made to end in every way in which TLC can end.
EXTENDS Naturals, Sequences, TLC

CONSTANTS Most, Who

VARIABLES x, node, log

vars == <<x, node, log>>

Init == x = 0 /\ node = [p \in Who |-> [state |-> "idle", n |-> 0]] /\ log = {}

Up(p) ==
    /\ x < Most
    /\ x' = x + 1
    /\ node' = [node EXCEPT ![p].n = x + 1]
    /\ log' = log \cup {<<p, x>>}
    /\ PrintT(<<"edge", "low", "up", "high">>)

Down ==
    /\ x > 2
    /\ x' = 0
    /\ log' = {}
    /\ UNCHANGED node

Never == x > 100 /\ x' = 0 /\ UNCHANGED <<node, log>>

Next == (\E p \in Who : Up(p)) \/ Down \/ Never

Spec == Init /\ [][Next]_vars
Fair == Spec /\ WF_vars(Next)

Small == x < 3
Tiny == x < 2
NotZero == x # 0
IsText == x = "a"
Grows == [][x' > x]_vars
StaysNumber == [][x' \in Nat]_vars
BeginsAtOne == x = 1
ReachesHundred == <>(x = 100)
===============================================================================

------------------------------ MODULE Huge ------------------------------
\* More than a small heap or disk can hold.
EXTENDS Naturals
VARIABLE x
Init == x = {}
Next == \E y \in 1..1000000 : x' = x \cup {y} \cup (y..y + 3000)
Spec == Init /\ [][Next]_x
=========================================================================

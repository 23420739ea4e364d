------------------------------ MODULE Wide ------------------------------
\* Many small states.
EXTENDS Naturals, Sequences
VARIABLE x
Init == x = <<>>
Next == Len(x) < 7 /\ \E y \in 1..12 : x' = Append(x, y)
Spec == Init /\ [][Next]_x
=========================================================================

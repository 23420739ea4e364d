------------------------------- MODULE Clocks --------------------------------
(***************************************************************************)
(* Time, and the one assumption about it.                                  *)
(*                                                                         *)
(* There is no clock here, only countdowns: the ticks left of the lease,   *)
(* the ticks until a participant's deadline, the age of a call since it    *)
(* was sent.  A tick takes one from each.  So no state grows with time,    *)
(* and nothing bounds how long the protocol is watched.                    *)
(*                                                                         *)
(* Clocks drift.  A participant measures one interval per deadline: from   *)
(* the send of the call that was answered to the deadline, and then the    *)
(* grace.  What it measures as d ticks lasts between d and d + Drift ticks *)
(* of the store's clock.  Which of these it will be is chosen when the     *)
(* deadline is set: that the choice is made early adds no behaviour and    *)
(* takes none away.  A clock that runs fast needs no choice: its           *)
(* participant gives up sooner.  Nor does a pause: between any two steps   *)
(* of a participant any number of ticks may pass.                          *)
(***************************************************************************)
EXTENDS Participant, Integers, FiniteSets, TLC

CONSTANTS
    P,      \* the participants
    Lease,  \* the time asked for, in ticks
    Margin, \* what a deadline keeps clear of the lease's end
    Grace,  \* the time in which a workload stops once told
    Drift   \* how far a participant's measure of one interval may fall behind the store's

\* How long a grant may be used, measured from the send of the call that brought it.
Usable == Validity(Lease, Margin, Grace)

\* The assumption on which safety rests (rule 1): what is kept clear of the lease's end covers the drift.
DriftIsCovered == Usable + Grace + Drift <= Lease

ASSUME DriftIsCovered
ASSUME Usable > 0

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b

\* A countdown, one tick later.
Less(ticks) == Max(0, ticks - 1)

\* How long, by the store's clock, a grant can still be used whose call was sent `age` ticks ago.
Left(age, drift) == Max(0, Usable + drift - age)

\* From this age on a grant cannot be used, whatever the drift, so that a call need not grow any older.
TooOld == Usable + Drift
==============================================================================

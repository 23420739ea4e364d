------------------------------- MODULE Network -------------------------------
(***************************************************************************)
(* Requests on their way.  A participant awaits at most one call.  It is   *)
(* on its way to the store, or its answer is on the way back, and either   *)
(* takes any time.  A call that was given up on may still reach the store, *)
(* once, often or never; and one that the store has executed may reach it  *)
(* again.  These requests are loose: nobody awaits their answers.          *)
(***************************************************************************)
EXTENDS Failover

CONSTANT MaxLoose \* how many requests are loose at once

VARIABLE loose

NoCall == [op |-> None]

\* answer: None until the store has executed the call. age: ticks since it was sent.
Call(op, fence, claim) == [op |-> op, newest |-> TRUE, fence |-> fence, claim |-> claim, age |-> 0, answer |-> None]

Awaits(call) == call.op # None
OnItsWay(call) == Awaits(call) /\ call.answer = None
Answered(call) == Awaits(call) /\ call.answer # None

Request(p, call) ==
    [from |-> p, op |-> call.op, newest |-> call.newest, fence |-> call.fence, claim |-> call.claim]

\* The request as it was when it was sent: an acquire that has been answered did not know its fence then.
AsSent(p, call) == Request(p, IF call.op = "acquire" THEN [call EXCEPT !.fence = 0] ELSE call)

\* A request for a tenure whose lease is gone, and cannot come back with a replica, has no effect any more: it is forgotten.
CanMatter(m, s, r) == m.op # "lookup" /\ (m.fence # 0 => m.fence \in {s.lease.fence, r.lease.fence})

StillLoose(requests, s, r) == {m \in requests : CanMatter(m, s, r)}

\* A request gets loose, if there is room for one more.
Loosened(requests, m) == IF Cardinality(requests) < MaxLoose THEN requests \cup {m} ELSE requests

\* A participant's requests once it has begun a new attempt: none of them is of its newest.
OfOldAttempt(requests, p) == {IF m.from = p THEN [m EXCEPT !.newest = FALSE] ELSE m : m \in requests}

\* What the answer to a repeated acquire says: a part of the lease has gone by. It counts as age, so that a deadline is the
\* send plus the time that is really left (rule 4).
GoneBy(lease) == Lease - lease.left

\* The call once it has been executed. Of answers that grant nothing the age means nothing.
Answer(call, s, answer) ==
    CASE answer = "granted" -> [call EXCEPT !.answer = answer, !.fence = s.lease.fence, !.age = Min(TooOld, @ + GoneBy(s.lease))]
      [] answer = "renewed" -> [call EXCEPT !.answer = answer]
      [] answer = "refused" -> [call EXCEPT !.answer = answer, !.fence = IF Claims THEN s.lease.fence ELSE 0, !.age = 0]
      [] OTHER -> [call EXCEPT !.answer = answer, !.age = 0]

\* One tick later. Only of calls that may bring a grant the age matters.
CallAfterTick(call) ==
    IF call.op \in {"acquire", "renewal"} /\ call.answer \in {None, "granted", "renewed"}
    THEN [call EXCEPT !.age = Min(TooOld, @ + 1)]
    ELSE call
==============================================================================

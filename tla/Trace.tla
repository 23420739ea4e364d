-------------------------------- MODULE Trace ---------------------------------
(***************************************************************************)
(* Runs of the Go code, held against the protocol.  `Traces` is a sequence *)
(* of runs that the simulation in proptest/ has recorded, with whole ticks *)
(* for durations; each is a sequence of lines.  A line names a step of the *)
(* protocol and what the code was found to be after it.  Here that step is *)
(* taken from where the last one led, and compared.  A line that the       *)
(* protocol cannot take, or after which the two differ, is a deadlock: its *)
(* trace and line are the values of two variables.                         *)
(*                                                                         *)
(* A request stays loose for as long as it can matter: more of them allow  *)
(* more, and none of what they allow is taken that the code did not do.    *)
(***************************************************************************)
EXTENDS Safety, TraceData

VARIABLES
    trace, \* the number of the run
    line   \* that of the line that comes next

AllOf == Traces[trace]

\* What an answer is called that raises the event.
AnswerFor(event) == IF event = "unusable" THEN "granted" ELSE event

LateRequest(l) == [from |-> l.p, op |-> l.op, newest |-> l.newest, fence |-> l.fence, claim |-> 0]

Takes(l) ==
    CASE l.e = "tick" -> Tick
      [] l.e = "command" -> Commanded(l.p, l.c)
      [] l.e = "deadline" -> Deadline(l.p)
      [] l.e = "timer" -> \E t \in core[l.p].armed \cap Timers : l.c \in Raises[t] /\ Fires(l.p, t, l.c)
      [] l.e = "hint" -> Hinted(l.p, l.c)
      [] l.e = "reply" -> Answered(core[l.p].awaited) /\ core[l.p].awaited.answer = AnswerFor(l.c) /\ IsTold(l.p, TRUE)
      [] l.e = "failure" -> Fails(l.p, l.c)
      [] l.e = "return" -> WorkReturns(l.p)
      [] l.e = "execute" -> Execute(l.p) /\ core'[l.p].awaited.answer = AnswerFor(l.c)
      [] l.e = "copy" -> ExecuteCopy(l.p)
      [] l.e = "late" -> LateRequest(l) \in loose /\ Late(LateRequest(l), TRUE)
      [] l.e = "revoke" -> Revoke

\* The fence of a tenure is forgotten by the model where nothing can come of it any more.
FenceIs(n, fence) == n.fence = fence \/ (n.fence = 0 /\ n.state \notin UsesFence)

CoreIs(n, seen) ==
    /\ n.left = seen.left
    /\ FenceIs(n, seen.fence)
    /\ n.awaited.op = seen.op
    /\ n.armed = seen.armed
    /\ n.work = seen.work
    /\ n.announced = seen.news

Seen(l) ==
    /\ "to" \in DOMAIN l => core'[l.p].state = l.to
    /\ "left" \in DOMAIN l => core'[l.p].left = l.left
    /\ "n" \in DOMAIN l => CoreIs(core'[l.p], l.n)
    /\ "s" \in DOMAIN l => store'.lease = l.s

Goes ==
    /\ line <= Len(AllOf)
    /\ Takes(AllOf[line])
    /\ Seen(AllOf[line])
    /\ line' = line + 1
    /\ trace' = trace
    /\ line = Len(AllOf) => PrintT(<<"accepted", trace>>)

Over == line > Len(AllOf) /\ UNCHANGED <<vars, trace, line>>

TraceInit == Init /\ trace \in 1..Len(Traces) /\ line = 1

TraceSpec == TraceInit /\ [][Goes \/ Over]_<<vars, trace, line>>
==============================================================================

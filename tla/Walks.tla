-------------------------------- MODULE Walks ---------------------------------
(***************************************************************************)
(* The other way round: what the protocol may do, to be done by the code.  *)
(* TLC walks at random, and each state says which step led to it; the      *)
(* tests of package fsm/core take the same steps and compare.              *)
(***************************************************************************)
EXTENDS Safety

VARIABLE did \* the step that led here, in the words of Trace

WalkInit == Init /\ did = [e |-> "init"]

Does(action, step) == action /\ did' = step

\* A participant that begins to take part tries at once: in the code that is one step.
Begins == did.e = "command" /\ did.began

Command1(p, c) ==
    Does(Commanded(p, c), [e |-> "command", p |-> p, c |-> c, began |-> c = "start" /\ core[p].state = "idle"])

Timer1(p, t, event) == Does(Fires(p, t, event), [e |-> "timer", p |-> p, c |-> event])

Late1(m) ==
    Does(Late(m, TRUE), [e |-> "late", p |-> m.from, op |-> m.op, newest |-> m.newest, fence |-> m.fence])

\* What would otherwise happen all the time, or end the walk early: rejections, closings, and requests that are loose.
Seldom(n) == RandomElement(1..n) = 1

Asked(p) == {c \in Commands : c \in {"close", "withdraw", "stop", "resign"} => Seldom(4)}

Chosen(p) ==
    \/ did.e \in {"tick", "reply"} /\ \E c \in Asked(p) : Command1(p, c)
    \/ Does(Deadline(p), [e |-> "deadline", p |-> p, c |-> "deadline"])
    \/ \E t \in core[p].armed \cap Timers : \E event \in Raises[t] : Timer1(p, t, event)
    \/ did.e = "tick" /\ \E event \in Hints : Does(Hinted(p, event), [e |-> "hint", p |-> p, c |-> event])
    \/ Does(IsTold(p, TRUE), [e |-> "reply", p |-> p, c |-> core[p].awaited.answer])
    \/ Seldom(4) /\ \E event \in Failure(core[p].awaited) : Does(Fails(p, event), [e |-> "failure", p |-> p, c |-> event])
    \/ did.e # "reply" /\ Does(WorkReturns(p), [e |-> "return", p |-> p, c |-> "work_done"])
    \/ /\ Does(Execute(p), [e |-> "execute", p |-> p, c |-> core'[p].awaited.answer])
       /\ did'.c = "invalid" => Seldom(4)
    \/ Seldom(4) /\ Does(ExecuteCopy(p), [e |-> "copy", p |-> p])

WalkNext ==
    \/ Begins /\ \E event \in Raises["turn"] : Timer1(did.p, "turn", event)
    \/ ~Begins /\ \E p \in P : Chosen(p)
    \/ ~Begins /\ did.e # "late" /\ Seldom(4) /\ \E m \in loose : Late1(m)
    \/ ~Begins /\ did.e = "tick" /\ Seldom(4) /\ Does(Revoke, [e |-> "revoke"])
    \/ ~Begins /\ Does(Tick, [e |-> "tick"])

WalkSpec == WalkInit /\ [][WalkNext]_<<vars, did>>
==============================================================================

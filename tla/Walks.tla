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

\* Commands come seldom, and a participant is not closed before the walk has come far.
Asked == {c \in Commands : c = "close" => TLCGet("level") > 60}

Chosen(p) ==
    \/ did.e \in {"tick", "reply"} /\ \E c \in Asked : Command1(p, c)
    \/ Does(Deadline(p), [e |-> "deadline", p |-> p, c |-> "deadline"])
    \/ \E t \in core[p].armed \cap Timers : \E event \in Raises[t] : Timer1(p, t, event)
    \/ did.e = "tick" /\ \E event \in Hints : Does(Hinted(p, event), [e |-> "hint", p |-> p, c |-> event])
    \/ Does(IsTold(p, TRUE), [e |-> "reply", p |-> p, c |-> core[p].awaited.answer])
    \/ \E event \in Failure(core[p].awaited) : Does(Fails(p, event), [e |-> "failure", p |-> p, c |-> event])
    \/ Does(WorkReturns(p), [e |-> "return", p |-> p, c |-> "work_done"])
    \/ Does(Execute(p), [e |-> "execute", p |-> p, c |-> core'[p].awaited.answer])
    \/ Does(ExecuteCopy(p), [e |-> "copy", p |-> p])

WalkNext ==
    \/ Begins /\ \E event \in Raises["turn"] : Timer1(did.p, "turn", event)
    \/ ~Begins /\ \E p \in P : Chosen(p)
    \/ ~Begins /\ \E m \in loose : Late1(m)
    \/ ~Begins /\ did.e = "tick" /\ Does(Revoke, [e |-> "revoke"])
    \/ ~Begins /\ Does(Tick, [e |-> "tick"])

WalkSpec == WalkInit /\ [][WalkNext]_<<vars, did>>
==============================================================================

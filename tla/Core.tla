-------------------------------- MODULE Core ---------------------------------
(***************************************************************************)
(* The participant.  It looks the row up in the table and interprets the   *)
(* row's effects, as package fsm/core does.  The rows, and which effect    *)
(* arms which timer, are generated from spec/participant.yaml; here is     *)
(* only what the other effects mean.                                       *)
(***************************************************************************)
EXTENDS Network

VARIABLE core

NewCore ==
    [state     |-> Initial, \* in the table
     left      |-> 0,       \* ticks until the deadline; 0 where there is none
     fence     |-> 0,       \* of the present tenure; 0 where it is not known
     ended     |-> 0,       \* of the tenure that ended here last, while the store still has its lease
     seen      |-> 0,       \* the highest seen, if candidates claim it
     own       |-> FALSE,   \* whether the present attempt won that one
     awaited   |-> NoCall,
     armed     |-> {},      \* the timers that are set, and the subscription
     due       |-> {},      \* those of them for which the time has come (only in the calm: see Tenure)
     work      |-> None,    \* the workload: none, running or told
     grace     |-> 0,       \* what is left of the grace of a workload that was told
     announced |-> "loss"]  \* the last that was: gain or loss, or what never may be, one of them twice

\* A participant leads in a leading state AND before its deadline, never by the state alone.
Leads(p) == core[p].state \in LeadingStates /\ core[p].left > 0

\* The deadline comes before everything else: no input finds a participant that is past it and has not noticed.
Ready(p) == core[p].state \in LeadingStates => core[p].left > 0

------------------------------------------------------------------------------
(* What the effects do.  A step works on a view `v`: the participant `n`,  *)
(* the loose requests, whether a new attempt was begun, and the event that *)
(* an effect raises at once.  `left` is what an answer gives until the     *)
(* deadline.                                                               *)

View(p) == [n |-> core[p], loose |-> loose, began |-> FALSE, next |-> None]

\* Nobody waits for the awaited call any more. It may still reach the store, or reach it again.
GiveUp(p, v) ==
    IF ~Awaits(v.n.awaited) THEN v
    ELSE [v EXCEPT !.loose = Loosened(@, AsSent(p, v.n.awaited)), !.n.awaited = NoCall]

Send(p, v, op, fence, claim) == [GiveUp(p, v) EXCEPT !.n.awaited = Call(op, fence, claim)]

NewAttempt(p, v) ==
    [v EXCEPT !.began = TRUE,
              !.loose = OfOldAttempt(@, p),
              !.n.fence = 0,
              !.n.own = FALSE,
              !.n.awaited = IF Awaits(@) THEN [@ EXCEPT !.newest = FALSE] ELSE @]

\* A renewal that is awaited already serves.
Renew(p, v) == IF v.n.awaited.op = "renewal" THEN v ELSE Send(p, v, "renewal", v.n.fence, 0)

Tell(n) == IF n.work = "running" THEN [n EXCEPT !.work = "told", !.grace = Grace] ELSE n

\* If a workload runs, wait for it. If none does, raise the effect's event at once.
Wait(v, effect) == IF v.n.work = None THEN [v EXCEPT !.next = CHOOSE e \in AtOnce[effect] : TRUE] ELSE v

\* The workload begins with the tenure. It may return at any time, so that it may as well not have been there.
Adopt(n, left) == [n EXCEPT !.left = left, !.work = "running"]

Announce(n, news) == [n EXCEPT !.announced = IF @ = news THEN "twice" ELSE news]

\* The effects that are not listed say when to try, or concern callers alone.
Act(p, effect, v, left) ==
    CASE effect = "new_attempt" -> NewAttempt(p, v)
      [] effect = "call_acquire" -> Send(p, v, "acquire", 0, IF Claims THEN v.n.seen ELSE 0)
      [] effect = "call_renew" -> Renew(p, v)
      [] effect = "call_release" -> Send(p, v, "release", v.n.fence, 0)
      [] effect = "call_get" -> Send(p, v, "lookup", 0, 0)
      [] effect = "abandon_call" -> GiveUp(p, v)
      [] effect = "adopt_grant" -> [v EXCEPT !.n = Adopt(@, left)]
      [] effect = "extend_grant" -> [v EXCEPT !.n.left = Max(@, left)]
      [] effect = "drop_grant" -> [v EXCEPT !.n.left = 0, !.n.ended = v.n.fence]
      [] effect = "announce_gained" -> [v EXCEPT !.n = Announce(@, "gain")]
      [] effect = "announce_lost" -> [v EXCEPT !.n = Announce(@, "loss")]
      [] effect = "cancel_workload" -> [v EXCEPT !.n = Tell(@)]
      [] effect = "await_workload" -> Wait(v, effect)
      [] effect = "finish_workload" -> Wait(v, effect)
      [] OTHER -> v

\* The deadline is not among the armed timers: it is `left`.
Arm(n, effect) ==
    LET begun == Starts[effect] \cap ((Timers \ {"deadline"}) \cup Watches)
    IN  [n EXCEPT !.armed = (@ \ Ends[effect]) \cup begun, !.due = (@ \ Ends[effect]) \ begun]

RECURSIVE Interpret(_, _, _, _)
Interpret(p, effects, v, left) ==
    IF effects = <<>> THEN v
    ELSE LET effect == Head(effects)
         IN  Interpret(p, Tail(effects), Act(p, effect, [v EXCEPT !.n = Arm(@, effect)], left), left)

------------------------------------------------------------------------------
\* Taking a row.

Events == CommandEvents \cup StoreEvents \cup TimerEvents \cup WakeUpEvents \cup WorkloadEvents

NoRow(state, event) ==
    [from |-> state, on |-> event, to |-> IF <<state, event>> \in Ignored THEN "ignored" ELSE "forbidden", effects |-> <<>>]

\* A participant that was given an event that the table forbids stays where nothing is allowed.
\* By state and then by event: TLC finds a row of pairs only by comparing one pair after the other.
Table == [state \in States \cup {"forbidden"} |-> [event \in Events |->
            LET found == {r \in Rows : r.from = state /\ r.on = event}
            IN  IF found = {} THEN NoRow(state, event) ELSE CHOOSE r \in found : TRUE]]

RowOf == Table

\* Each row is printed when it is first taken, so that the rows that TLC took can be held against the table.
ASSUME TLCSet(1, {})
Noted(row) ==
    LET edge == <<"edge", row.from, row.on, row.to>>
    IN  edge \in TLCGet(1) \/ (TLCSet(1, TLCGet(1) \cup {edge}) /\ PrintT(edge))

RECURSIVE Fire(_, _, _, _)
Fire(p, event, v, left) ==
    LET row == RowOf[v.n.state][event] IN
    CASE row.to = "ignored" -> v
      [] row.to = "forbidden" -> [v EXCEPT !.n.state = "forbidden"]
      [] OTHER ->
            LET w == Interpret(p, row.effects, [v EXCEPT !.n.state = row.to, !.next = None], left)
            IN  IF ~Noted(row) THEN v ELSE IF w.next = None THEN w ELSE Fire(p, w.next, w, left)

Moves(p, event) == RowOf[core[p].state][event].to \in States

------------------------------------------------------------------------------
\* What means nothing any more is forgotten, so that situations that differ in nothing else are one state.

Has(row, effects) == \E i \in 1..Len(row.effects) : row.effects[i] \in effects

\* The states in which the fence of the tenure may still be used: from them a row that sends it can be reached by rows that
\* begin no new attempt.
RECURSIVE Using(_)
Using(states) ==
    LET all == UNION {{RowOf[state][event] : event \in Events} : state \in DOMAIN RowOf}
        rows == {r \in all : ~Has(r, {"new_attempt"}) /\ (Has(r, {"call_renew", "call_release"}) \/ r.to \in states)}
        more == states \cup {r.from : r \in rows}
    IN  IF more = states THEN states ELSE Using(more)

UsesFence == Using({})

Remembered(n, s, r) ==
    [n EXCEPT !.fence = IF n.state \in UsesFence \/ n.work # None THEN @ ELSE 0,
              !.ended = IF n.ended \in {s.lease.fence, r.lease.fence} THEN @ ELSE 0]

OfOldLease(x, p) == IF x.lease.owner = p THEN [x EXCEPT !.lease.newest = FALSE] ELSE x
==============================================================================

package proptest

import (
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// command is what a caller asks of a participant.
type command uint8

const (
	cmdStart command = iota
	cmdCampaign
	cmdWork
	cmdTry
	cmdWithdraw
	cmdWithdrawTry
	cmdRenew
	cmdResign
	cmdStop
	cmdClose
	cmdRegister
	cmdFinish
	cmdExpired

	commandCount = iota
)

var commands = [commandCount]struct {
	name string
	// weight is how often it is drawn, against the others.
	weight int
}{
	cmdStart:       {"start", 16},
	cmdCampaign:    {"campaign", 7},
	cmdWork:        {"campaign with a workload", 14},
	cmdTry:         {"try", 8},
	cmdWithdraw:    {"withdraw a campaign", 8},
	cmdWithdrawTry: {"withdraw a try", 4},
	cmdRenew:       {"renew", 10},
	cmdResign:      {"resign", 6},
	cmdStop:        {"stop", 9},
	cmdClose:       {"close", 3},
	cmdRegister:    {"register a workload", 6},
	cmdFinish:      {"let a workload return", 6},
	cmdExpired:     {"believe that its deadline has passed", 2},
}

// String returns what is asked for.
func (c command) String() string { return commands[c].name }

// drawCommand draws who is asked for what next, and when the one after that is drawn.
func (w *world) drawCommand() {
	total := 0
	for i := range commands {
		total += commands[i].weight
	}
	w.commands++
	w.script.name(throwCommand, -1, uint64(w.commands), 0)
	if pause := w.now + 1 + int64(w.script.ExpFloat64()*float64(w.plan.scriptEvery)); pause < w.plan.faultsEnd {
		w.agenda.push(event{at: pause, kind: evScript})
	}
	n, kind := w.script.IntN(total), command(0)
	for n >= commands[kind].weight {
		n -= commands[kind].weight
		kind++
	}
	who := w.drawWho(kind)
	if kind == cmdStart && w.plan.shy[who] {
		kind = cmdTry
	}
	if !w.keepsCommand() {
		return
	}
	w.ask(who, kind)
	// A caller who gives up often does so while the attempt is repeated.
	if (kind == cmdTry || kind == cmdCampaign || kind == cmdWork) && w.script.IntN(5) == 0 {
		back := cmdWithdraw
		if kind == cmdTry {
			back = cmdWithdrawTry
		}
		u := w.script.Float64()
		soon := int64(u * u * 1.5 * float64(w.participants[who].cfg.Lease))
		w.agenda.push(event{at: w.now + soon, kind: evCommand, who: int16(who), ref: int32(back)})
	}
}

// loseHeart lets a caller give up, now and then, when an attempt is repeated.
func (w *world) loseHeart(p *participant) {
	w.script.name(throwDoubt, p.index, uint64(p.life), uint64(w.now))
	if w.script.IntN(w.plan.resolve) > 0 || w.plan.steady {
		return
	}
	kinds := [...]command{cmdStop, cmdWithdraw, cmdWithdrawTry}
	u := w.script.Float64()
	soon := int64(u * u * u * float64(p.cfg.Timeout))
	for range 1 + len(p.campaigns) + p.tries {
		kind := kinds[w.script.IntN(len(kinds))]
		w.agenda.push(event{at: w.now + soon, kind: evCommand, who: int16(p.index), ref: int32(kind)}) //nolint:gosec // small
	}
}

// drawWho draws who is asked. Those who give up often do so in the middle of something.
func (w *world) drawWho(kind command) int {
	who := w.script.IntN(len(w.participants))
	if kind != cmdStop && kind != cmdWithdraw && kind != cmdClose || w.script.IntN(2) == 0 {
		return who
	}
	for range w.participants {
		p := &w.participants[who]
		switch state := p.core.State(); {
		case kind == cmdClose:
			if state == lifecycle.StateAbandoned {
				return who
			}
		case state != lifecycle.StateIdle && state != lifecycle.StateFollowing && state != lifecycle.StateLeading:
			return who
		}
		who = (who + 1) % len(w.participants)
	}
	return who
}

func (w *world) ask(who int, kind command) {
	w.agenda.push(event{at: w.now, kind: evCommand, who: int16(who), ref: int32(kind)})
}

// obey carries out a command, as the methods of package fsm's Elector do. In the calm nobody gives up.
func (w *world) obey(p *participant, kind command) {
	if !w.faulty() && kind != cmdStart || !w.trace.allows(p, kind) {
		return
	}
	w.log.add(w.now, recCommand, p.index, uint64(kind), 0, 0)
	w.script.name(throwObey, p.index, uint64(kind), uint64(w.now))
	switch kind {
	case cmdStart:
		in := w.fresh(core.InputStart)
		in.Lead = !p.cfg.Manual
		w.step(p, in)
	case cmdCampaign, cmdWork:
		w.campaign(p, kind == cmdWork)
	case cmdTry:
		w.try(p)
	case cmdWithdraw, cmdWithdrawTry:
		w.withdraw(p, kind == cmdWithdrawTry)
	case cmdRenew:
		w.step(p, w.fresh(core.InputRenew))
	case cmdResign:
		w.step(p, w.fresh(core.InputResign))
	case cmdStop:
		w.step(p, w.fresh(core.InputStop))
	case cmdClose:
		w.close(p)
	case cmdRegister:
		w.register(p)
	case cmdFinish:
		if len(p.works) > 0 {
			w.workReturns(p, p.works[w.script.IntN(len(p.works))].id)
		}
	case cmdExpired:
		w.expiryBelieved(p)
		in := w.fresh(core.InputExpired)
		in.Fence = p.core.Tenure().Fence
		w.step(p, in)
	}
}

func (w *world) campaign(p *participant, brings bool) {
	in := w.fresh(core.InputCampaign)
	in.Work = brings
	out := w.step(p, in)
	if len(out.Steps) == 0 {
		return
	}
	last := out.Steps[len(out.Steps)-1]
	for _, s := range out.Steps {
		if s.Event == lifecycle.EventCampaign {
			last = s
		}
	}
	switch {
	case last.Verdict == lifecycle.Forbidden:
	case last.From == lifecycle.StateLeading:
		if brings {
			w.beginWork(p, p.core.Tenure().Fence, true)
		}
	default:
		p.campaigns = append(p.campaigns, brings)
	}
}

func (w *world) try(p *participant) {
	out := w.step(p, w.fresh(core.InputTry))
	for _, s := range out.Steps {
		if s.Event == lifecycle.EventTry && s.Verdict != lifecycle.Forbidden && s.From != lifecycle.StateLeading {
			p.tries++
		}
	}
}

// withdraw takes back the wish of a caller who still waits.
func (w *world) withdraw(p *participant, try bool) {
	in := w.fresh(core.InputWithdraw)
	switch {
	case try && p.tries > 0:
		p.tries--
		in.Try = true
	case !try && len(p.campaigns) > 0:
		i := w.script.IntN(len(p.campaigns))
		in.Work = p.campaigns[i]
		p.campaigns = append(p.campaigns[:i], p.campaigns[i+1:]...)
	default:
		return
	}
	w.step(p, in)
}

// close ends a participant that has stopped. Another elector takes its place later.
func (w *world) close(p *participant) {
	w.step(p, w.fresh(core.InputClose))
	if p.core.State() == lifecycle.StateClosed {
		after := int64((0.2 + w.script.Float64()) * float64(p.cfg.Drain))
		w.agenda.push(event{at: w.now + after, kind: evRestart, who: int16(p.index), gen: p.life})
	}
}

// register begins a workload of the present tenure, or tries to under one that has ended.
func (w *world) register(p *participant) {
	fence := p.core.Tenure().Fence
	if w.script.IntN(8) == 0 {
		fence = p.ended
	}
	in := w.fresh(core.InputWorkBegan)
	in.Fence = fence
	if w.step(p, in).Accepted {
		w.beginWork(p, fence, false)
	}
}

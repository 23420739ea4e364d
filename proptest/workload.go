package proptest

import (
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// work is a workload that runs.
type work struct {
	id    int32
	fence uint64
	// resigns tells that the leadership is given up when it returns, as Run does.
	resigns bool
	// told tells that it was told to end; reported, that a planted fault said that it had returned.
	told, reported bool
}

// working tells whether a workload runs within the time that it was given: until the grace after the last deadline of
// its tenure, not included, as the lease may end then. One that does not return in time, or whose process does not run,
// cannot be helped.
func (p *participant) working(now core.Instant) bool {
	for i := range p.works {
		if p.works[i].fence == p.fence && now < p.deadline.Add(p.cfg.Grace) {
			return true
		}
	}
	return false
}

func (w *world) beginWork(p *participant, fence uint64, resigns bool) {
	p.workCount++
	p.works = append(p.works, work{id: p.workCount, fence: fence, resigns: resigns})
	w.log.add(w.now, recBegan, p.index, uint64(p.workCount), fence, 0)
	w.writeSoon(p, p.workCount)
}

// tellWorks tells every workload that its tenure is over. Each returns in its own time.
func (w *world) tellWorks(p *participant) {
	for i := range p.works {
		if p.works[i].told {
			continue
		}
		p.works[i].told = true
		w.log.add(w.now, recTold, p.index, uint64(p.works[i].id), 0, 0)
		w.script.name(throwReturn, p.index, uint64(p.life), uint64(p.works[i].id))
		w.returnIn(p, p.works[i].id, w.drawReturn(p))
		if w.planted.eagerDone {
			w.report(p, i)
		}
	}
}

// drawReturn draws how long a workload takes to return: within the grace, within the drain limit, or longer.
func (w *world) drawReturn(p *participant) time.Duration {
	u := w.script.Float64()
	if w.plan.prompt || !w.faulty() {
		return time.Duration(u * float64(p.cfg.Grace))
	}
	switch f := w.script.Float64(); {
	case f < 0.4:
		return time.Duration(u * float64(p.cfg.Grace))
	case f < 0.7:
		return time.Duration(u * float64(p.cfg.Drain))
	default:
		return time.Duration((1 + u*w.plan.overrun) * float64(p.cfg.Drain))
	}
}

func (w *world) returnIn(p *participant, id int32, d time.Duration) {
	at := p.clock.when(int64(p.now(w).Add(d)))
	w.agenda.push(event{at: max(at, w.now), kind: evReturn, who: int16(p.index), gen: p.life, ref: id})
}

// workReturns ends a workload and says so.
func (w *world) workReturns(p *participant, id int32) {
	for i := range p.works {
		if p.works[i].id != id {
			continue
		}
		done := p.works[i]
		p.works = append(p.works[:i], p.works[i+1:]...)
		w.log.add(w.now, recReturned, p.index, uint64(id), 0, 0)
		if !done.reported {
			w.workDone(p, &done)
		}
		if w.planted.doneTwice {
			w.workDone(p, &done)
		}
		return
	}
}

// workDone tells a core that a workload has returned. The main one's return gives its tenure up in the same step.
func (w *world) workDone(p *participant, done *work) {
	in := w.fresh(core.InputWorkDone)
	if done.resigns {
		in.Fence = done.fence
	}
	out := w.step(p, in)
	if !done.resigns {
		return
	}
	for _, s := range out.Steps {
		if s.Event == lifecycle.EventResign && s.From.Leading() {
			w.reach(WorkGivesUp)
			return
		}
	}
	w.reach(WorkOutlivesTenure)
}

// report lets a planted fault say that a workload has returned, which still runs.
func (w *world) report(p *participant, i int) {
	if !p.works[i].reported {
		p.works[i].reported = true
		w.agenda.push(event{at: w.now, kind: evReported, who: int16(p.index), gen: p.life})
	}
}

func (w *world) reportAll(p *participant) {
	for i := range p.works {
		w.report(p, i)
	}
}

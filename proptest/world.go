package proptest

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// phase is a stretch of a run.
type phase uint8

const (
	// phaseFaults: all that can go wrong does, and callers ask for all that can be asked for.
	phaseFaults phase = iota
	// phaseSettling: no new faults, and what is under way from old ones ends.
	phaseSettling
	// phaseCalm: nothing goes wrong, so somebody has to lead.
	phaseCalm
	// phaseHandover: the leader has been asked to resign, if another may follow it at a wake-up.
	phaseHandover
	// phaseCrash: the leader has died for good, if there was one and another may follow.
	phaseCrash
	phaseOver
)

// world is one run: participants, network, store and time, all in one goroutine.
type world struct {
	opt     Options
	planted *Planted
	beyond  *Trouble
	plan    plan

	now          int64
	agenda       agenda
	participants []participant
	in           core.Input
	msgs         messages

	store      stores.Watcher
	failing    *failingStore
	storeClock clock
	storeDown  int64
	notices    <-chan stores.Notice
	ledger     ledger
	resource   resource

	// Each concern has dice of its own.
	net, script, chaos, writing, trouble *dice
	// What was drawn so far of what has no other name than its number.
	commands, faults, troubles int

	phase    phase
	standing []int
	crashed  bool
	calmed   int64
	lastLed  int64
	// resigned is who was asked to hand over, and freed when its release took effect, by the store's clock.
	resigned *participant
	freed    int64
	patience int64
	// leaderless tells that nobody led at the last look.
	leaderless bool

	log        transcript
	trace      *tracer
	stats      Stats
	broken     [CheckCount]bool
	violations []*Violation
	over       bool
	// until is when the run is cut.
	until int64
}

// The streams of randomness.
const (
	streamPlan = iota + 1
	streamNet
	streamScript
	streamChaos
	streamJitter
	streamWrites
	streamTrouble
)

func newWorld(opt Options) *world {
	r := rand.New(rand.NewPCG(opt.Seed, streamPlan))
	w := &world{
		opt: opt, planted: opt.Planted, plan: opt.plan(r), trace: opt.trace,
		net: newDice(opt.Seed, streamNet), script: newDice(opt.Seed, streamScript), chaos: newDice(opt.Seed, streamChaos),
		writing: newDice(opt.Seed, streamWrites), trouble: newDice(opt.Seed, streamTrouble),
	}
	if w.planted == nil {
		w.planted = &Planted{}
	}
	if w.beyond = opt.Trouble; w.beyond == nil {
		w.beyond = w.planted.trouble
	}
	if w.beyond == nil {
		w.beyond = &Trouble{}
	}
	w.plan.stubborn = w.plan.stubborn || w.planted.stubborn
	w.log.hash = 14695981039346656037
	if opt.Log != nil {
		w.log.sink = func(r record) { opt.Log(r.String()) }
	}
	bound := max(w.planted.drift, w.beyond.Drift, maxDrift)
	w.storeClock = drawClock(r, max(w.beyond.StoreDrift, maxDrift))
	if w.trace != nil {
		w.storeClock, w.agenda.grain = clock{}, int64(tick)
	}
	w.storeClock.offset += time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	w.openStore()
	w.checkPlan()
	w.participants = make([]participant, len(w.plan.configs))
	for i := range w.participants {
		p := &w.participants[i]
		w.agenda.addTimer()
		p.index, p.cfg, p.clock, p.jitter = i, w.plan.configs[i], drawClock(r, bound), newDice(opt.Seed, streamJitter)
		if w.trace != nil {
			p.clock = drawTickClock(r)
		}
	}
	w.drawStanding(r)
	w.restrict()
	for i := range w.participants {
		w.participants[i].begin(w)
	}
	w.agenda.push(event{kind: evScript})
	w.agenda.push(event{at: int64(w.plan.chaosEvery), kind: evChaos})
	if w.beyond.happens() {
		w.agenda.push(event{at: int64(w.plan.slowest.Lease), kind: evTrouble})
	}
	w.agenda.push(event{at: w.plan.faultsEnd, kind: evPhase})
	return w
}

func (w *world) openStore() {
	w.store = w.newStore(w.storeTime)
	if w.beyond.loses() {
		w.failing = &failingStore{
			Watcher: w.store, open: w.newStore, clock: w.storeTime, at: func() int64 { return w.now },
			settle: w.settlesFor(), putOff: func() { w.reach(PutOff) },
		}
		w.store = w.failing
	}
	// The context never ends, so the watch needs no goroutine.
	notices, err := w.store.Watch(context.Background(), election)
	if err != nil {
		w.violate(Strict, "there are no wake-ups: %v", err)
	}
	w.notices = notices
}

func (w *world) newStore(now func() time.Time) stores.Watcher {
	if !w.opt.Reference && w.planted.loosen == nil && w.beyond.remedies() {
		return memory.New(memory.WithClock(now))
	}
	s := &looseStore{now: now, noFloor: w.beyond.NoFloor, noClaims: w.beyond.NoClaims}
	if w.planted.loosen != nil {
		w.planted.loosen(s)
	}
	return s
}

// checkPlan makes sure that only settings are drawn that an elector accepts.
func (w *world) checkPlan() {
	for _, cfg := range w.plan.configs {
		if err := cfg.Validate(); err != nil {
			w.violate(Strict, "settings were drawn that are not valid: %v", err)
		}
	}
}

// drawStanding draws who is started for good before the calm; at least one is, which is in automatic mode.
func (w *world) drawStanding(r *rand.Rand) {
	for i := range w.participants {
		if !w.plan.configs[i].Manual && !w.plan.shy[i] && (len(w.standing) == 0 || r.IntN(3) > 0) {
			w.standing = append(w.standing, i)
		}
	}
}

func (w *world) storeNow() int64      { return w.storeClock.at(w.now) }
func (w *world) storeTime() time.Time { return time.Unix(0, w.storeNow()).UTC() }
func (w *world) faulty() bool         { return w.phase == phaseFaults }

// run lets the world go on until its end, or until a check is broken.
func (w *world) run() {
	for !w.over {
		e := w.agenda.pop()
		if e.at > w.until {
			break
		}
		w.trace.until(w, e.at)
		w.now = e.at
		if !w.handle(&e) {
			continue
		}
		w.look()
	}
	w.stats.Runs, w.stats.Virtual, w.stats.Hash = 1, time.Duration(w.now), w.log.hash
	w.stats.countInputs()
	w.stats.countGaps()
}

// handle makes an event happen. It reports whether anything did.
func (w *world) handle(e *event) bool {
	switch e.kind {
	case evRequest:
		w.serve(e.ref)
	case evScript:
		w.drawCommand()
	case evChaos:
		if !w.faulty() {
			return false
		}
		w.drawFault()
	case evProbe:
		w.probe()
	case evApply:
		w.apply(e.ref)
	case evTrouble:
		if !w.faulty() {
			return false
		}
		w.drawTrouble()
	case evPhase:
		w.nextPhase()
	default:
		return w.handleAt(w.addressee(e), e)
	}
	return true
}

// addressee is the participant that an event happens to.
func (w *world) addressee(e *event) *participant {
	if e.kind == evReply || e.kind == evNotice {
		return &w.participants[w.msgs.all[e.ref].who]
	}
	return &w.participants[e.who]
}

// handleAt makes an event happen to a participant, unless it comes too late for that.
func (w *world) handleAt(p *participant, e *event) bool {
	switch {
	case e.kind == evRestart:
		w.restart(p, e)
	case !p.up, e.kind == evTick && e.gen != p.tick, w.isPast(p, e):
		w.discard(e)
		return false
	case e.kind == evResume:
		w.resume(p)
	case p.paused:
		p.queue = append(p.queue, *e)
		return false
	default:
		w.happen(p, e)
	}
	return true
}

// isPast tells whether an event belongs to an earlier life.
func (w *world) isPast(p *participant, e *event) bool {
	switch e.kind {
	case evReturn, evReported, evResume, evWrite:
		return e.gen != p.life
	default:
		return false
	}
}

func (w *world) discard(e *event) {
	if e.kind == evReply || e.kind == evNotice {
		w.msgs.drop(e.ref)
	}
}

func (w *world) happen(p *participant, e *event) {
	switch e.kind {
	case evTick:
		p.wake = 0
		if w.noticesJump(p) {
			w.reach(JumpNoticed)
		}
		w.step(p, w.fresh(core.InputTick))
	case evReply, evNotice:
		w.receive(p, e)
	case evReturn:
		w.workReturns(p, e.ref)
	case evWrite:
		w.writes(p, e.ref)
	case evReported:
		w.step(p, w.fresh(core.InputWorkDone))
	case evCommand:
		w.obey(p, command(e.ref))
	default:
	}
}

// receive hands a message to a participant.
func (w *world) receive(p *participant, e *event) {
	m := &w.msgs.all[e.ref]
	switch {
	case e.kind == evReply:
		if w.overtaken(p, m) {
			m.lease, m.err = stores.Lease{}, errBroken
		}
		w.arrive(p, m)
	case !w.overtaken(p, m):
		w.informed(p, m)
	}
	w.msgs.drop(e.ref)
}

// restart begins another life in a place whose process died or whose elector was closed.
func (w *world) restart(p *participant, e *event) {
	if p.dead || e.gen != p.life || w.trace.full() {
		return
	}
	if len(p.works) > 0 {
		// The workload outlived its elector; another elector in this process would be another participant.
		w.agenda.push(event{at: w.now + int64(p.cfg.Drain)/2, kind: evRestart, who: e.who, gen: e.gen})
		return
	}
	p.end(w)
	p.begin(w)
}

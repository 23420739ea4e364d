//go:build linux || darwin

package guard

import (
	"fmt"
	"math/rand/v2"
	"syscall"
)

// The times of a pair, in units of virtual time.
const (
	leaseTime = 40
	graceTime = 8
	drainTime = 25
	liveTime  = 300
	group     = 7
)

// planted is a fault of owner, guardian or what connects them.
type planted string

const (
	plantedNothing      planted = ""
	plantedTimeLeft     planted = "the guardian is told time left"
	plantedLateStart    planted = "the guardian starts a child past its instant"
	plantedUnconfirmed  planted = "the owner counts on what the guardian has not confirmed"
	plantedTrust        planted = "the owner waits for a guardian that is stopped"
	plantedDeafGuardian planted = "the guardian does not notice that its owner is dead"
	plantedDeafOwner    planted = "the owner does not notice that its guardian is dead"
	plantedGentle       planted = "a lost lease is SIGTERM"
	plantedNoSweep      planted = "what a guardian started and did not report is left alone"
	plantedBeside       planted = "the owner signals beside its guardian"
	plantedHasty        planted = "the child is told when the first renewal falls due"
)

// pair is an owner, a guardian and a child in virtual time, in which the two processes are stopped, continued and killed.
type pair struct {
	rand  *rand.Rand
	now   Instant
	plant planted

	owner    *owner
	warden   *warden
	orders   []order
	reports  []report
	ownerAt  process
	guardAt  process
	ended    bool // the guardian's pipe has ended
	learned  bool // the owner has taken over
	orphaned bool // the guardian knows that its owner is dead
	said     bool // the guardian has said that nothing is left
	faulty   bool
	faults   int

	child child
	// granted are the latest bounds that the store gave, lost when it refused; asked is when the owner first asked for an
	// end, and limit by when.
	granted            Bounds
	lost, asked, limit Instant
	seen               map[string]int
	fault              string
}

// process is what may happen to an owner or a guardian.
type process struct {
	stopped, dead bool
	since         Instant // when it was stopped
}

func (p process) runs() bool { return !p.stopped && !p.dead }

// child is a group of processes: the first one and the rest.
type child struct {
	started, told, killed Instant
	first, rest           Instant // when each ends
	stubborn, seenExit    bool
}

func (c *child) alive(now Instant) bool { return c.started != Never && (now < c.first || now < c.rest) }

func newPair(seed uint64, faulty bool, plant planted) *pair {
	p := &pair{rand: rand.New(rand.NewPCG(seed, 1)), plant: plant, faulty: faulty, seen: map[string]int{}}
	p.lost, p.asked, p.limit = Never, Never, Never
	p.child = child{started: Never, told: Never, killed: Never, first: Never, rest: Never, stubborn: p.once(2)}
	p.warden = newWarden(wardenHands{p})
	p.owner = newOwner(ownerReins{p}, p.grant())
	return p
}

func (p *pair) once(in int) bool { return p.rand.IntN(in) == 0 }

func (p *pair) after(most int) Instant { return p.now + Instant(p.rand.IntN(most)) }

func (p *pair) grant() Bounds {
	b := Bounds{Term: p.now + leaseTime - graceTime, Kill: p.now + leaseTime}
	p.granted = p.granted.Later(b)
	return b
}

func (p *pair) violate(what string) {
	if p.fault == "" {
		p.fault = what
	}
}

// wardenHands is what the warden does to the child and says to the owner.
type wardenHands struct{ *pair }

func (h wardenHands) fork() (int, syscall.Errno) {
	c := &h.child
	if c.started != Never {
		h.violate("a second child")
	}
	if h.now >= h.granted.Term {
		h.violate("a start past its instant")
	}
	c.started = h.now
	if h.once(3) {
		c.first = h.after(150)
		c.rest = c.first
		if h.once(2) {
			c.rest = h.after(300)
		}
	}
	if h.faulty && h.once(20) {
		h.guardAt = process{stopped: true, since: h.now}
		h.faults++
		h.seen["stopped at the fork"]++
	}
	return group, 0
}

func (h wardenHands) signal(sig syscall.Signal) {
	if h.guardAt.dead {
		h.violate("a dead guardian signals")
	}
	h.strike(sig)
}

func (h wardenHands) report(r report) { h.reports = append(h.reports, r) }

// ownerReins is what the owner says to the guardian, and does in its place.
type ownerReins struct{ *pair }

func (r ownerReins) send(o order) { r.orders = append(r.orders, o) }

func (r ownerReins) dismiss() {
	r.seen["dismissed"]++
	if r.plant != plantedTrust {
		r.guardianDies()
	}
}

func (r ownerReins) sweep() int {
	if r.plant == plantedNoSweep || !r.child.alive(r.now) {
		return 0
	}
	r.seen["swept"]++
	r.strike(syscall.SIGKILL)
	return 1
}

func (r ownerReins) signal(to int, sig syscall.Signal) {
	if !r.guardAt.dead {
		r.violate("a signal beside the guardian")
	}
	if to != group {
		r.violate(fmt.Sprint("a signal to group ", to))
	}
	r.seen["the owner signals"]++
	r.strike(sig)
}

func (p *pair) strike(sig syscall.Signal) {
	c := &p.child
	switch {
	case p.said:
		p.violate("a signal to a stranger")
	case sig == syscall.SIGKILL:
		if c.alive(p.now) {
			p.mayKill()
		}
		c.told, c.killed = min(c.told, p.now), min(c.killed, p.now)
		c.first, c.rest = min(c.first, p.now), min(c.rest, p.now)
	case sig == syscall.SIGTERM || sig == syscall.SIGINT:
		p.mayTell()
		c.told = min(c.told, p.now)
		if !c.stubborn {
			c.first, c.rest = min(c.first, p.after(6)), min(c.rest, p.after(9))
		}
	}
}

// mayTell holds a telling against what was asked for; a run with faults may be ended early.
func (p *pair) mayTell() {
	if p.faults == 0 && p.now < p.granted.Term && p.now < p.asked {
		p.violate("told before its time")
	}
}

func (p *pair) mayKill() {
	if p.faults == 0 && p.now < min(p.granted.Kill, p.lost, p.limit) {
		p.violate("killed before its time")
	}
}

func (p *pair) guardianDies() {
	p.guardAt = process{dead: true}
	p.ended = true
	if p.once(2) && p.child.alive(p.now) {
		p.strike(syscall.SIGTERM) // the kernel's, where there is one
	}
}

// run lets time pass until all is over or nothing can end it any more.
func (p *pair) run() {
	for ; p.now < liveTime+10*leaseTime && p.fault == ""; p.now++ {
		if p.now < liveTime {
			p.happen()
		} else {
			p.ownerAt.stopped, p.guardAt.stopped = false, false
		}
		p.settle()
		p.check()
	}
	if p.fault == "" && p.unfinished() {
		p.violate("it never ends")
	}
}

func (p *pair) unfinished() bool {
	if p.ownerAt.dead && p.guardAt.dead {
		return false
	}
	return p.child.alive(p.now) || (!p.ownerAt.dead && !p.owner.over)
}

// happen is what comes from outside: faults, renewals, the end of the lease, the wish to end.
func (p *pair) happen() {
	if p.faulty {
		p.harm(&p.ownerAt, func() { p.ownerAt = process{dead: true} })
		p.harm(&p.guardAt, p.guardianDies)
	}
	if !p.ownerAt.runs() || p.owner.over {
		return
	}
	if p.renews() && p.once(6) {
		p.owner.extend(p.now, p.grant())
		if p.plant == plantedUnconfirmed {
			p.owner.schedule.bounds = p.owner.want
		}
		if p.asked != Never && p.granted.Kill > p.asked+leaseTime {
			p.seen["extended after it was told"]++
		}
	}
	switch {
	case p.once(300) && p.lost == Never:
		p.lost = p.now
		p.end(syscall.SIGKILL, p.now)
	case p.asked == Never && (p.once(150) || p.owner.result.Exited):
		p.end(syscall.SIGINT, p.now+drainTime)
	}
}

// renews tells whether the elector still renews: while it leads, and while a child that was told winds up.
func (p *pair) renews() bool {
	return p.lost == Never && (p.now < p.granted.Term || (p.asked != Never && p.now < p.granted.Kill))
}

func (p *pair) harm(at *process, dies func()) {
	switch {
	case at.dead:
	case p.once(400):
		p.faults++
		dies()
	case at.stopped && p.once(20):
		at.stopped = false
	case !at.stopped && p.once(100):
		p.faults++
		at.stopped, at.since = true, p.now
	}
}

func (p *pair) end(sig syscall.Signal, limit Instant) {
	p.asked, p.limit = min(p.asked, p.now), min(p.limit, limit)
	if sig == syscall.SIGKILL && p.plant == plantedGentle {
		sig, limit = syscall.SIGTERM, Never
	}
	if sig == syscall.SIGKILL {
		p.owner.kill(p.now)
		return
	}
	p.owner.tell(p.now, sig, limit)
}

// settle lets both processes do what they can at this instant.
func (p *pair) settle() {
	for range 20 {
		if p.guardAt.runs() {
			p.guardian()
		}
		if p.ownerAt.runs() {
			p.elector()
		}
	}
}

func (p *pair) guardian() {
	w := p.warden
	for len(p.orders) > 0 && p.guardAt.runs() && !w.over {
		o := p.orders[0]
		p.orders = p.orders[1:]
		w.obey(p.now, p.spoil(o))
	}
	if !p.guardAt.runs() {
		return
	}
	if p.ownerAt.dead && !p.orphaned && p.plant != plantedDeafGuardian {
		p.orphaned = true
		p.seen["orphaned"]++
		w.alone()
	}
	w.tick(p.now)
	p.reap(w.exited)
	if !w.over && w.running && !p.child.alive(p.now) {
		w.gone()
		p.said = true
	}
	if w.over {
		p.guardAt, p.ended = process{dead: true}, true
	}
}

// spoil plants what is wrong with an order.
func (p *pair) spoil(o order) order {
	switch {
	case p.plant == plantedTimeLeft && o.Kind == orderExtend:
		o.Bounds = Bounds{Term: p.now + leaseTime - graceTime, Kill: p.now + leaseTime}
	case p.plant == plantedLateStart && o.Kind == orderStart:
		o.Bounds = Bounds{Term: max(o.Bounds.Term, p.now+1), Kill: max(o.Bounds.Kill, p.now+1)}
	case p.plant == plantedHasty && o.Kind == orderStart:
		o.Bounds.Term = p.now + 3
	}
	return o
}

func (p *pair) elector() {
	o := p.owner
	if p.plant == plantedBeside && o.group != 0 && p.now >= o.schedule.bounds.Term && !o.over {
		o.inCharge = true
	}
	muted := p.guardAt.stopped && len(p.reports) > 0 && p.reports[0].Kind == reportStarted
	if p.guardAt.dead && !p.learned && len(p.reports) > 0 && p.reports[0].Kind == reportStarted && !p.said {
		muted = p.once(2)
		if muted {
			p.reports = nil // it was killed before it could say so
		}
	}
	for len(p.reports) > 0 && !muted && p.ownerAt.runs() {
		r := p.reports[0]
		p.reports = p.reports[1:]
		if r.Kind == reportRefused {
			p.seen["refused"]++
		}
		o.hear(r)
	}
	if p.ended && !p.learned && !muted && p.plant != plantedDeafOwner {
		p.learned = true
		o.alone(p.now)
	}
	o.tick(p.now)
	if o.inCharge && !o.over {
		p.reap(o.exited)
		if !p.child.alive(p.now) {
			o.gone()
		}
	}
}

func (p *pair) reap(exited func(syscall.WaitStatus)) {
	if c := &p.child; c.started != Never && p.now >= c.first && !c.seenExit {
		c.seenExit = true
		exited(0)
	}
}

// check is what must hold at the end of every instant.
func (p *pair) check() {
	c := &p.child
	watched := p.ownerAt.runs() || p.guardAt.runs()
	if !c.alive(p.now) || !watched {
		return
	}
	told := c.told <= p.now
	switch {
	case p.now >= p.granted.Kill:
		p.violate("it outlives its lease")
	case p.lost <= p.now && p.ownerAt.runs():
		p.violate("it outlives the loss of its lease")
	case p.now >= p.granted.Term && p.guardAt.runs() && !told:
		p.violate("it is not told at its deadline")
	case p.now >= p.granted.Term+graceTime/2 && !told:
		p.violate("it is not told in time")
	case p.guardAt.stopped && p.now >= p.guardAt.since+leaseTime:
		p.violate("it runs on without its guardian")
	case (p.ownerAt.dead || p.guardAt.dead) && !told:
		p.violate("it is not told though a pipe is lost")
	case p.limit <= p.now && p.ownerAt.runs() && !p.guardAt.stopped: // it may be waited for where the lease stands
		p.violate("it outlives its limit")
	case p.faults == 0 && p.asked < p.now-1 && !told:
		p.violate("it is not told though that was asked")
	}
}

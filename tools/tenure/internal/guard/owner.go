//go:build linux || darwin

package guard

import (
	"syscall"
	"time"
)

// reins is what an owner does things with.
type reins interface {
	// send hands an order to the guardian; one that does not read any more is no fault.
	send(o order)
	// dismiss kills the guardian. Its last reports, and the end of its pipe, follow.
	dismiss()
	// signal sends to the child's whole group. It is used only when the guardian is dead and has said all that it had to say.
	signal(group int, sig syscall.Signal)
	// sweep kills what a guardian started that died before it could tell, and returns how many processes that were.
	sweep() int
}

// owner is what the process that holds the lease decides about its child. Like a warden, it is handed the time.
//
// It counts only on instants that the guardian has confirmed: an order may wait in the pipe of a guardian that is stopped.
type owner struct {
	reins
	schedule schedule
	// want are the newest bounds, asked those of the last order; asking tells that it is not answered yet.
	want, asked Bounds
	asking      bool

	group int
	// told is when the guardian was to tell the child, and confirmed that it did; what is what it was to send.
	told      Instant
	what      syscall.Signal
	confirmed bool

	// inCharge: the guardian is dead, and the owner signals the child by itself.
	inCharge, dismissed bool
	// sweeping: the guardian died before it could tell what it started; swept: there was something.
	sweeping, swept bool

	result Result
	over   bool
}

// Result is how a child ended.
type Result struct {
	// Refused: it was not started, since its time had passed; Orphaned: since its guardian died before.
	Refused, Orphaned bool
	// Errno is why it could not be started; 0 if it was.
	Errno syscall.Errno
	// Told: it was told to end before its first process had ended.
	Told bool
	// Exited tells whether the first process's end was seen; Status is what it ended with.
	Exited bool
	Status syscall.WaitStatus
}

// newOwner asks for the start of a child.
func newOwner(r reins, b Bounds) *owner {
	o := &owner{reins: r, schedule: newSchedule(b), want: b, asked: b, told: Never, what: syscall.SIGTERM}
	o.send(order{Kind: orderStart, Bounds: b})
	return o
}

// extend makes newer bounds known to the guardian, one extension at a time: a guardian that is stopped must not fill its
// pipe.
func (o *owner) extend(now Instant, b Bounds) {
	if o.inCharge {
		o.schedule.extend(now, b)
		return
	}
	o.want = o.want.Later(b)
	o.ask()
}

func (o *owner) ask() {
	if o.asking || o.over || o.want == o.asked {
		return
	}
	o.asking, o.asked = true, o.want
	o.send(order{Kind: orderExtend, Bounds: o.want})
}

// pass passes a signal on that means nothing for the lease.
func (o *owner) pass(sig syscall.Signal) {
	switch {
	case o.over, o.sweeping: // what is swept is killed, and its group is not known
	case !o.inCharge:
		o.send(order{Kind: orderSignal, Signal: sig})
	default:
		o.signal(o.group, sig)
	}
}

// tell tells the child to end by limit.
func (o *owner) tell(now Instant, sig syscall.Signal, limit Instant) {
	if o.over {
		return
	}
	if o.schedule.tell(limit) {
		o.told, o.what = now, sig
	}
	if !o.inCharge {
		o.send(order{Kind: orderTell, Signal: o.what, Limit: o.schedule.limit})
	}
	o.tick(now)
}

// kill ends the child now, by the owner itself: a guardian may be stopped, whatever it has confirmed before.
func (o *owner) kill(now Instant) {
	o.confirmed = false
	o.tell(now, syscall.SIGKILL, now)
}

// hear takes a report. What falls due after it is for tick.
func (o *owner) hear(r report) {
	switch r.Kind {
	case reportStarted:
		o.group = r.Group
	case reportRefused:
		o.end(Result{Refused: true})
	case reportFailed:
		o.end(Result{Errno: r.Errno})
	case reportBounds:
		o.asking = false
		o.schedule.bounds = o.schedule.bounds.Later(r.Bounds)
		o.ask()
	case reportTold:
		o.confirmed = true
		o.schedule.told = true
	case reportExited: // the rest of its group was told nothing by that
		o.exited(r.Status)
	case reportGone:
		o.gone()
	}
}

func (o *owner) end(r Result) { o.result, o.over = r, true }

// alone is for a guardian that is dead and has said all that it had to say: the owner goes on in its place.
func (o *owner) alone(now Instant) {
	if o.over {
		return
	}
	o.inCharge = true
	if o.group == 0 {
		o.sweeping = true
		o.comb()
		return
	}
	if o.schedule.tell(Never) || !o.confirmed {
		o.signal(o.group, o.what)
	}
	o.tick(now)
}

// comb sweeps until nothing is found.
func (o *owner) comb() {
	if o.sweep() > 0 {
		o.swept = true
		return
	}
	o.end(Result{Orphaned: !o.swept, Told: o.swept})
}

// tick does what is due.
func (o *owner) tick(now Instant) {
	switch {
	case o.over:
	case o.sweeping:
		o.comb()
	case o.inCharge:
		if _, kill := o.schedule.due(now); kill {
			o.signal(o.group, syscall.SIGKILL)
		}
	case !o.dismissed && now >= o.patience():
		o.dismissed = true
		o.dismiss()
	}
}

// takeover is how long before the lease's end the owner goes on alone where the child still lives: time for the guardian to die
// in. Where the child only has a limit, it is how long after that.
const takeover = Instant(50 * time.Millisecond)

// patience is how long the guardian may take to do its part: half of the time between telling and killing, for telling; and
// for all of it, not quite to the lease's end.
func (o *owner) patience() Instant {
	end, kill := o.schedule.end(), o.schedule.bounds.Kill
	told := min(o.told, o.schedule.bounds.Term, end)
	last := kill - min((kill-told)/4, takeover)
	if o.confirmed {
		return min(end+takeover, last)
	}
	return min(told+(end-told)/2, last)
}

// wake is when tick is to be called next.
func (o *owner) wake() Instant {
	switch {
	case o.over:
		return Never
	case o.sweeping, o.dismissed && !o.inCharge:
		return Never
	case o.inCharge:
		return o.schedule.wake()
	}
	return o.patience()
}

// exited notes the end of the first process, which the guardian has reported, or of which the owner has become the parent.
func (o *owner) exited(status syscall.WaitStatus) {
	o.result.Exited, o.result.Status, o.result.Told = true, status, o.schedule.told
}

// gone notes that nothing is left of the group.
func (o *owner) gone() {
	if !o.result.Exited {
		o.result.Told = o.schedule.told
	}
	o.end(o.result)
}

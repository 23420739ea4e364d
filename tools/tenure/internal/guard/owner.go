//go:build linux || darwin

package guard

import "syscall"

// reins is what an owner does things with.
type reins interface {
	// send hands an order to the guardian; one that does not read any more is no fault.
	send(o order)
	// dismiss kills the guardian. Its last reports, and the end of its pipe, follow.
	dismiss()
	// signal sends to the child's whole group. It is used only when the guardian is dead and has said all that it had to say.
	signal(group int, sig syscall.Signal)
	// sweep kills what a guardian started that died before it could tell.
	sweep()
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

	result Result
	over   bool
}

// Result is how a child ended.
type Result struct {
	// Refused: it was not started, since its time had passed, or the guardian died before.
	Refused bool
	// Errno is why it could not be started; 0 if it was.
	Errno syscall.Errno
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
	case o.over:
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

// kill ends the child now.
func (o *owner) kill(now Instant) { o.tell(now, syscall.SIGKILL, now) }

// hear takes a report.
func (o *owner) hear(now Instant, r report) {
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
		o.result.Exited, o.result.Status = true, r.Status
	case reportGone:
		o.end(o.result)
	}
	o.tick(now)
}

func (o *owner) end(r Result) { o.result, o.over = r, true }

// alone is for a guardian that is dead and has said all that it had to say: the owner goes on in its place.
func (o *owner) alone(now Instant) {
	if o.over {
		return
	}
	o.inCharge = true
	if o.group == 0 {
		o.sweep()
		o.end(Result{Refused: true})
		return
	}
	if o.schedule.tell(Never) || !o.confirmed {
		o.signal(o.group, o.what)
	}
	o.tick(now)
}

// tick does what is due.
func (o *owner) tick(now Instant) {
	switch {
	case o.over:
	case o.inCharge:
		if _, kill := o.schedule.due(now); kill {
			o.signal(o.group, syscall.SIGKILL)
		}
	case !o.dismissed && now >= o.patience():
		o.dismissed = true
		o.dismiss()
	}
}

// patience is how long the guardian may take to do its part: half of the time between telling and killing, for telling; and
// no longer than to the end, for all of it.
func (o *owner) patience() Instant {
	end := o.schedule.end()
	if o.confirmed {
		return end
	}
	told := min(o.told, o.schedule.bounds.Term)
	return min(told+(end-told)/2, end)
}

// wake is when tick is to be called next.
func (o *owner) wake() Instant {
	switch {
	case o.over:
		return Never
	case o.inCharge:
		return o.schedule.wake()
	case o.dismissed:
		return Never
	}
	return o.patience()
}

// exited notes the end of the first process, of which the owner has become the parent.
func (o *owner) exited(status syscall.WaitStatus) {
	o.result.Exited, o.result.Status = true, status
}

// gone notes that nothing is left of the group.
func (o *owner) gone() { o.end(o.result) }

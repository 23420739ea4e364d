//go:build linux || darwin

package guard

import "syscall"

// hands is what a warden does things with.
type hands interface {
	// fork starts the child and returns its process group.
	fork() (group int, errno syscall.Errno)
	// signal sends to the child's whole group.
	signal(sig syscall.Signal)
	// report tells the owner; an owner that is gone is no fault.
	report(r report)
}

// warden is what a guardian decides. It reads no clock and starts nothing by itself: time is a number that it is handed.
type warden struct {
	hands
	schedule schedule
	running  bool
	// over: nothing is left to guard.
	over bool
}

func newWarden(h hands) *warden { return &warden{hands: h} }

// obey takes an order.
func (w *warden) obey(now Instant, o order) {
	if w.over {
		return
	}
	if w.running {
		w.tick(now)
	}
	switch o.Kind {
	case orderStart:
		w.start(now, o.Bounds)
	case orderExtend:
		w.schedule.extend(now, o.Bounds)
		w.report(report{Kind: reportBounds, Bounds: w.schedule.bounds})
	case orderSignal:
		if w.running {
			w.signal(o.Signal)
		}
	case orderTell:
		w.tell(o.Signal, o.Limit)
	}
	if w.running {
		w.tick(now)
	}
}

func (w *warden) start(now Instant, b Bounds) {
	if w.running {
		return
	}
	if now >= b.Term || now >= b.Kill {
		w.over = true
		w.report(report{Kind: reportRefused})
		return
	}
	group, errno := w.fork()
	if errno != 0 {
		w.over = true
		w.report(report{Kind: reportFailed, Errno: errno})
		return
	}
	w.schedule, w.running = newSchedule(b), true
	w.report(report{Kind: reportStarted, Group: group})
}

// tell tells the child to end, unless it was told before.
func (w *warden) tell(sig syscall.Signal, limit Instant) {
	if !w.running {
		return
	}
	if w.schedule.tell(limit) {
		w.signal(sig)
	}
	w.report(report{Kind: reportTold})
}

// alone is for an owner that is gone: what is guarded ends. A guardian whose owner has asked for nothing yet has nothing
// to guard.
func (w *warden) alone() {
	if !w.running {
		w.over = true
		return
	}
	w.tell(syscall.SIGTERM, Never)
}

// tick does what is due.
func (w *warden) tick(now Instant) {
	if !w.running || w.over {
		return
	}
	term, kill := w.schedule.due(now)
	switch {
	case kill:
		w.signal(syscall.SIGKILL)
	case term:
		w.signal(syscall.SIGTERM)
	default:
		return
	}
	w.report(report{Kind: reportTold})
}

// wake is when tick is to be called next.
func (w *warden) wake() Instant {
	if !w.running || w.over {
		return Never
	}
	return w.schedule.wake()
}

// exited notes the end of the first process.
func (w *warden) exited(status syscall.WaitStatus) {
	w.report(report{Kind: reportExited, Status: status})
}

// gone notes that nothing is left of the group.
func (w *warden) gone() {
	w.over = true
	w.report(report{Kind: reportGone})
}

package core

import "github.com/tenure-go/tenure/gen/lifecycle"

// Puppet is a participant whose time a test makes up: its timers fire when the test says so and never by themselves, as in
// the model. Everything else is the participant's own.
type Puppet struct{ *Core }

// HoldTimers puts off all that time alone would do, but for the deadline.
func (p Puppet) HoldTimers() {
	const later = Never - 1
	for _, timer := range [...]*Instant{&p.turn, &p.repeat, &p.beat, &p.drain} {
		if *timer != Never {
			*timer = later
		}
	}
	p.awaited.Limit = later
	// Nor is a turn due at once for what was, or was not, done before.
	p.lastTry, p.lastLook, p.wokenFor = p.now, p.now, 1<<63
}

// Fire makes a timer due that is set, by the event that it raises, and reports whether it was.
func (p Puppet) Fire(event string) bool {
	timer := map[string]*Instant{
		lifecycle.EventTryDue.String(): &p.turn, lifecycle.EventObserveDue.String(): &p.turn,
		lifecycle.EventRepeatDue.String(): &p.repeat, lifecycle.EventRenewDue.String(): &p.beat,
		lifecycle.EventDrainOver.String(): &p.drain,
	}[event]
	if *timer == Never {
		return false
	}
	*timer = p.now
	return true
}

// Want sets whether anybody here wants to lead.
func (p Puppet) Want(wants bool) { p.standing, p.campaigns, p.withWK, p.tries = wants, 0, 0, 0 }

// WantWithWork makes the participant want to lead for one caller, who brings a workload.
func (p Puppet) WantWithWork() { p.standing, p.campaigns, p.withWK, p.tries = true, 1, 1, 0 }

// WantOnce makes one caller the only one who wants to lead.
func (p Puppet) WantOnce() { p.standing, p.campaigns, p.withWK, p.tries = false, 1, 0, 0 }

// Hurry takes the pauses out of when the next renewal is due, so that it is not due before the deadline.
func (p Puppet) Hurry(on bool) {
	p.set.Timeout, p.set.Retry = later, later
	if on {
		p.set.Timeout, p.set.Retry = 0, 0
	}
}

const later = 1 << 50

// LastRelease sets whether a release that fails is the last one to be sent.
func (p Puppet) LastRelease(last bool) {
	p.releases, p.leaseEnd = 1, Never
	if last {
		p.releases = maxReleases
	}
}

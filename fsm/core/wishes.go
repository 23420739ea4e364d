package core

import "github.com/tenure-go/tenure/gen/lifecycle"

// wants tells whether anybody here wants to lead.
func (c *Core) wants() bool { return c.standing || c.campaigns > 0 || c.tries > 0 }

func (c *Core) forgetWishes() {
	c.standing, c.campaigns, c.withWK, c.tries, c.soon = false, 0, 0, 0, false
}

// command notes what a caller wants, if the table accepts the command in the present state, and fires it.
func (c *Core) command(event lifecycle.Event) {
	if c.in.Bound && c.stops > c.in.Stops {
		c.out.Void = true
		return
	}
	if lifecycle.Lookup(c.state, event).Verdict != lifecycle.Forbidden {
		c.noteWish(event)
	}
	c.fire(event)
}

func (c *Core) noteWish(event lifecycle.Event) {
	switch {
	case event == lifecycle.EventStart:
		c.standing = c.standing || c.in.Lead
		if c.state == lifecycle.Initial {
			// What was known before the stop is old, and a try then is no reason to wait now.
			c.known, c.lastTry, c.lastLook, c.pauseEnd = knowledge{}, -Never, -Never, 0
		}
	case event == lifecycle.EventStop:
		c.stops++
		c.forgetWishes()
	case event == lifecycle.EventCampaign && c.state.Leading():
		c.working += boolToInt(c.in.Work)
	case event == lifecycle.EventCampaign:
		c.campaigns++
		c.withWK += boolToInt(c.in.Work)
	case event == lifecycle.EventTry && !c.state.Leading():
		c.tries++
	}
}

// withdraw takes one wish back; the table hears of it when nobody is left who wants to lead.
func (c *Core) withdraw(in *Input) {
	switch {
	case in.Try && c.tries > 0:
		c.tries--
	case !in.Try && c.campaigns > 0:
		c.campaigns--
		c.withWK -= boolToInt(in.Work)
	default:
		return
	}
	if !c.wants() {
		c.soon = false
		c.fire(lifecycle.EventWithdraw)
	}
}

// workBegan registers a workload, if the tenure that it belongs to still leads.
func (c *Core) workBegan(fence uint64) {
	if c.Leads(c.now) && c.tenure.Fence == fence {
		c.working++
		c.out.Accepted = true
	}
}

// workDone takes a workload off the books; the table hears of the last one. The return of a tenure's main workload gives
// the tenure up in the same step, so that no deadline can come between the two.
func (c *Core) workDone(main uint64) {
	if c.working > 0 {
		c.working--
	}
	if c.working == 0 {
		c.fire(lifecycle.EventWorkDone)
	}
	if main != 0 && main == c.tenure.Fence {
		c.command(lifecycle.EventResign)
	}
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

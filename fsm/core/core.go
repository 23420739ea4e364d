package core

import (
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// maxReleases is how often one hand-back is sent. After that the lease is left to expire.
const maxReleases = 2

// Core is one participant. It must not be used by two goroutines at once. Make one with [New].
type Core struct {
	set   Settings
	state lifecycle.State
	now   Instant
	out   Output
	in    *Input

	// attempt counts this incarnation's tries; tenure is the newest, with its fence once that is known.
	attempt uint64
	tenure  stores.Tenure
	// lease is the one granted, as of leaseSeen; deadline is Never unless leading.
	lease     stores.Lease
	leaseSeen Instant
	deadline  Instant
	// highest is the highest fence seen, and highestBy the attempt that won it.
	highest   uint64
	highestBy stores.Attempt
	// hinted is the highest fence that a wake-up told of. It is claimed, and nothing else is built upon it; while the store
	// refuses the claim, wake-ups are not listened to for fences.
	hinted   uint64
	distrust bool

	// awaited is the one call whose answer counts; answered is the call whose outcome is being interpreted.
	awaiting          bool
	awaited, answered Call
	calls             uint64
	// releases counts the sends of the present hand-back; leaseEnd is when nothing of it can be left at the store.
	releases int
	leaseEnd Instant

	// Wishes to lead: by Start, by campaigns (of which some bring a workload), by tries.
	standing          bool
	campaigns, withWK int
	tries             int
	// working counts the registered workloads that have not returned.
	working int

	turn, repeat, beat, drain Instant
	// lastTry and pauseEnd set the floor between tries.
	lastTry, lastLook, pauseEnd Instant
	// soon tells that the next turn is to be as early as the floor allows, whatever is known.
	soon  bool
	known knowledge
	// wokenFor is the highest fence for whose end a try was made at once.
	wokenFor uint64
	// stops counts the stops.
	stops uint64
	// watching tells that wake-ups were asked for; one that arrives later than that is no event.
	watching bool
	// next is the event that an effect raised at once; it is fired after the row that raised it.
	next    lifecycle.Event
	hasNext bool
}

// New returns a participant that takes no part yet.
func New(set Settings) *Core {
	return &Core{
		set: set, state: lifecycle.Initial,
		deadline: Never, turn: Never, repeat: Never, beat: Never, drain: Never,
		lastTry: -Never, lastLook: -Never,
	}
}

// State returns the participant's state in the table.
func (c *Core) State() lifecycle.State { return c.state }

// Leads tells whether the participant believes at this instant that it leads.
func (c *Core) Leads(now Instant) bool { return c.state.Leading() && now < c.deadline }

// Tenure returns the newest attempt, with its fence if that is known.
func (c *Core) Tenure() stores.Tenure { return c.tenure }

// Deadline returns the instant after which the participant leads no longer, or [Never] where it does not lead.
func (c *Core) Deadline() Instant { return c.deadline }

// Working returns the number of registered workloads that have not returned.
func (c *Core) Working() int { return c.working }

// Awaited returns the call whose answer is awaited.
func (c *Core) Awaited() (Call, bool) { return c.awaited, c.awaiting }

// Armed returns the names in the table of what is set: the timers turn, repeat, beat and drain, and the subscription. The
// deadline has a method of its own.
func (c *Core) Armed() []string {
	var armed []string
	for _, timer := range [...]struct {
		name string
		at   Instant
	}{{"turn", c.turn}, {"repeat", c.repeat}, {"beat", c.beat}, {"drain", c.drain}} {
		if timer.at != Never {
			armed = append(armed, timer.name)
		}
	}
	if c.watching {
		armed = append(armed, "subscription")
	}
	return armed
}

// Stops returns how often the participant has been stopped.
func (c *Core) Stops() uint64 { return c.stops }

// HighestFence returns the highest fence seen.
func (c *Core) HighestFence() uint64 { return c.highest }

// NextWake returns the earliest instant at which time alone changes something; [Never] if none does.
func (c *Core) NextWake() Instant {
	wake := min(c.deadline, c.turn, c.repeat, c.beat, c.drain)
	if c.awaiting {
		wake = min(wake, c.awaited.Limit)
	}
	return wake
}

// Step tells the participant what happens at an instant, which is never before that of the last step, and returns what
// is to be done. The result is valid until the next step.
func (c *Core) Step(now Instant, in *Input) *Output {
	c.now, c.in = max(c.now, now), in
	c.out = Output{Steps: c.out.Steps[:0], Actions: c.out.Actions[:0]}
	c.passDeadline()
	if in.Kind != InputReply {
		c.runTimers()
	}
	c.take(in)
	c.runTimers()
	return &c.out
}

func (c *Core) take(in *Input) {
	switch in.Kind {
	case InputTick:
	case InputStart:
		c.command(lifecycle.EventStart)
	case InputTry:
		c.command(lifecycle.EventTry)
	case InputCampaign:
		c.command(lifecycle.EventCampaign)
	case InputWithdraw:
		c.withdraw(in)
	case InputRenew:
		c.command(lifecycle.EventRenew)
	case InputResign:
		if in.Fence == 0 || in.Fence == c.tenure.Fence {
			c.command(lifecycle.EventResign)
		}
	case InputStop:
		c.command(lifecycle.EventStop)
	case InputClose:
		c.command(lifecycle.EventClose)
	case InputReply:
		c.reply(in)
	case InputNotice:
		c.notice(in.Notice)
	case InputWorkBegan:
		c.workBegan(in.Fence)
	case InputWorkDone:
		c.workDone(in.Fence)
	case InputExpired:
		c.expired(in.Fence)
	}
}

// fire takes the table's row for the event, and then those of the events that its effects raise at once.
func (c *Core) fire(event lifecycle.Event) {
	for {
		row := lifecycle.Lookup(c.state, event)
		c.out.Steps = append(c.out.Steps, Step{From: c.state, Event: event, To: row.To, Verdict: row.Verdict})
		switch row.Verdict {
		case lifecycle.Forbidden:
			c.fault(&ForbiddenError{State: c.state, Event: event})
			return
		case lifecycle.Ignored:
			return
		case lifecycle.Moves:
		}
		c.state = row.To
		for _, effect := range row.Effects {
			c.interpret(effect, event)
		}
		if !c.hasNext {
			return
		}
		event, c.hasNext = c.next, false
	}
}

func (c *Core) fault(err error) {
	if c.out.Err == nil {
		c.out.Err = err
	}
}

func (c *Core) act(a Action) {
	a.Row = len(c.out.Steps) - 1
	c.out.Actions = append(c.out.Actions, a)
}

// passDeadline ends the leadership if its deadline has passed. It comes before everything else in a step, so that no
// input finds a participant that leads past its deadline.
func (c *Core) passDeadline() {
	if c.deadline <= c.now {
		c.deadline = Never
		c.fire(lifecycle.EventDeadline)
	}
}

// expired ends the leadership on the word of a reader who saw the deadline pass on a clock that has been set back since.
// A tenure that anybody saw ended must not come back.
func (c *Core) expired(fence uint64) {
	if c.state.Leading() && c.tenure.Fence == fence {
		c.deadline = c.now
		c.passDeadline()
	}
}

// runTimers fires what is due, one after the other, since each may arm or disarm others.
func (c *Core) runTimers() {
	for {
		c.passDeadline()
		switch {
		case c.awaiting && c.awaited.Limit <= c.now:
			c.timeOut()
		case c.drain <= c.now:
			c.drain = Never
			c.fire(lifecycle.EventDrainOver)
		case c.repeat <= c.now:
			c.repeat = Never
			c.fire(lifecycle.EventRepeatDue)
		case c.beat <= c.now:
			c.beat = Never
			c.fire(lifecycle.EventRenewDue)
		case c.turn <= c.now:
			c.turn = Never
			c.fire(c.turnEvent())
		default:
			return
		}
	}
}

func (c *Core) turnEvent() lifecycle.Event {
	if c.wants() {
		return lifecycle.EventTryDue
	}
	return lifecycle.EventObserveDue
}

package core

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Instant is a point on the participant's own clock, in nanoseconds since that clock began. It never goes back.
type Instant int64

// Never is later than every instant that a clock shows.
const Never Instant = math.MaxInt64

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub returns the time from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i - j) }

// Settings are what a participant is configured with. They are taken as they are: package fsm validates them.
type Settings struct {
	// Incarnation tells this participant from every other.
	Incarnation string
	// Lease is the time asked for; the others are the pauses and limits of package fsm's Config.
	Lease, Renewal, Retry, Timeout, Grace, Drain time.Duration
	// Jitter is the share of Retry by which tries are spread.
	Jitter float64
	// Manual leaves renewals to the caller.
	Manual bool
	// Rand gives the jitter, numbers in [0, 1).
	Rand interface{ Float64() float64 }
}

// InputKind tells what an [Input] is.
type InputKind uint8

// The inputs, and the fields that they use.
const (
	// InputTick says that time has passed.
	InputTick InputKind = iota
	// InputStart: take part; Lead tells whether it wants to lead from now on.
	InputStart
	// InputTry: one try now.
	InputTry
	// InputCampaign: want to lead until granted or withdrawn; Work registers a workload with the grant.
	InputCampaign
	// InputWithdraw: the caller of a campaign gave up, with Work as in its campaign, or, with Try, that of a try.
	InputWithdraw
	// InputRenew: renew now.
	InputRenew
	// InputResign: give the leadership up; where Fence is not 0, only that of this tenure.
	InputResign
	// InputStop: take no part any more.
	InputStop
	// InputClose: the end.
	InputClose
	// InputReply: the store answered Call with Lease or Err.
	InputReply
	// InputNotice: a wake-up, in Notice.
	InputNotice
	// InputWorkBegan: a workload of the tenure with Fence asks to be registered.
	InputWorkBegan
	// InputWorkDone: a registered workload returned; where Fence is not 0, it was that tenure's main one, which is then given
	// up.
	InputWorkDone
	// InputExpired: somebody who looked at the clock saw that the deadline of the tenure with Fence had passed.
	InputExpired
)

// Input is what happens to a participant.
type Input struct {
	Kind            InputKind
	Lead, Work, Try bool
	Call            uint64
	Lease           stores.Lease
	Err             error
	Notice          stores.Notice
	Fence           uint64
	// Bound makes a campaign or a stop void if the participant has been stopped more than Stops times by now: whoever
	// began before another's stop must not undo it, nor end what was started after it.
	Bound bool
	Stops uint64
}

// Op is what a call asks of the store.
type Op uint8

// The calls.
const (
	OpAcquire Op = iota + 1
	OpRenew
	OpRelease
	OpGet
)

func (o Op) String() string {
	return [...]string{"none", "acquire", "renew", "release", "get"}[o]
}

// Call is one send to the store. A repetition is another call.
type Call struct {
	// Number tells the participant's calls apart; it only grows.
	Number uint64
	Op     Op
	// Tenure is what the call is about. An acquire, and a release that gives an attempt back, have no fence.
	Tenure stores.Tenure
	// Sent is the instant from which the lease that it brings is counted; Limit ends the waiting.
	Sent, Limit Instant
	// HighestFence is the highest fence seen when an acquire was sent.
	HighestFence uint64
}

// ActionKind tells what an [Action] asks for.
type ActionKind uint8

// The actions, and the fields that they use.
const (
	// ActionSend: send Call and answer with InputReply.
	ActionSend ActionKind = iota
	// ActionAbandon: nobody waits for Call any more.
	ActionAbandon
	// ActionWatch: subscribe to wake-ups.
	ActionWatch
	// ActionUnwatch: end the subscription.
	ActionUnwatch
	// ActionLead: leading until Deadline under Lease.
	ActionLead
	// ActionExtend: Deadline has moved; Lease is the renewal's.
	ActionExtend
	// ActionDemote: not leading for anybody from now on, because of Reason.
	ActionDemote
	// ActionCancelWork: tell the workload to end, because of Reason.
	ActionCancelWork
	// ActionGained: announce the tenure.
	ActionGained
	// ActionLost: announce its end, because of Reason.
	ActionLost
)

// Action is what a step asks of the driver. Actions are carried out in their order.
type Action struct {
	Kind ActionKind
	// Row is the index, in the output's Steps, of the row whose effect this is.
	Row      int
	Call     Call
	Lease    stores.Lease
	Deadline Instant
	Reason   lifecycle.Event
}

// Step is one row of the table, taken.
type Step struct {
	From    lifecycle.State
	Event   lifecycle.Event
	To      lifecycle.State
	Verdict lifecycle.Verdict
}

// Output is what one input led to. It is overwritten by the next step of the same core.
type Output struct {
	// Steps are the rows taken, in order; none if the input changed only the books.
	Steps []Step
	// Actions are what is to be done, in order.
	Actions []Action
	// Accepted tells whether a workload was registered; set for InputWorkBegan.
	Accepted bool
	// Void tells that the input was bound to a number of stops that has been passed, and did nothing.
	Void bool
	// Stale tells that an answer was dropped, since its call was not awaited any more.
	Stale bool
	// Err is nil, or the *[ForbiddenError] or *[StoreFaultError] that the input led to.
	Err error
}

// The classes of a forbidden command; tell them apart with [errors.Is].
var (
	// ErrClosed: the elector was closed.
	ErrClosed = errors.New("tenure: the elector is closed")
	// ErrStopped: the elector is stopped or on its way there.
	ErrStopped = errors.New("tenure: the elector is stopped")
	// ErrNotLeading: there is no tenure to act on.
	ErrNotLeading = errors.New("tenure: not leading")
	// ErrBusy: the last tenure is still being cleared away, so no try can be made now.
	ErrBusy = errors.New("tenure: the last tenure is still being cleared away")
)

// ForbiddenError says that an event came in a state that has no row for it. The state has not changed.
type ForbiddenError struct {
	State lifecycle.State
	Event lifecycle.Event
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("tenure: %s is forbidden in state %s", e.Event, e.State)
}

// Is puts the error into its class: [ErrClosed], [ErrNotLeading] for a renewal, [ErrStopped], or [ErrBusy].
func (e *ForbiddenError) Is(target error) bool {
	if e.Event.Source() != lifecycle.SourceCommand {
		return false
	}
	switch e.State {
	case lifecycle.StateClosed:
		return target == ErrClosed
	case lifecycle.StateStopping, lifecycle.StateLeaving, lifecycle.StateAbandoned:
		return target == ErrStopped
	default:
	}
	if e.Event == lifecycle.EventRenew {
		return target == ErrNotLeading
	}
	return target == ErrBusy
}

// StoreFaultError says that a store's answer breaks its contract. The answer was not used.
type StoreFaultError struct {
	Op Op
	// Asked and Answered are the tenure of the call and of the answer.
	Asked, Answered stores.Tenure
	// Reason says what is wrong.
	Reason string
}

func (e *StoreFaultError) Error() string {
	return fmt.Sprintf("tenure: the store broke its contract: %s for %+v was answered with %+v: %s",
		e.Op, e.Asked, e.Answered, e.Reason)
}

package fsm

import (
	"context"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// maxAbandoned is how many calls may be stuck in the store, beside the awaited one.
const maxAbandoned = 4

// calls are those that have not returned, by number, with what ends them.
type calls struct {
	cancel    map[uint64]context.CancelFunc
	abandoned map[uint64]bool
}

func (c *calls) began(number uint64, cancel context.CancelFunc) {
	if c.cancel == nil {
		c.cancel, c.abandoned = map[uint64]context.CancelFunc{}, map[uint64]bool{}
	}
	c.cancel[number] = cancel
}

// abandon ends the waiting for a call. The call may return later, or never.
func (c *calls) abandon(number uint64) {
	if cancel, ok := c.cancel[number]; ok {
		cancel()
		c.abandoned[number] = true
	}
}

func (c *calls) abandonAll() {
	for number := range c.cancel {
		c.abandon(number)
	}
}

func (c *calls) returned(number uint64) {
	if cancel, ok := c.cancel[number]; ok {
		cancel()
	}
	delete(c.cancel, number)
	delete(c.abandoned, number)
}

// send makes a call in a goroutine of its own, since a store may ignore its context. The context ends with the core's
// patience, and not with any caller's: clean-up goes on when the caller has left.
func (e *Elector) send(call core.Call, now core.Instant) {
	reply := message{input: core.Input{Kind: core.InputReply, Call: call.Number}}
	if len(e.calls.abandoned) >= maxAbandoned {
		e.stats.callsRefused.Add(1)
		reply.input.Err = ErrTooManyCalls
		e.post(reply)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), call.Limit.Sub(now))
	e.calls.began(call.Number, cancel)
	go func() {
		// Also where the store ends the goroutine, the call is over.
		reply.input.Err = ErrUnknownOutcome
		defer func() { e.post(reply) }()
		reply.input.Lease, reply.input.Err = e.do(ctx, call)
	}()
}

// do makes the call. A panic of the store is an error with an unknown outcome.
func (e *Elector) do(ctx context.Context, call core.Call) (lease stores.Lease, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r}
		}
	}()
	switch call.Op {
	case core.OpAcquire:
		return e.store.Acquire(ctx, stores.AcquireRequest{
			Election: e.cfg.Election, Participant: e.cfg.Participant, Attempt: call.Tenure.Attempt,
			Lease: e.cfg.Lease, Metadata: e.cfg.Metadata, HighestFence: call.HighestFence,
		})
	case core.OpRenew:
		return e.store.Renew(ctx, stores.RenewRequest{
			Election: e.cfg.Election, Tenure: call.Tenure, Lease: e.cfg.Lease,
		})
	case core.OpRelease:
		_, err = e.store.Release(ctx, e.cfg.Election, call.Tenure)
		return stores.Lease{}, err
	default:
		return e.store.Get(ctx, e.cfg.Election)
	}
}

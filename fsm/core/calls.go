package core

import (
	"errors"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// send makes a call the awaited one. The one that was awaited before, if any, is given up on.
func (c *Core) send(op Op) {
	c.abandon()
	c.calls++
	c.awaiting = true
	c.awaited = Call{
		Number: c.calls, Op: op, Tenure: c.tenure,
		Sent: c.now, Limit: c.now.Add(c.set.Timeout), HighestFence: max(c.highest, c.hinted),
	}
	if op == OpRenew && c.deadline < c.awaited.Limit {
		c.awaited.Limit = c.deadline
	}
	if op == OpAcquire || op == OpRenew {
		c.leaseEnd = c.awaited.Limit.Add(c.set.Lease)
	}
	c.act(Action{Kind: ActionSend, Call: c.awaited})
}

func (c *Core) sendRenewal() {
	if c.awaiting && c.awaited.Op == OpRenew {
		return
	}
	c.send(OpRenew)
}

func (c *Core) abandon() {
	if c.awaiting {
		c.awaiting = false
		c.act(Action{Kind: ActionAbandon, Call: c.awaited})
	}
}

// timeOut gives up on the awaited call: its outcome is unknown, which is never a success.
func (c *Core) timeOut() {
	call := c.awaited
	c.abandon()
	c.answered = call
	c.settle(c.failure(call.Op))
}

// reply takes a store's answer. Only the awaited call's counts: an abandoned call may be answered long after newer ones
// were sent, and what it says was true at some instant in between that nobody knows.
func (c *Core) reply(in *Input) {
	if !c.awaiting || in.Call != c.awaited.Number {
		c.out.Stale = true
		return
	}
	c.awaiting = false
	c.answered = c.awaited
	c.settle(c.judge(in))
}

// settle fires a call's outcome. One-shot tries end with any outcome of the acquire; where nobody else wants to lead,
// an attempt whose outcome stays unknown is taken back.
func (c *Core) settle(event lifecycle.Event) {
	if c.answered.Op == OpAcquire {
		c.tries = 0
	}
	if event == lifecycle.EventInvalid {
		c.forgetWishes()
	}
	c.fire(event)
	if c.state == lifecycle.StateUnresolved && !c.wants() {
		c.fire(lifecycle.EventWithdraw)
	}
}

func (c *Core) judge(in *Input) lifecycle.Event {
	switch c.answered.Op {
	case OpAcquire:
		return c.judgeAcquire(in)
	case OpRenew:
		return c.judgeRenewal(in)
	case OpRelease, OpGet:
	}
	switch {
	case in.Err == nil && c.answered.Op == OpRelease:
		return lifecycle.EventReleased
	case c.answered.Op == OpGet && (in.Err == nil || errors.Is(in.Err, stores.ErrVacant)):
		return lifecycle.EventObserved
	default:
		return c.failure(c.answered.Op)
	}
}

// failure is the event for a call whose outcome is unknown.
func (c *Core) failure(op Op) lifecycle.Event {
	switch op {
	case OpAcquire:
		return lifecycle.EventUnconfirmed
	case OpRenew:
		return lifecycle.EventRenewalFailed
	case OpRelease:
		if c.releases >= maxReleases || c.now.Add(c.set.Retry) >= c.leaseEnd {
			return lifecycle.EventReleaseAbandoned
		}
		return lifecycle.EventReleaseFailed
	case OpGet:
	}
	return lifecycle.EventObserveFailed
}

func (c *Core) judgeAcquire(in *Input) lifecycle.Event {
	c.distrust = errors.Is(in.Err, stores.ErrFenceClaim)
	if in.Err != nil {
		return c.judgeRefusal(in)
	}
	asked, lease := c.answered.Tenure, in.Lease
	if lease.Attempt != asked.Attempt || lease.Fence == 0 {
		c.fault(&StoreFaultError{Op: OpAcquire, Asked: asked, Answered: lease.Tenure, Reason: "it is another attempt's lease"})
		return lifecycle.EventUnconfirmed
	}
	c.tenure = lease.Tenure
	if c.deadlineOf(c.answered, lease) <= c.now {
		// Also an honest answer may be this old, and others may have led since.
		c.sawFence(lease.Tenure)
		return lifecycle.EventUnusable
	}
	if lease.Fence < c.highest || lease.Fence == c.highest && c.highestBy != asked.Attempt {
		c.fault(&StoreFaultError{Op: OpAcquire, Asked: asked, Answered: lease.Tenure, Reason: "its fence is not above those seen"})
		return lifecycle.EventUnusable
	}
	c.sawFence(lease.Tenure)
	return lifecycle.EventGranted
}

func (c *Core) judgeRefusal(in *Input) lifecycle.Event {
	short, tooShort := errors.AsType[*stores.UnreplicatedError](in.Err)
	held, refused := errors.AsType[*stores.HeldError](in.Err)
	switch {
	case tooShort && short.Tenure.Attempt == c.answered.Tenure.Attempt:
		c.tenure = short.Tenure
		c.sawFence(short.Tenure)
		return lifecycle.EventUnusable
	case refused:
		c.sawFence(held.Lease.Tenure)
		c.in.Lease = held.Lease
		return lifecycle.EventRefused
	case errors.Is(in.Err, stores.ErrInvalid):
		return lifecycle.EventInvalid
	case c.distrust:
		// A wake-up that told of a fence may have been false. The next claim is what the store itself answered.
		c.hinted = 0
		return lifecycle.EventUnconfirmed
	default:
		return lifecycle.EventUnconfirmed
	}
}

func (c *Core) judgeRenewal(in *Input) lifecycle.Event {
	switch {
	case errors.Is(in.Err, stores.ErrLost):
		return lifecycle.EventLost
	case in.Err != nil:
		return lifecycle.EventRenewalFailed
	case in.Lease.Tenure != c.answered.Tenure:
		c.fault(&StoreFaultError{
			Op: OpRenew, Asked: c.answered.Tenure, Answered: in.Lease.Tenure, Reason: "it is another tenure's lease",
		})
		return lifecycle.EventRenewalFailed
	default:
		return lifecycle.EventRenewed
	}
}

func (c *Core) sawFence(t stores.Tenure) {
	if t.Fence > c.highest {
		c.highest, c.highestBy = t.Fence, t.Attempt
	}
}

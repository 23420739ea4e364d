package fsm

import (
	"context"
	"errors"
	"sync"

	"github.com/tenure-go/tenure/fsm/core"
)

// command posts an input and waits until it is settled or ctx ends. Where ctx ends first and takeBack is not nil, that
// takes the wish back; if the command was settled in the meantime, its result counts.
func (e *Elector) command(ctx context.Context, input core.Input, takeBack *core.Input) (*Term, error) {
	w := newWaiter(input.Kind)
	e.post(message{input: input, waiter: w})
	select {
	case r := <-w.done:
		return r.term, r.err
	case <-ctx.Done():
	}
	back := core.Input{Kind: core.InputTick}
	if takeBack != nil {
		back = *takeBack
	}
	e.post(message{input: back, waiter: w, quits: true})
	r := <-w.done
	if errors.Is(r.err, errGaveUp) {
		return nil, context.Cause(ctx)
	}
	return r.term, r.err
}

// Start makes the elector take part: in automatic mode it tries to lead, and again whenever it has lost, until Stop; in
// manual mode it only observes.
func (e *Elector) Start() error {
	_, err := e.command(context.Background(), core.Input{Kind: core.InputStart, Lead: !e.cfg.Manual}, nil)
	return err
}

// TryAcquire makes one attempt.
func (e *Elector) TryAcquire(ctx context.Context) (*Term, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return e.command(ctx, core.Input{Kind: core.InputTry}, &core.Input{Kind: core.InputWithdraw, Try: true})
}

// Campaign waits until this elector leads.
func (e *Elector) Campaign(ctx context.Context) (*Term, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return e.command(ctx, core.Input{Kind: core.InputCampaign}, &core.Input{Kind: core.InputWithdraw})
}

// Renew renews the lease now.
func (e *Elector) Renew(ctx context.Context) error {
	_, err := e.command(ctx, core.Input{Kind: core.InputRenew}, nil)
	return err
}

// Release gives the leadership up.
func (e *Elector) Release(ctx context.Context) error {
	_, err := e.command(ctx, core.Input{Kind: core.InputResign}, nil)
	return err
}

// Stop makes the elector take no part any more.
func (e *Elector) Stop(ctx context.Context) error {
	_, err := e.command(ctx, core.Input{Kind: core.InputStop}, nil)
	return err
}

// Close stops the elector for good.
func (e *Elector) Close() error {
	var stopErr error
	for {
		stopErr = errors.Join(stopErr, e.Stop(context.Background()))
		_, err := e.command(context.Background(), core.Input{Kind: core.InputClose}, nil)
		// A close is forbidden only if another goroutine has started the elector again between the two.
		var forbidden *ForbiddenError
		var failed *DisagreementError
		if !errors.As(err, &forbidden) || errors.As(err, &failed) {
			return errors.Join(stopErr, err)
		}
	}
}

// register puts a workload of the term on the books.
func (e *Elector) register(ctx context.Context, t *Term) (done func(), err error) {
	if err := t.Err(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if _, err := e.command(context.Background(), core.Input{Kind: core.InputWorkBegan, Fence: t.Fence()}, nil); err != nil {
		if ended := t.Err(); ended != nil {
			return nil, ended
		}
		return nil, err
	}
	return sync.OnceFunc(func() { e.post(message{input: core.Input{Kind: core.InputWorkDone}}) }), nil
}

package fsm

import (
	"context"
	"errors"

	"github.com/tenure-go/tenure/fsm/core"
)

// Run leads and works, again and again, until ctx ends.
func (e *Elector) Run(ctx context.Context, work func(ctx context.Context, term *Term) error) (err error) {
	if work == nil {
		return invalid("work", nil, "Run needs a workload")
	}
	if !e.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer e.running.Store(false)
	// The end of ctx reaches the workload by way of the elector: first nobody believes that it leads, then the
	// workload's context ends.
	unhook := context.AfterFunc(ctx, func() { e.post(message{input: core.Input{Kind: core.InputStop}}) })
	defer unhook()
	// Also where the workload panics, it is over and the lease need not be kept.
	defer func() { err = errors.Join(err, e.Stop(context.WithoutCancel(ctx))) }()
	for ctx.Err() == nil {
		term, err := e.campaign(ctx, true)
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil:
			return err
		}
		e.runWorkload(ctx, term, work)
	}
	return nil
}

// runWorkload runs the workload of one tenure in this goroutine, and gives the leadership up when it returns.
func (e *Elector) runWorkload(ctx context.Context, term *Term, work func(context.Context, *Term) error) {
	defer func() {
		e.workDone()
		e.post(message{input: core.Input{Kind: core.InputResign, Fence: term.Fence()}})
	}()
	if term.Err() != nil {
		return
	}
	err := work(valueContext{termContext: term.ctx, values: ctx}, term)
	if err != nil && term.Err() == nil {
		e.log.Warn("the workload failed", "fence", term.Fence(), "error", err)
	}
}

package fsm

import (
	"context"
	"errors"

	"github.com/tenure-go/tenure/fsm/core"
)

// Run leads and works, again and again, until ctx ends.
//
// What it asks for is bound to the number of stops at its beginning: a Stop by another ends it, and neither a campaign of
// it that comes later leads, nor does its own stop, however late, end what was started since.
func (e *Elector) Run(ctx context.Context, work func(ctx context.Context, term *Term) error) (err error) {
	if work == nil {
		return invalid("work", nil, "Run needs a workload")
	}
	if !e.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer e.running.Store(false)
	if ctx.Err() != nil {
		return nil
	}
	r := &run{elector: e, stops: e.stops.Load(), stopped: make(chan error, 1)}
	// The end of ctx reaches the workload by way of the elector: first nobody believes that it leads, then the
	// workload's context ends.
	unhook := context.AfterFunc(ctx, func() { r.stopped <- r.stop() })
	// Also where the workload panics, it is over and the lease need not be kept.
	defer func() {
		if unhook() {
			err = errors.Join(err, r.stop())
		} else {
			err = errors.Join(err, <-r.stopped)
		}
	}()
	for ctx.Err() == nil {
		term, err := r.campaign(ctx)
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil:
			return err
		}
		r.work(ctx, term, work)
	}
	return nil
}

// run is one call of Run.
type run struct {
	elector *Elector
	stops   uint64
	stopped chan error
}

func (r *run) stop() error {
	_, err := r.elector.command(context.Background(), core.Input{Kind: core.InputStop, Bound: true, Stops: r.stops}, nil)
	return err
}

func (r *run) campaign(ctx context.Context) (*Term, error) {
	return r.elector.command(ctx, core.Input{Kind: core.InputCampaign, Work: true, Bound: true, Stops: r.stops},
		&core.Input{Kind: core.InputWithdraw, Work: true})
}

// work runs the workload of one tenure in this goroutine, and gives the tenure up when it returns.
func (r *run) work(ctx context.Context, term *Term, work func(context.Context, *Term) error) {
	defer r.elector.post(message{input: core.Input{Kind: core.InputWorkDone, Fence: term.Fence()}})
	if term.Err() != nil {
		return
	}
	err := work(valueContext{termContext: term.ctx, values: ctx}, term)
	if err != nil && term.Err() == nil {
		r.elector.log.Warn("the workload failed", "fence", term.Fence(), "error", err)
	}
}

package fsm

import (
	"context"
	"errors"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// subscription is one stretch of listening for wake-ups.
type subscription struct {
	cancel context.CancelFunc
}

// errNoChannel says that a store's Watch returned neither notices nor an error.
var errNoChannel = errors.New("tenure: the store's Watch returned no channel and no error")

// watch subscribes to the election's wake-ups, if the store has them.
func (e *Elector) watch() {
	e.unwatch()
	watcher, ok := e.store.(stores.Watcher)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.watching = &subscription{cancel: cancel}
	go e.listen(ctx, watcher, e.watching)
}

func (e *Elector) unwatch() {
	if e.watching != nil {
		e.watching.cancel()
		e.watching = nil
	}
}

// listen posts notices until ctx ends. A subscription that cannot be had or that ends is asked for again after a pause.
// What happened before a subscription began was not told, so each begins with one try, when the floor allows.
func (e *Elector) listen(ctx context.Context, watcher stores.Watcher, sub *subscription) {
	// A store that does not return from Watch holds one goroutine of an elector, not one for each start.
	select {
	case e.listening <- struct{}{}:
	case <-ctx.Done():
		return
	}
	ended := false
	// A store that ends the goroutine is asked again in another one.
	defer func() {
		<-e.listening
		if !ended {
			go func() {
				e.pause(ctx)
				e.listen(ctx, watcher, sub)
			}()
		}
	}()
	for ctx.Err() == nil {
		notices, err := e.subscribe(ctx, watcher)
		if err != nil {
			e.log.Warn("no wake-ups", "error", err)
		} else {
			e.postNotice(ctx, sub, stores.Notice{Kind: stores.NoticeMissed})
			e.forward(ctx, sub, notices)
		}
		e.pause(ctx)
	}
	ended = true
}

// subscribe asks the store for notices. A panic of the store is an error.
func (e *Elector) subscribe(ctx context.Context, watcher stores.Watcher) (notices <-chan stores.Notice, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &PanicError{Value: r}
		}
	}()
	notices, err = watcher.Watch(ctx, e.cfg.Election)
	if err == nil && notices == nil {
		err = errNoChannel
	}
	return notices, err
}

// forward posts notices until they or ctx end.
func (e *Elector) forward(ctx context.Context, sub *subscription, notices <-chan stores.Notice) {
	for {
		select {
		case notice, more := <-notices:
			if !more {
				return
			}
			e.postNotice(ctx, sub, notice)
		case <-ctx.Done():
			return
		}
	}
}

// postNotice posts a notice and waits until it was dealt with, so that a flood of them waits at the store, where only
// the newest is kept.
func (e *Elector) postNotice(ctx context.Context, sub *subscription, notice stores.Notice) {
	handled := make(chan struct{}, 1)
	e.post(message{input: core.Input{Kind: core.InputNotice, Notice: notice}, from: sub, handled: handled})
	select {
	case <-handled:
	case <-ctx.Done():
	}
}

// pause waits for Retry, or until ctx ends.
func (e *Elector) pause(ctx context.Context) {
	over := make(chan struct{})
	timer := e.clock.AfterFunc(e.cfg.Retry, func() { close(over) })
	defer timer.Stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

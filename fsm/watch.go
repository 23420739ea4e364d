package fsm

import (
	"context"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/stores"
)

// subscription is one stretch of listening for wake-ups.
type subscription struct {
	cancel context.CancelFunc
}

// watch subscribes to the election's wake-ups, if the store has them.
func (e *Elector) watch() {
	e.unwatch()
	watcher, ok := e.store.(stores.Watcher)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	sub := &subscription{cancel: cancel}
	e.watching = sub
	go e.listen(ctx, watcher, sub)
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
	for ctx.Err() == nil {
		notices, err := watcher.Watch(ctx, e.cfg.Election)
		if err != nil {
			e.log.Warn("no wake-ups", "error", err)
		} else {
			e.postNotice(sub, stores.Notice{Kind: stores.NoticeMissed})
			for notice := range notices {
				e.postNotice(sub, notice)
			}
		}
		e.pause(ctx)
	}
}

func (e *Elector) postNotice(sub *subscription, notice stores.Notice) {
	e.post(message{input: core.Input{Kind: core.InputNotice, Notice: notice}, from: sub})
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

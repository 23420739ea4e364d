package faulty

import (
	"context"

	"github.com/tenure-go/tenure/stores"
)

// watchedEnd is the end of a link to a store that has wake-ups.
type watchedEnd struct {
	end
	watcher stores.Watcher
}

// subscription is one Watch over a link. The link's lock guards it.
type subscription struct {
	out    chan stores.Notice // holds one; a newer one replaces it
	ended  bool
	cancel context.CancelFunc
}

// put makes the notice the one that waits.
func (s *subscription) put(notice stores.Notice) {
	if s.ended {
		return
	}
	select {
	case <-s.out:
	default:
	}
	s.out <- notice
}

// Watch implements [stores.Watcher].
func (e watchedEnd) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	inside, cancel := context.WithCancel(ctx)
	// The subscription's end is that of ctx, also where the request arrives late.
	inner, err := carry(ctx, e.link, Watch, func(context.Context) (<-chan stores.Notice, error) {
		return e.watcher.Watch(inside, election)
	})
	if err != nil || inner == nil {
		cancel()
		return inner, err
	}
	s := &subscription{out: make(chan stores.Notice, 1), cancel: cancel}
	e.link.mu.Lock()
	e.link.subs[s] = true
	e.link.mu.Unlock()
	go e.link.forward(inside, s, inner)
	return s.out, nil
}

// forward hands notices on until the subscription ends.
func (l *Link) forward(ctx context.Context, s *subscription, inner <-chan stores.Notice) {
	defer s.cancel()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.subs, s)
		s.ended = true
		close(s.out)
	}()
	for {
		select {
		case notice, open := <-inner:
			if !open {
				return
			}
			l.notice(s, notice)
		case <-ctx.Done():
			return
		}
	}
}

// notice takes one wake-up over the link.
func (l *Link) notice(s *subscription, notice stores.Notice) {
	deliver := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		s.put(notice)
	}
	r, state := l.takeNotice(notice.Kind)
	if state != up {
		return
	}
	if r == nil {
		deliver()
		return
	}
	switch r.fault.kind {
	case swallowRequest, swallowReply:
		r.hit()
	case delay, delayReply, hold, hang, hangReply:
		r.later(deliver)
	case fail, failAfter:
		r.hit()
		if r.fault.kind == failAfter {
			deliver()
		}
		s.cancel()
	case duplicate, retry, do:
		deliver()
	}
}

// takeNotice counts a wake-up and finds what befalls it.
func (l *Link) takeNotice(kind stores.NoticeKind) (*Rule, state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stats.Notices++
	if l.state != up {
		l.stats.Faults["lost"]++
		return nil, l.state
	}
	for _, r := range l.rules {
		if r.match.notice(kind) && r.takes() {
			return r, up
		}
	}
	return nil, up
}

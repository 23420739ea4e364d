package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
)

const (
	// confirmPatience is how long Watch waits for a subscription to be confirmed.
	confirmPatience = 10 * time.Second
	// quietFor is after how long without a message a refused acquire is a reason to ask whether the connection still lives,
	// and proofPatience how long it may take to show that it does.
	quietFor, proofPatience = time.Minute, 5 * time.Second
	// firstPause and longestPause bound the pause before the next try to connect.
	firstPause, longestPause = 50 * time.Millisecond, 2 * time.Second
)

// Watch implements [stores.Watcher]. All watches of a store share one connection, which is there while anybody watches.
// It is never polled: the kernel's keep-alive finds a dead one, and so does a refused acquire after a minute of silence.
// After each loss of the connection watchers are told [stores.NoticeMissed].
//
// Watch returns once the server has confirmed the subscription; it fails if that takes longer than ten seconds, or when
// ctx ends.
func (s *Store) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	if err := stores.ValidateName("election", election); err != nil {
		return nil, err
	}
	if err := ended(ctx, "watch", election); err != nil {
		return nil, err
	}
	channel := s.names(election).channel
	w := &watcher{notices: make(chan stores.Notice, 1)}
	confirmed := s.join(election, channel, w)
	patience := time.NewTimer(confirmPatience)
	defer patience.Stop()
	select {
	case <-confirmed:
	case <-patience.C:
		s.leave(channel, w)
		return nil, fmt.Errorf("tenure: redis: watch of election %q was not confirmed within %v", election, confirmPatience)
	case <-ctx.Done():
		s.leave(channel, w)
		return nil, fmt.Errorf("tenure: redis: watch of election %q: %w", election, ctx.Err())
	}
	context.AfterFunc(ctx, func() { s.leave(channel, w) })
	return w.notices, nil
}

// watcher is one caller of Watch.
type watcher struct {
	notices chan stores.Notice
	// waiting tells that the subscription was not confirmed yet, so that nothing can have been missed.
	waiting bool
}

// tell puts a notice in the place of one that was not read. It never waits, since one goroutine at a time tells: the
// holder of the hub's lock.
func (w *watcher) tell(notice stores.Notice) {
	select {
	case <-w.notices:
	default:
	}
	w.notices <- notice
}

// topic is an election that is watched.
type topic struct {
	election  string
	watchers  map[*watcher]struct{}
	confirmed chan struct{} // closed while the present connection is known to carry the topic
	sure      bool
	heard     time.Time // when the connection last proved itself for the topic
}

// join adds a watcher, and begins to listen if it is the first. What it returns is closed once the server has confirmed.
func (s *Store) join(election, channel string, w *watcher) <-chan struct{} {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session == nil {
		ctx, cancel := context.WithCancel(context.Background())
		h.session = &session{store: s, ctx: ctx, cancel: cancel, changed: make(chan struct{}, 1), doubt: make(chan struct{}, 1)}
		h.topics = map[string]*topic{}
		go h.session.listen()
	}
	t := h.topics[channel]
	if t == nil {
		t = &topic{election: election, watchers: map[*watcher]struct{}{}, confirmed: make(chan struct{})}
		h.topics[channel] = t
		signal(h.session.changed)
	}
	w.waiting = !t.sure
	t.watchers[w] = struct{}{}
	return t.confirmed
}

// leave removes a watcher and closes its channel, under the lock under which it would be told. Who leaves last ends the
// session.
func (s *Store) leave(channel string, w *watcher) {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[channel]
	delete(t.watchers, w)
	close(w.notices)
	if len(t.watchers) > 0 {
		return
	}
	delete(h.topics, channel)
	signal(h.session.changed)
	if len(h.topics) == 0 {
		h.session.cancel()
		h.session = nil
	}
}

// suspect is called when an acquire was refused: where the channel has been silent for long, its connection may be dead.
func (s *Store) suspect(channel string) {
	h := &s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[channel]; t != nil && t.sure && time.Since(t.heard) > h.quiet {
		signal(h.session.doubt)
	}
}

// signal wakes who waits on c, once for any number of signals.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

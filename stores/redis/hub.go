package redis

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
)

// hub is what the watches of a store share.
type hub struct {
	quiet, patience time.Duration // see quietFor and proofPatience

	mu      sync.Mutex
	topics  map[string]*topic // by channel
	session *session          // nil while nobody watches
}

// session is a stretch of time in which somebody watches. It has one connection at a time.
type session struct {
	store   *Store
	ctx     context.Context
	cancel  context.CancelFunc
	changed chan struct{} // topics have come or gone
	doubt   chan struct{} // the connection may be dead
	// messages counts what came in, by which a connection proves that it lives.
	messages atomic.Uint64
}

// listen keeps a connection until the session ends. Each one is a subscription of its own: one that the client mended by
// itself would ask for all channels in one command, of which the server refuses all or nothing.
func (x *session) listen() {
	for pause := firstPause; x.ctx.Err() == nil; {
		before := x.messages.Load()
		x.connect()
		x.unsure()
		if pause = min(2*pause, longestPause); x.messages.Load() > before {
			pause = firstPause
		}
		wait(x.ctx, pause)
	}
}

// connect makes one connection, and returns when it is lost, doubted or not wanted any more.
func (x *session) connect() {
	ctx, cancel := context.WithCancel(x.ctx)
	sub := x.store.client.Subscribe(ctx)
	unhook := context.AfterFunc(ctx, func() { _ = sub.Close() })
	defer unhook()
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer cancel()
		x.tend(ctx, sub)
	}()
	x.receive(ctx, sub)
	cancel()
	_ = sub.Close()
	<-over
}

// receive takes messages until the connection is lost. Where the server only refused a subscription it keeps the others,
// and whoever waits for it gives up by itself.
func (x *session) receive(ctx context.Context, sub *goredis.PubSub) {
	for ctx.Err() == nil {
		message, err := sub.Receive(ctx)
		if err == nil {
			x.messages.Add(1)
			x.take(message)
			continue
		}
		if refusal := goredis.Error(nil); !errors.As(err, &refusal) {
			return
		}
		wait(ctx, firstPause) // A server that refuses the login does so at once, each time.
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// take deals with one message.
func (x *session) take(message any) {
	h := &x.store.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session != x {
		return
	}
	switch m := message.(type) {
	case *goredis.Subscription:
		if t := h.topics[m.Channel]; t != nil && m.Kind == "subscribe" {
			t.confirm()
		}
	case *goredis.Message:
		if t := h.topics[m.Channel]; t != nil {
			t.heard = time.Now()
			t.tell(x.store.notice(t.election, m.Payload))
		}
	case *goredis.Pong:
		for _, t := range h.topics {
			t.heard = time.Now()
		}
	}
}

// confirm is called when the server has confirmed a subscription. Who watched before may have missed something.
func (t *topic) confirm() {
	t.heard = time.Now()
	for w := range t.watchers {
		if !w.waiting {
			w.tell(stores.Notice{Kind: stores.NoticeMissed})
		}
		w.waiting = false
	}
	if !t.sure {
		t.sure = true
		close(t.confirmed)
	}
}

// tell gives each watcher metadata of its own: none can spoil another's.
func (t *topic) tell(notice stores.Notice) {
	for w := range t.watchers {
		own := notice
		if own.Kind == stores.NoticeHeld {
			own.Lease = notice.Lease.Clone()
		}
		w.tell(own)
	}
}

// unsure says that no topic is known to be subscribed to any more.
func (x *session) unsure() {
	h := &x.store.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session != x {
		return
	}
	for _, t := range h.topics {
		if t.sure {
			t.sure, t.confirmed = false, make(chan struct{})
		}
	}
}

// tend subscribes to what is watched and unsubscribes from what is not, and asks the connection whether it lives where
// that is doubted. It returns when the connection cannot be used.
func (x *session) tend(ctx context.Context, sub *goredis.PubSub) {
	subscribed := map[string]*topic{}
	signal(x.changed)
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.changed:
			if x.adjust(ctx, sub, subscribed) != nil {
				return
			}
		case <-x.doubt:
			if !x.proves(ctx, sub) {
				return
			}
		}
	}
}

// adjust brings the subscription in line with the topics.
func (x *session) adjust(ctx context.Context, sub *goredis.PubSub, subscribed map[string]*topic) error {
	come, gone := x.difference(subscribed)
	if len(gone) > 0 {
		if err := sub.Unsubscribe(ctx, gone...); err != nil {
			return err
		}
	}
	for _, channel := range gone {
		delete(subscribed, channel)
	}
	for channel, t := range come {
		if err := sub.Subscribe(ctx, channel); err != nil {
			return err
		}
		subscribed[channel] = t
	}
	return nil
}

// difference lists the topics that have come and the channels that are watched no more.
func (x *session) difference(subscribed map[string]*topic) (come map[string]*topic, gone []string) {
	h := &x.store.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.session != x {
		return nil, nil
	}
	come = map[string]*topic{}
	for channel, t := range h.topics {
		// Also a topic that went and came again needs a confirmation of its own.
		if subscribed[channel] != t {
			come[channel] = t
		}
	}
	for channel := range subscribed {
		if h.topics[channel] == nil {
			gone = append(gone, channel)
		}
	}
	return come, gone
}

// proves tells whether the connection answers, or brings anything else, within the patience.
func (x *session) proves(ctx context.Context, sub *goredis.PubSub) bool {
	const looks = 100
	before := x.messages.Load()
	if sub.Ping(ctx) != nil {
		return false
	}
	for range looks {
		if x.messages.Load() > before {
			return true
		}
		wait(ctx, x.store.hub.patience/looks)
	}
	return x.messages.Load() > before
}

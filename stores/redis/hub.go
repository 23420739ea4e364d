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

// listen keeps a connection until the session ends. The pause is for a client that was closed under it.
func (x *session) listen() {
	for ; x.ctx.Err() == nil; x.wait(firstPause) {
		sub := x.store.client.Subscribe(x.ctx)
		over := make(chan struct{})
		unhook := context.AfterFunc(x.ctx, func() { _ = sub.Close() })
		go func() {
			defer close(over)
			x.tend(sub)
		}()
		x.receive(sub)
		_ = sub.Close()
		unhook()
		<-over
	}
}

// receive takes messages until the subscription is closed. The client connects again by itself after an error, and
// subscribes to what it had; the server confirms that, and until it does, notices may be missed.
func (x *session) receive(sub *goredis.PubSub) {
	pause := firstPause
	for {
		message, err := sub.Receive(x.ctx)
		if err == nil {
			pause = firstPause
			x.messages.Add(1)
			x.take(message)
			continue
		}
		// Where the server refused a subscription it keeps the others, and whoever waits gives up by itself.
		if refusal := goredis.Error(nil); !errors.As(err, &refusal) {
			x.unsure()
		}
		if x.ctx.Err() != nil || isClosed(err) {
			return
		}
		x.wait(pause)
		pause = min(2*pause, longestPause)
	}
}

func isClosed(err error) bool { return errors.Is(err, goredis.ErrClosed) }

func (x *session) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.ctx.Done():
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
		if notice.Kind == stores.NoticeHeld {
			notice.Lease = notice.Lease.Clone()
		}
		w.tell(notice)
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

// tend subscribes to what is watched and unsubscribes from what is not, and tests the connection where it is doubted,
// until the session or the subscription ends.
func (x *session) tend(sub *goredis.PubSub) {
	subscribed := map[string]*topic{}
	signal(x.changed)
	for {
		select {
		case <-x.ctx.Done():
			return
		case <-x.changed:
			err := x.adjust(sub, subscribed)
			if err != nil && isClosed(err) {
				return
			}
			if err != nil {
				x.wait(firstPause)
				signal(x.changed)
			}
		case <-x.doubt:
			if !x.proves(sub) {
				_ = sub.Close()
				return
			}
		}
	}
}

// adjust brings the subscription in line with the topics. What fails is left to be done again.
func (x *session) adjust(sub *goredis.PubSub, subscribed map[string]*topic) (err error) {
	come, gone := x.difference(subscribed)
	if len(gone) > 0 {
		err = sub.Unsubscribe(x.ctx, gone...)
	}
	for _, channel := range gone {
		delete(subscribed, channel)
	}
	for channel, t := range come { // One by one, since the server refuses all of a command or nothing.
		failed := sub.Subscribe(x.ctx, channel)
		if failed == nil {
			subscribed[channel] = t
		}
		err = errors.Join(err, failed)
	}
	return err
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
func (x *session) proves(sub *goredis.PubSub) bool {
	before := x.messages.Load()
	if sub.Ping(x.ctx) != nil {
		return true // It is known to be dead, and being replaced.
	}
	x.wait(x.store.hub.patience)
	return x.messages.Load() > before || x.ctx.Err() != nil
}

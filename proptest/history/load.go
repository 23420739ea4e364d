package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Load is many callers of one kind of store, which do what participants, operators and onlookers do, and what they ought
// not to: repeat attempts, speak of tenures that are long over, and give up waiting. Its zero value is a small one.
type Load struct {
	// Elections is how many elections there are, Clients how many callers there are, and Calls how many calls each makes.
	// 0 means 3, 6 and 200.
	Elections, Clients, Calls int

	// Lease is the longest lease time; 0 means 40 ms. Callers pause now and then for a part of it, so that leases end.
	Lease time.Duration

	// Astray is the part of the calls that are not answered: the answer is lost, or the request, or it comes late.
	// Twice is the part of those that are carried out twice, the second time late; see [Options.Doubled]. It is for stores
	// that answer always; where a network does this by itself, both are 0.
	Astray, Twice float64

	// Timeout ends the context of each call; 0 means never.
	Timeout time.Duration

	// Pause lets time pass. Nil means that it is waited for.
	Pause func(d time.Duration)

	// Seed is what all draws follow from. With several clients, their order does not.
	Seed uint64

	_ struct{}
}

// Run makes the calls, recorded, each client's on one of the stores. It returns when all have been made.
func (l Load) Run(ctx context.Context, r *Recorder, on ...stores.Store) {
	l = l.withDefaults()
	var running sync.WaitGroup
	for i := range l.Clients {
		c := l.client(r, i, on[i%len(on)])
		running.Go(func() {
			for range l.Calls {
				c.call(ctx)
			}
		})
	}
	running.Wait()
}

func (l Load) withDefaults() Load {
	l.Elections, l.Clients = max(l.Elections, 0), max(l.Clients, 0)
	if l.Elections == 0 {
		l.Elections = 3
	}
	if l.Clients == 0 {
		l.Clients = 6
	}
	if l.Calls == 0 {
		l.Calls = 200
	}
	if l.Lease == 0 {
		l.Lease = 40 * time.Millisecond
	}
	if l.Pause == nil {
		l.Pause = time.Sleep
	}
	return l
}

// client is one caller: one incarnation in all elections.
type client struct {
	load  Load
	dice  *rand.Rand
	store stores.Store
	me    string
	seats []seat
}

// seat is what a client knows of one election.
type seat struct {
	attempt uint64
	given   bool // the attempt was given back, and is not sent again
	// own are the leases that it won, others is the last that it was told of.
	own    []stores.Lease
	others stores.Lease
	fence  uint64 // the highest seen
}

func (l Load) client(r *Recorder, i int, store stores.Store) *client {
	dice := rand.New(rand.NewPCG(l.Seed, uint64(i))) //nolint:gosec // to be repeatable
	if l.Astray > 0 || l.Twice > 0 {
		store = &way{store: store, load: l, dice: dice}
	}
	return &client{load: l, dice: dice, store: r.Wrap(store), me: fmt.Sprint("c", i), seats: make([]seat, l.Elections)}
}

// call makes one call, and sometimes lets time pass before it.
func (c *client) call(ctx context.Context) {
	if c.dice.IntN(8) == 0 {
		c.load.Pause(time.Duration(c.dice.Int64N(int64(c.load.Lease)/2 + 1)))
	}
	if c.load.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.load.Timeout)
		defer cancel()
	}
	n := c.dice.IntN(len(c.seats))
	name, s := fmt.Sprint("e", n), &c.seats[n]
	switch draw := c.dice.IntN(100); {
	case draw < 30 || len(s.own) == 0 && draw < 60:
		c.acquire(ctx, name, s)
	case draw < 60:
		lease, err := c.store.Renew(ctx, stores.RenewRequest{Election: name, Tenure: c.tenure(s), Lease: c.time()})
		c.learn(s, lease, err)
	case draw < 76:
		tenure := c.tenure(s)
		if draw < 66 || tenure.Fence == 0 {
			tenure = stores.Tenure{Attempt: stores.Attempt{Incarnation: c.me, Number: max(s.attempt, 1)}}
			s.given = true
		}
		_, _ = c.store.Release(ctx, name, tenure)
	case draw < 80 && s.others.Fence > 0:
		fence := s.others.Fence
		if draw < 78 {
			fence = c.tenure(s).Fence
		}
		_, _ = c.store.Revoke(ctx, name, fence)
	case draw < 95:
		lease, err := c.store.Get(ctx, name)
		c.learn(s, lease, err)
	default:
		_, _ = c.store.List(ctx, name[:c.dice.IntN(len(name))])
	}
}

func (c *client) acquire(ctx context.Context, name string, s *seat) {
	if s.attempt == 0 || s.given || c.dice.IntN(3) > 0 {
		s.attempt, s.given = s.attempt+1, false
	}
	req := stores.AcquireRequest{
		Election: name, Participant: "p" + c.me, Lease: c.time(),
		Attempt:  stores.Attempt{Incarnation: c.me, Number: s.attempt},
		Metadata: map[string]string{"draw": strconv.Itoa(c.dice.IntN(3))},
	}
	if c.dice.IntN(2) == 0 {
		req.HighestFence = s.fence + c.dice.Uint64N(8)/7*c.dice.Uint64N(1000) // now and then one that no store has minted
	}
	lease, err := c.store.Acquire(ctx, req)
	if err == nil {
		s.own = append(s.own, lease)
	}
	c.learn(s, lease, err)
}

// time draws a lease time.
func (c *client) time() time.Duration {
	return time.Duration(1+c.dice.Int64N(c.load.Lease.Milliseconds())) * time.Millisecond
}

// tenure draws one that the client won: mostly the last.
func (c *client) tenure(s *seat) stores.Tenure {
	switch n := len(s.own); {
	case n == 0:
		return stores.Tenure{Attempt: stores.Attempt{Incarnation: c.me, Number: 1}, Fence: 1}
	case c.dice.IntN(4) > 0:
		return s.own[n-1].Tenure
	default:
		return s.own[c.dice.IntN(n)].Tenure
	}
}

// learn takes note of what an answer tells.
func (c *client) learn(s *seat, lease stores.Lease, err error) {
	var held *stores.HeldError
	if errors.As(err, &held) {
		lease = held.Lease
	}
	if lease.Fence > 0 {
		s.others, s.fence = lease, max(s.fence, lease.Fence)
	}
}

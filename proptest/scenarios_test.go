package proptest_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
)

// Regression scenarios: faults that real systems have had, each on the real driver in virtual time. Each is played a
// second time with that system's fault planted, and must fail.

// An answer counts from the instant at which its call was sent. redsync's validity check trusted answers that may come
// after the lock has expired (go-redsync/redsync#72).
//
// What must hold: a grant that was answered late leads for less long; one that is answered after its time, or after its
// attempt was given up, leads not at all.
func TestLateResponse(t *testing.T) {
	slow := func(s *cast) {
		a, link := s.join("a", s.on)
		b, _ := s.join("b")
		link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.DelayReply(400*time.Millisecond))
		require.NoError(s, a.Start())
		s.pass(time.Millisecond)
		if s.wrong.still {
			s.clock.freeze() // so the deadline counts from the answer
		}
		s.pass(398 * time.Millisecond)
		s.clock.thaw()
		s.leads(a)
		link.Cut()
		require.NoError(s, b.Start())
		s.leads(b)
	}
	tooLate := func(s *cast) {
		a, link := s.join("a")
		b, _ := s.join("b")
		late := link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.HangReply())
		require.NoError(s, a.Start())
		s.pass(100 * time.Millisecond)
		link.Cut()
		require.NoError(s, b.Start())
		require.Equal(s, "a", s.holder())
		s.leads(b)
		require.Equal(s, 1, late.Release())
		s.pass(5 * time.Second)
		require.True(s, b.IsLeader())
		require.Positive(s, a.Stats().StaleReplies)
		link.Up()
		s.pass(5 * time.Second)
		require.Len(s, s.tenures(), 1)
	}
	holds(t, slow)
	fails(t, "two leaders", wrong{still: true}, slow)
	holds(t, tooLate)
	fails(t, "two leaders", wrong{store: newRemembering}, tooLate)
}

// A release that comes late frees nobody else's lease. jedis-lock deleted the key whoever had it by then
// (abelaska/jedis-lock#2); etcd's mutex deletes the one that its own session has taken again (etcd-io/etcd#22082).
//
// What must hold: the successor keeps lease and tenure, be it another participant or the same one again.
func TestStaleRelease(t *testing.T) {
	for name, again := range map[string]bool{"of another": false, "of itself": true} {
		scenario := func(s *cast) {
			a, link := s.join("a")
			successor, _ := s.join("b")
			if again {
				successor = a
			}
			require.NoError(s, a.Start())
			s.leads(a)
			late := link.On(faulty.Calls(faulty.Release).Times(2), faulty.Hold())
			require.ErrorIs(s, a.Stop(context.Background()), elector.ErrReleaseUnknown)
			require.NoError(s, successor.Start())
			term := s.leads(successor)
			require.Equal(s, 2, late.Release())
			require.Equal(s, successor.Participant(), s.holder())
			s.pass(10 * time.Second)
			require.NoError(s, term.Err())
		}
		t.Run(name, func(t *testing.T) {
			holds(t, scenario)
			fails(t, `"nobody"`, wrong{store: func(s stores.Store) stores.Store { return releasing{s} }}, scenario)
		})
	}
}

// A refused renewal ends the leadership at once. An elector of Kubernetes that had lost its lease went on believing, since
// it was never told (kubernetes/kubernetes#23731).
//
// What must hold: within one renewal nobody there believes any more, the workload is told why, the loss is announced once,
// and a successor leads once the lease is over.
func TestDefiniteLoss(t *testing.T) {
	scenario := func(s *cast) {
		a, _ := s.join("a")
		b, _ := s.join("b")
		cause := make(chan error, 1)
		go func() {
			_ = a.Run(context.Background(), func(ctx context.Context, _ *elector.Term) error {
				<-ctx.Done()
				select {
				case cause <- context.Cause(ctx):
				default:
				}
				return nil
			})
		}()
		term := s.leads(a)
		require.NoError(s, b.Start())
		s.pass(10 * time.Second)
		revoked, err := s.store.Revoke(context.Background(), "reports", term.Fence())
		require.NoError(s, err)
		require.True(s, revoked)
		s.until(time.Second, "the refusal ends the leadership", func() bool { return !a.IsLeader() })
		var ended *elector.EndedError
		require.ErrorAs(s, <-cause, &ended)
		require.Equal(s, elector.ReasonRefused, ended.Reason)
		s.pass(3 * time.Second)
		require.Equal(s, 1, s.losses())
		require.Len(s, s.tenures(), 2)
	}
	holds(t, scenario)
	fails(t, "not within 1s: the refusal ends the leadership",
		wrong{store: func(s stores.Store) stores.Store { return forgiving{s} }}, scenario)
	fails(t, "led again", wrong{believes: believer}, scenario)
}

// A waiter whose own lease has died while it waited is not next, and does not wait for ever. A candidate of etcd's
// election whose session has expired goes on waiting for the key before its own (etcd-io/etcd#19597).
//
// What must hold: a grant that expired before its answer came is not leadership; the waiter asks again, is told who
// leads, and gets its turn.
func TestQueuedWaiterWhoseOwnLeaseDied(t *testing.T) {
	scenario := func(s *cast) {
		holder, _ := s.join("holder")
		waiter, link := s.join("waiter")
		other, _ := s.join("other")
		require.NoError(s, holder.Start())
		s.leads(holder)
		require.NoError(s, waiter.Start())
		s.pass(10 * time.Second)
		late := link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.HangReply())
		require.NoError(s, holder.Stop(context.Background()))
		s.until(castConfig("").Failover().Crash, "the waiter's turn", func() bool { return late.Hits() == 1 })
		require.Equal(s, "waiter", s.holder())
		link.Cut()
		require.NoError(s, other.Start())
		s.leads(other)
		late.Release()
		link.Up()
		s.pass(10 * time.Second)
		require.True(s, other.IsLeader())
		known, _ := waiter.Leader()
		require.Equal(s, "other", known.Participant)
		require.NoError(s, other.Stop(context.Background()))
		s.leads(waiter)
	}
	holds(t, scenario)
	fails(t, "two leaders", wrong{store: newRemembering}, scenario)
}

// A caller who gives up an acquire with an unknown outcome leaves nothing behind for long. An election of etcd keeps the
// key of a campaign that failed (etcd-io/etcd#21128); a release of client-go's elector was lost with the context that
// ended it (kubernetes/kubernetes#112023).
//
// What must hold: nobody leads; what was granted without an answer is given back at once; what is granted after it was
// given back delays others by one lease time at most, and its own participant not at all.
func TestAmbiguousWriteThenCancel(t *testing.T) {
	give := func(s *cast, a *elector.Elector) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, err := a.Campaign(ctx)
		require.ErrorIs(s, err, context.DeadlineExceeded)
	}
	lost := func(s *cast) {
		a, link := s.join("a")
		b, _ := s.join("b")
		link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.SwallowReply())
		give(s, a)
		require.Equal(s, "a", s.holder())
		s.until(500*time.Millisecond, "it is given back", func() bool { return s.holder() == "nobody" })
		require.NoError(s, b.Start())
		s.leads(b)
		require.Len(s, s.tenures(), 1)
	}
	late := func(again bool) func(s *cast) {
		return func(s *cast) {
			a, link := s.join("a")
			b, _ := s.join("b")
			held := link.On(faulty.Calls(faulty.Acquire).Times(1), faulty.Hold())
			give(s, a)
			s.pass(2 * time.Second)
			require.Equal(s, 1, link.Calls(faulty.Release), "it was given back")
			require.Equal(s, 1, held.Release())
			require.Equal(s, "a", s.holder(), "an orphan")
			if again {
				_, err := a.TryAcquire(context.Background())
				require.NoError(s, err)
				return
			}
			require.NoError(s, b.Start())
			s.leads(b)
			require.Len(s, s.tenures(), 1)
		}
	}
	holds(t, lost)
	fails(t, "it is given back", wrong{store: func(s stores.Store) stores.Store { return keepingOrphans{s} }}, lost)
	holds(t, late(false))
	fails(t, "b leads", wrong{store: func(s stores.Store) stores.Store { return immortal{s} }}, late(false))
	holds(t, late(true))
	fails(t, "is held by", wrong{store: func(s stores.Store) stores.Store { return byAttempt{s} }}, late(true))
}

// immortal grants for an hour.
type immortal struct{ stores.Store }

func (i immortal) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	req.Lease = time.Hour
	return i.Store.Acquire(ctx, req)
}

// byAttempt takes two attempts of one incarnation for two participants.
type byAttempt struct{ stores.Store }

func (b byAttempt) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	held, err := b.Get(ctx, req.Election)
	if err == nil && held.Attempt != req.Attempt {
		return stores.Lease{}, &stores.HeldError{Lease: held}
	}
	return b.Store.Acquire(ctx, req)
}

// A stop is final, whatever was on its way. A mutex of redis-semaphore took its lock again in silence when a refresh came
// late (swarthy/redis-semaphore#175); a renewal of client-go's elector raced with the release of a stop
// (kubernetes/kubernetes#90952).
//
// What must hold: a renewal that arrives after the release brings neither the lease nor the leadership back, and neither
// does its answer.
func TestResurrectionAfterStop(t *testing.T) {
	for name, fault := range map[string]faulty.Fault{"a late renewal": faulty.Hold(), "a late answer": faulty.HangReply()} {
		scenario := func(s *cast) {
			a, link := s.join("a")
			b, _ := s.join("b")
			late := link.On(faulty.Calls(faulty.Renew).Times(1), fault)
			term, err := a.Campaign(context.Background())
			require.NoError(s, err)
			s.pass(1200 * time.Millisecond)
			require.NoError(s, a.Stop(context.Background()))
			require.Equal(s, "nobody", s.holder())
			require.Equal(s, 1, late.Release())
			require.Equal(s, "nobody", s.holder())
			s.pass(time.Second)
			require.ErrorIs(s, term.Err(), elector.ErrEnded)
			require.Equal(s, elector.StateIdle, a.State())
			require.NoError(s, b.Start())
			s.pass(100 * time.Millisecond)
			require.True(s, b.IsLeader())
		}
		t.Run(name, func(t *testing.T) {
			holds(t, scenario)
			fails(t, "led again", wrong{believes: believer}, scenario)
			if name == "a late renewal" {
				fails(t, `"risen"`, wrong{store: func(s stores.Store) stores.Store { return recreating{s} }}, scenario)
			}
		})
	}
}

// A store that hangs, and ignores its context, keeps nobody leading. An elector of Kubernetes whose renewal hung for a
// minute led on, while another had taken over after 15 s (kubernetes/kubernetes#44887).
//
// What must hold: the leader steps down without the store, another takes over, the calls that are stuck are bounded, a
// stop does not wait for them, and when they return at last the participant recovers.
func TestHungStore(t *testing.T) {
	scenario := func(s *cast) {
		a, link := s.join("a")
		b, _ := s.join("b")
		require.NoError(s, a.Start())
		term := s.leads(a)
		require.NoError(s, b.Start())
		s.pass(100 * time.Millisecond)
		link.On(faulty.Notices(), faulty.SwallowReply()) // So it goes on asking.
		hung := link.On(faulty.Calls(faulty.Acquire, faulty.Renew, faulty.Release, faulty.Get), faulty.Hang())
		s.until(3*time.Second, "a steps down", func() bool { return !a.IsLeader() })
		require.ErrorIs(s, term.Err(), elector.ErrEnded)
		s.leads(b)
		s.pass(time.Minute)
		require.LessOrEqual(s, hung.Hits(), 5, "calls that do not return are bounded")
		require.Positive(s, a.Stats().CallsRefused)
		require.ErrorIs(s, a.Stop(context.Background()), elector.ErrReleaseUnknown, "a stop does not wait either")
		require.Positive(s, hung.Release())
		require.NoError(s, a.Start())
		s.pass(time.Second)
		require.True(s, b.IsLeader(), "what arrived late has harmed nobody")
		require.NoError(s, b.Stop(context.Background()))
		s.leads(a)
	}
	holds(t, scenario)
	fails(t, "led again", wrong{believes: believer}, scenario)
}

// A participant's name is not who it is. Processes of Kubernetes that took their host's name as identity led at once,
// several of them (kubernetes/kubernetes#22775, #61151).
//
// What must hold: of two processes with one name one leads; a restarted one waits for the end of the lease of its earlier
// incarnation, whose late messages then do nothing.
func TestStaleIdentity(t *testing.T) {
	named := wrong{store: func(s stores.Store) stores.Store { return byName{s} }}
	two := func(s *cast) {
		first, _ := s.join("same")
		second, _ := s.join("same")
		require.NotEqual(s, first.Incarnation(), second.Incarnation())
		require.NoError(s, first.Start())
		require.NoError(s, second.Start())
		s.pass(30 * time.Second)
		require.Len(s, s.tenures(), 1)
	}
	restarted := func(s *cast) {
		before, link := s.join("same")
		require.NoError(s, before.Start())
		old := s.leads(before)
		late := link.On(faulty.Calls(faulty.Renew, faulty.Release), faulty.Hold())
		s.pass(1100 * time.Millisecond)
		require.ErrorIs(s, before.Stop(context.Background()), elector.ErrReleaseUnknown)
		link.Cut() // The process is gone, and what it has sent is on its way.
		after, _ := s.join("same")
		require.NoError(s, after.Start())
		s.pass(100 * time.Millisecond)
		require.False(s, after.IsLeader(), "the earlier lease stands")
		term := s.leads(after)
		require.Greater(s, term.Fence(), old.Fence())
		require.Equal(s, 3, late.Release(), "a renewal, and a release that was repeated")
		s.pass(10 * time.Second)
		require.NoError(s, term.Err())
	}
	t.Run("two with one name", func(t *testing.T) {
		holds(t, two)
		fails(t, "two leaders", named, two)
	})
	t.Run("restarted with its old name", func(t *testing.T) {
		holds(t, restarted)
		fails(t, "the earlier lease stands", named, restarted)
	})
}

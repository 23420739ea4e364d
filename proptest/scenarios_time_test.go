package proptest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
)

// Clocks that are set, stand still, or run at other rates, and participants with other lease times. Locks on Valkey expire
// when the clock is set forward (valkey-io/valkey#2651), and timeouts of Redis did (redis/redis#416); client-go's elector
// says that it does not tolerate clocks of other rates (kubernetes/kubernetes#19511); it judged the leader's lease by the
// candidate's own time (kubernetes/kubernetes#47671), as the elector of fabric8's client did
// (fabric8io/kubernetes-client#7249).
func TestTimeFaults(t *testing.T) {
	t.Run("the wall clock is set forward", func(t *testing.T) {
		holds(t, setForward)
		fails(t, "at most one needless step-down", wrong{steps: 1}, setForward)
	})
	t.Run("the wall clock is set back", func(t *testing.T) {
		back, forward := setTo(-time.Hour), setTo(time.Hour)
		holds(t, back)
		fails(t, "it leads on", wrong{}, forward)
		fails(t, "two leaders", wrong{ppm: -100_000}, back)
	})
	t.Run("the machine is suspended", func(t *testing.T) {
		holds(t, suspended)
		fails(t, "two leaders", wrong{still: true}, suspended)
	})
	for name, ppm := range map[string]int{"a clock that is fast": 9000, "a clock that is slow": -9000} {
		t.Run(name, func(t *testing.T) {
			holds(t, skewed(ppm))
			fails(t, "two leaders", wrong{ppm: -100_000}, skewed(ppm))
		})
	}
	t.Run("the holder's lease is longer than the candidate's", func(t *testing.T) {
		holds(t, longer)
		fails(t, "led at one instant", wrong{store: newByOwnTime}, longer)
	})
	t.Run("the holder's lease is shorter than the candidate's", func(t *testing.T) {
		holds(t, shorter)
		fails(t, "the candidate leads", wrong{store: newByOwnTime}, shorter)
	})
}

// A step forward may end a tenure early, once. Then the clock is what it is, and its owner leads on.
func setForward(s *cast) {
	d := newDial(0)
	a, _ := s.join("a", func(c *elector.Config) { c.Clock = d })
	b, _ := s.join("b")
	require.NoError(s, a.Start())
	s.leads(a)
	require.NoError(s, b.Start())
	s.pass(time.Minute)
	for range 1 + s.wrong.steps {
		term := a.Term()
		require.True(s, d.set(time.Hour))
		require.False(s, a.IsLeader(), "the first look sees it")
		require.True(s, d.set(-time.Hour))
		require.ErrorIs(s, term.Err(), elector.ErrEnded, "a term that anybody saw ended stays ended")
		require.False(s, a.IsLeader())
		require.Greater(s, s.leads(a).Fence(), term.Fence())
		s.pass(5 * time.Minute)
	}
	require.LessOrEqual(s, s.losses(), 1, "at most one needless step-down")
}

// A step back changes nothing: not the tenure, and not its end when the leader is cut off.
func setTo(step time.Duration) func(*cast) {
	return func(s *cast) {
		d := newDial(s.wrong.ppm)
		a, link := s.join("a", func(c *elector.Config) { c.Clock = d })
		b, _ := s.join("b")
		require.NoError(s, a.Start())
		term := s.leads(a)
		require.NoError(s, b.Start())
		s.pass(time.Minute)
		require.True(s, d.set(step))
		s.pass(time.Minute)
		require.NoError(s, term.Err(), "it leads on")
		require.True(s, d.set(step))
		link.Cut()
		s.leads(b)
	}
}

// Whoever wakes up sees at the first look that its time is over. Where both clocks stood still nobody can know.
func suspended(s *cast) {
	d := newDial(0)
	a, link := s.join("a", func(c *elector.Config) {
		if c.Clock = d; s.wrong.still {
			s.on(c)
		}
	})
	b, _ := s.join("b")
	require.NoError(s, a.Start())
	term := s.leads(a)
	require.NoError(s, b.Start())
	s.pass(time.Minute)
	link.Cut() // Nothing is sent or heard meanwhile,
	asleep := s.seen[0]
	s.seen = s.seen[1:] // and nobody looks.
	d.suspend()
	s.clock.freeze()
	s.leads(b)
	d.resume()
	s.clock.thaw()
	s.history.Look(append(s.seen, asleep, s.seen[0])...)
	require.ErrorIs(s, term.Err(), elector.ErrEnded)
	link.Up()
	s.pass(10 * time.Second)
	require.True(s, b.IsLeader())
}

// Rates within the margin cost nothing: no tenure ends early, and none lasts too long.
func skewed(ppm int) func(*cast) {
	return func(s *cast) {
		rate := ppm
		if s.wrong.ppm != 0 {
			rate = s.wrong.ppm
		}
		a, link := s.join("a", func(c *elector.Config) { c.Clock = newDial(rate) })
		b, _ := s.join("b", func(c *elector.Config) { c.Clock = newDial(-ppm) })
		require.NoError(s, a.Start())
		term := s.leads(a)
		require.NoError(s, b.Start())
		s.pass(10 * time.Minute)
		require.NoError(s, term.Err())
		link.Cut()
		s.leads(b)
	}
}

// A candidate waits for the end of the holder's lease, however long that is.
func longer(s *cast) {
	holder, link := s.join("holder", func(c *elector.Config) { c.Lease = 12 * time.Second })
	candidate, _ := s.join("candidate")
	require.NoError(s, holder.Start())
	term := s.leads(holder)
	require.NoError(s, candidate.Start())
	s.pass(time.Minute)
	link.Cut()
	s.until(12*time.Second, "the holder steps down", func() bool { return term.Err() != nil })
	s.leads(candidate)
}

// A candidate waits no longer than the holder's lease lasts, however long its own is.
func shorter(s *cast) {
	holder, link := s.join("holder")
	with := castConfig("candidate")
	with.Lease = 30 * time.Second
	candidate, _ := s.join("candidate", func(c *elector.Config) { *c = with })
	require.NoError(s, holder.Start())
	s.leads(holder)
	require.NoError(s, candidate.Start())
	s.pass(time.Minute)
	link.Cut()
	bound := 3*time.Second + with.Failover().Crash - with.Lease
	s.until(bound, "the candidate leads", candidate.IsLeader)
}

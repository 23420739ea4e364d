//go:build linux || darwin

package guard

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const pairs = 6_000

// TestPairs plays with owner and guardian in virtual time. A failure names the seed, which replays it.
func TestPairs(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(pairs) {
		p := newPair(seed, seed%4 != 0, plantedNothing)
		p.run()
		require.Empty(t, p.fault, "seed %d at %d", seed, p.now)
		for what, n := range p.seen {
			seen[what] += n
		}
	}
	for _, what := range []string{
		"dismissed", "extended after it was told", "orphaned", "refused", "stopped at the fork", "swept", "the owner signals",
	} {
		require.NotZero(t, seen[what], "%q never came about: %v", what, seen)
	}
}

// TestPlantedFaults shows that each fault of the two is noticed, and by what.
func TestPlantedFaults(t *testing.T) {
	for plant, want := range map[planted]string{
		plantedTimeLeft:     "it outlives its lease",
		plantedLateStart:    "a start past its instant",
		plantedUnconfirmed:  "it runs on without its guardian",
		plantedTrust:        "it is not told in time",
		plantedDeafGuardian: "it is not told though a pipe is lost",
		plantedDeafOwner:    "it is not told though a pipe is lost",
		plantedGentle:       "it outlives the loss of its lease",
		plantedNoSweep:      "it outlives its lease",
		plantedBeside:       "a signal beside the guardian",
		plantedHasty:        "told before its time",
	} {
		t.Run(string(plant), func(t *testing.T) {
			for seed := range uint64(pairs) {
				p := newPair(seed, seed%4 != 0, plant)
				p.run()
				if p.fault == want {
					t.Logf("seed %d, at %d", seed, p.now)
					return
				}
			}
			require.Fail(t, "not caught", "nobody says that %s", want)
		})
	}
}

// What TestPairs found: an owner that took the end of the first process for a sign that the group was told to end.
func TestTheRestOfAGroupIsToldWhenItsGuardianDies(t *testing.T) {
	r := &scripted{}
	o := newOwner(r, Bounds{Term: 32, Kill: 40})
	o.hear(1, report{Kind: reportStarted, Group: group})
	o.hear(2, report{Kind: reportExited})
	o.alone(3)
	require.Equal(t, []syscall.Signal{syscall.SIGTERM}, r.signals)
	require.False(t, o.over)
}

// scripted notes what an owner does.
type scripted struct {
	orders    []order
	signals   []syscall.Signal
	dismissed bool
}

func (s *scripted) send(o order)                     { s.orders = append(s.orders, o) }
func (s *scripted) dismiss()                         { s.dismissed = true }
func (s *scripted) signal(_ int, sig syscall.Signal) { s.signals = append(s.signals, sig) }
func (s *scripted) sweep()                           {}

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

// The end of the first process is no sign that the rest of the group was told to end.
func TestTheRestOfAGroupIsToldWhenItsGuardianDies(t *testing.T) {
	r := &scripted{}
	o := newOwner(r, Bounds{Term: 32, Kill: 40})
	o.hear(report{Kind: reportStarted, Group: group})
	o.hear(report{Kind: reportExited})
	o.alone(3)
	require.Equal(t, []syscall.Signal{syscall.SIGTERM}, r.signals)
	require.False(t, o.over)
}

// scripted notes what an owner does.
type scripted struct {
	orders    []order
	signals   []syscall.Signal
	dismissed bool
	found     int
}

func (s *scripted) send(o order)                     { s.orders = append(s.orders, o) }
func (s *scripted) dismiss()                         { s.dismissed = true }
func (s *scripted) signal(_ int, sig syscall.Signal) { s.signals = append(s.signals, sig) }
func (s *scripted) sweep() int                       { return s.found }

func TestSignalsArePassedOnByAnOwnerThatIsAlone(t *testing.T) {
	r := &scripted{}
	o := newOwner(r, Bounds{Term: 32, Kill: 40})
	o.hear(report{Kind: reportStarted, Group: group})
	o.pass(syscall.SIGHUP)
	require.Equal(t, syscall.SIGHUP, r.orders[1].Signal)
	o.alone(3)
	o.pass(syscall.SIGUSR1)
	require.Equal(t, []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1}, r.signals)
}

// A signal to an unknown group would go to the owner's own.
func TestNoSignalGoesToAGroupThatIsNotKnown(t *testing.T) {
	r := &scripted{found: 1}
	o := newOwner(r, Bounds{Term: 32, Kill: 40})
	o.alone(3)
	require.True(t, o.sweeping)
	o.pass(syscall.SIGHUP)
	o.tell(4, syscall.SIGTERM, 30)
	require.Empty(t, r.signals)
	r.found = 0
	o.tick(5)
	require.True(t, o.over)
	require.True(t, o.result.Told)
	require.False(t, o.result.Orphaned)
}

// forks counts the children that a warden starts.
type forks struct{ n int }

func (f *forks) fork() (int, syscall.Errno) { f.n++; return group, 0 }
func (f *forks) signal(syscall.Signal)      {}
func (f *forks) report(report)              {}

func TestAStartIsRefusedAtItsInstant(t *testing.T) {
	for now, started := range map[Instant]int{31: 1, 32: 0, 33: 0, 40: 0} {
		f := &forks{}
		w := newWarden(f)
		w.obey(now, order{Kind: orderStart, Bounds: Bounds{Term: 32, Kill: 40}})
		require.Equal(t, started, f.n, "at %d", now)
		require.Equal(t, started == 0, w.over, "at %d", now)
	}
}

// A program that was told to end did not end by itself, whatever it says.
func TestAResultSaysWhetherItWasTold(t *testing.T) {
	for _, c := range []struct {
		reports []reportKind
		told    bool
	}{
		{[]reportKind{reportStarted, reportExited, reportGone}, false},
		{[]reportKind{reportStarted, reportExited, reportTold, reportGone}, false},
		{[]reportKind{reportStarted, reportTold, reportExited, reportGone}, true},
		{[]reportKind{reportStarted, reportTold, reportGone}, true},
	} {
		o := newOwner(&scripted{}, Bounds{Term: 32, Kill: 40})
		for _, kind := range c.reports {
			o.hear(report{Kind: kind, Group: group})
		}
		require.True(t, o.over)
		require.Equal(t, c.told, o.result.Told, c.reports)
	}
}

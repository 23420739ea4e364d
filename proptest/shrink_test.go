package proptest_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/proptest"
)

// firstFailing returns the first seed whose run a planted fault makes break something.
func firstFailing(t *testing.T, planted *proptest.Planted) proptest.Options {
	t.Helper()
	for seed := uint64(1); seed < 4000; seed++ {
		opt := proptest.Options{Seed: seed, Planted: planted}
		if _, violations := proptest.Simulate(opt); len(violations) > 0 {
			return opt
		}
	}
	t.Fatalf("%s breaks nothing", planted.Name)
	return proptest.Options{}
}

func TestShrunkRunsBreakTheSameCheck(t *testing.T) {
	var from, to proptest.Extent
	for _, planted := range proptest.PlantedFaults() {
		opt := firstFailing(t, planted)
		_, whole := proptest.Simulate(opt)
		s := proptest.Shrink(opt)
		t.Logf("%s in seed %d, %d runs: %s\n%v\n%v\n%s", planted.Name, opt.Seed, s.Runs, s.Violation.Check, s.From, s.To, s.Violation.Keep)
		require.Equal(t, whole[0].Check, s.Violation.Check, planted.Name)
		require.LessOrEqual(t, s.To.Participants, s.From.Participants, planted.Name)
		require.LessOrEqual(t, s.To.Virtual, s.From.Virtual, planted.Name)
		from.Commands, from.Faults, from.Hazards = from.Commands+s.From.Commands, from.Faults+s.From.Faults, from.Hazards+s.From.Hazards
		to.Commands, to.Faults, to.Hazards = to.Commands+s.To.Commands, to.Faults+s.To.Faults, to.Hazards+s.To.Hazards
		requireReplay(t, opt, s)
	}
	t.Logf("all: from %d commands, %d faults, %d hazards to %d, %d, %d",
		from.Commands, from.Faults, from.Hazards, to.Commands, to.Faults, to.Hazards)
	require.Less(t, 4*to.Commands, from.Commands)
	require.Less(t, 4*to.Faults, from.Faults)
	require.Less(t, 2*to.Hazards, from.Hazards)
}

// requireReplay replays a shrunk run by the text that a person copies.
func requireReplay(t *testing.T, opt proptest.Options, s *proptest.Shrunk) {
	t.Helper()
	keep, err := proptest.ParseKeep(s.Violation.Keep.String())
	require.NoError(t, err)
	require.Contains(t, s.String(), "-keep "+keep.String())
	opt.Keep = keep
	var lines []string
	opt.Log = func(line string) { lines = append(lines, line) }
	_, again := proptest.Simulate(opt)
	require.Equal(t, s.Violation, again[0])
	require.Equal(t, s.Transcript, lines)
}

func TestTheSameSeedShrinksToTheSameRun(t *testing.T) {
	for _, planted := range proptest.PlantedFaults()[:6] {
		opt := firstFailing(t, planted)
		once, again := proptest.Shrink(opt), proptest.Shrink(opt)
		require.Equal(t, once, again, planted.Name)
		// What is as small as it can be is not made smaller by another look, nor larger.
		opt.Keep = once.Violation.Keep
		require.Equal(t, once.To, proptest.Shrink(opt).To, planted.Name)
	}
}

func TestNothingIsShrunkWhereNothingIsBroken(t *testing.T) {
	require.Nil(t, proptest.Shrink(proptest.Options{Seed: 1}))
}

// keepAll keeps more than any run has.
func keepAll() *proptest.Keep {
	k := &proptest.Keep{Hazards: proptest.Hazards()}
	for i := range 5000 {
		k.Participants, k.Commands, k.Faults = append(k.Participants, i), append(k.Commands, i), append(k.Faults, i)
	}
	return k
}

func TestKeepingAllChangesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 50; seed++ {
		whole, _ := proptest.Simulate(proptest.Options{Seed: seed})
		kept, _ := proptest.Simulate(proptest.Options{Seed: seed, Keep: keepAll()})
		require.Equal(t, whole, kept, "seed %d", seed)
	}
}

// A part of a run is a run within the assumptions, so it breaks nothing: what shrinking finds is never its own doing.
func TestPartsOfRunsBreakNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for seed := uint64(1); seed <= uint64(budget(1500, 100)); seed++ { //nolint:gosec // not negative
		share := r.IntN(4)
		dropped := func(int) bool { return r.IntN(4) < share }
		k := keepAll()
		k.Participants = slices.DeleteFunc(k.Participants[:5], dropped)
		k.Commands, k.Faults = slices.DeleteFunc(k.Commands, dropped), slices.DeleteFunc(k.Faults, dropped)
		k.Hazards = slices.DeleteFunc(k.Hazards, func(string) bool { return dropped(0) })
		if r.IntN(2) == 0 {
			k.Ends = time.Duration(r.Int64N(int64(time.Minute)))
		}
		_, violations := proptest.Simulate(proptest.Options{Seed: seed, Keep: k})
		for _, v := range violations {
			t.Fatal(v)
		}
	}
}

func TestKeepReadsWhatItWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.IntRange(0, 500), 0, 5)
		positive := rapid.Int64Range(0, 1e12)
		k := &proptest.Keep{
			Participants: list.Draw(t, "participants"), Commands: list.Draw(t, "commands"), Faults: list.Draw(t, "faults"),
			Hazards: rapid.SliceOfN(rapid.SampledFrom(proptest.Hazards()), 0, 3).Draw(t, "hazards"),
			Ends:    time.Duration(positive.Draw(t, "ends")), Until: time.Duration(positive.Draw(t, "until")),
		}
		again, err := proptest.ParseKeep(k.String())
		require.NoError(t, err)
		require.Equal(t, k.String(), again.String())
	})
}

func TestKeepRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{"", "commands", "commands=x", "comands=1", "hazards=rain", "until=soon", "faults=1,,", "ends=1"} {
		_, err := proptest.ParseKeep(text)
		require.Error(t, err, text)
	}
}

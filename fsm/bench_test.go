package fsm_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/stores/memory"
)

// BenchmarkTimeNow is what BenchmarkIsLeader is to be compared with.
func BenchmarkTimeNow(b *testing.B) {
	b.ReportAllocs()
	var t time.Time
	for b.Loop() {
		t = time.Now()
	}
	_ = t
}

func BenchmarkIsLeader(b *testing.B) {
	e := leading(b)
	b.ReportAllocs()
	for b.Loop() {
		if !e.IsLeader() {
			b.Fatal("not leading")
		}
	}
}

func BenchmarkTermErr(b *testing.B) {
	term := leading(b).Term()
	b.ReportAllocs()
	for b.Loop() {
		if term.Err() != nil {
			b.Fatal("not leading")
		}
	}
}

// BenchmarkAcquireRelease is a whole tenure in memory: try, grant, release, with everything that the elector does.
func BenchmarkAcquireRelease(b *testing.B) {
	e, err := fsm.New(memory.New(), fsm.Config{Election: "bench"})
	require.NoError(b, err)
	defer func() { require.NoError(b, e.Close()) }()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.TryAcquire(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := e.Release(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func leading(b *testing.B) *fsm.Elector {
	b.Helper()
	e, err := fsm.New(memory.New(), fsm.Config{Election: "bench"})
	require.NoError(b, err)
	_, err = e.TryAcquire(b.Context())
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, e.Close()) })
	return e
}

func TestLookingAllocatesNothing(t *testing.T) {
	e, err := fsm.New(memory.New(), fsm.Config{Election: "x"})
	require.NoError(t, err)
	term, err := e.TryAcquire(t.Context())
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = e.IsLeader(); _ = term.Err(); _ = e.Term(); _ = e.State() }))
	require.NoError(t, e.Close())
}

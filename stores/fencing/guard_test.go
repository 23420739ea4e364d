package fencing_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
)

// log is a resource in memory. Only the guard orders those who write to it.
type log struct {
	guard fencing.Guard
	all   []fencing.Token
}

func (l *log) Append(_ context.Context, t fencing.Token) error {
	return l.guard.Do(t, func() error {
		l.all = append(l.all, t)
		return nil
	})
}

func (l *log) Log(context.Context) ([]fencing.Token, error) { return slices.Clone(l.all), nil }

func TestConformance(t *testing.T) {
	fencingtest.Run(t, fencingtest.Harness{
		New:    func(testing.TB) fencingtest.Resource { return &log{} },
		Writes: 500,
	})
}

// The old leader's write is on its way while a newer leader's is already being carried out: it waits for the lock, and is
// judged only then.
func TestAnOldWriteThatArrivesDuringANewOneIsRefused(t *testing.T) {
	guard := fencing.Guard{Resource: "ledger"}
	require.NoError(t, guard.Do(token(7, "old"), func() error { return nil }))
	running, finish, late := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_ = guard.Do(token(8, "new"), func() error {
			close(running)
			<-finish
			return nil
		})
	}()
	<-running
	ran := false
	go func() { late <- guard.Do(token(7, "old"), func() error { ran = true; return nil }) }()
	close(finish)
	err := <-late
	var stale *fencing.StaleError
	require.ErrorAs(t, err, &stale)
	require.Equal(t, fencing.StaleError{Resource: "ledger", Offered: token(7, "old"), Highest: token(8, "new")}, *stale)
	require.False(t, ran)
}

func TestAFailedWriteStillShutsOutEarlierTenures(t *testing.T) {
	disk := errors.New("disk full")
	for name, write := range map[string]func() error{
		"an error": func() error { return disk },
		"a panic":  func() error { panic(disk) },
	} {
		t.Run(name, func(t *testing.T) {
			var guard fencing.Guard
			func() {
				defer func() { _ = recover() }()
				require.Equal(t, disk, guard.Do(token(8, "new"), write))
			}()
			require.Equal(t, token(8, "new"), guard.Highest())
			require.ErrorIs(t, guard.Check(token(7, "old")), fencing.ErrStale)
			require.NoError(t, guard.Check(token(8, "new")), "the lock is free, and the same tenure may try again")
		})
	}
}

func TestCheckShutsOutEarlierTenures(t *testing.T) {
	var guard fencing.Guard
	require.Equal(t, fencing.Token{}, guard.Highest())
	require.NoError(t, guard.Check(token(8, "new")))
	require.ErrorIs(t, guard.Do(token(7, "old"), func() error { panic("it must not run") }), fencing.ErrStale)
}

func TestATokenThatIsNotValidDoesNotReachTheResource(t *testing.T) {
	var guard fencing.Guard
	require.ErrorIs(t, guard.Do(fencing.Token{}, func() error { panic("it must not run") }), stores.ErrInvalid)
	require.ErrorIs(t, guard.Check(token(1<<63, "a")), stores.ErrInvalid)
	require.Equal(t, fencing.Token{}, guard.Highest())
}

func BenchmarkGuard(b *testing.B) {
	var guard fencing.Guard
	write := func() error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		if err := guard.Do(token(7, "a"), write); err != nil {
			b.Fatal(err)
		}
	}
}

package fencingtest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tenure-go/tenure/stores/fencing"
)

// tally is what many writers were told.
type tally struct {
	mu       sync.Mutex
	admitted map[fencing.Token]int
	errs     []error
}

func (t *tally) add(token fencing.Token, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.admitted[token]++
	case !errors.Is(err, fencing.ErrStale):
		t.errs = append(t.errs, fmt.Errorf("%v: %w", token, err))
	}
}

// race lets many write at once under tokens that grow, as leaders do that follow each other while their writes are on
// the way. Every other token is written with twice. It then holds the log against what the writers were told.
func race(b *bench) error {
	var (
		last    atomic.Uint64
		told    = tally{admitted: map[fencing.Token]int{}}
		writers sync.WaitGroup
	)
	for w := range b.h.Writers {
		writers.Go(func() {
			for range b.h.Writes {
				t := token(last.Add(1), fmt.Sprint("writer ", w))
				for range 1 + t.Fence%2 {
					told.add(t, b.Append(b.ctx, t))
				}
			}
		})
	}
	writers.Wait()
	if err := errors.Join(told.errs...); err != nil {
		return fmt.Errorf("many writers: %w", err)
	}
	log, err := b.Log(b.ctx)
	if err != nil {
		return fmt.Errorf("the log after many writers: %w", err)
	}
	return errors.Join(ascends(log, last.Load()), told.agrees(log))
}

// ascends requires a log that never goes down, and ends with the highest fence that was offered.
func ascends(log []fencing.Token, highest uint64) error {
	before := fencing.Token{}
	for i, t := range log {
		if t.Fence < before.Fence || (t.Fence == before.Fence && t != before) {
			return fmt.Errorf("entry %d of the log of many writers is %v, after %v", i, t, before)
		}
		before = t
	}
	if before.Fence != highest {
		return fmt.Errorf("the last entry of many writers must be under fence %d, and is %v", highest, before)
	}
	return nil
}

// agrees requires the log to have exactly what the writers were told to be in it.
func (t *tally) agrees(log []fencing.Token) error {
	in := map[fencing.Token]int{}
	for _, token := range log {
		in[token]++
	}
	for token, n := range t.admitted {
		if in[token] != n {
			return fmt.Errorf("%v was admitted %d times, and is in the log %d times", token, n, in[token])
		}
		delete(in, token)
	}
	for token := range in {
		return fmt.Errorf("%v was refused, and is in the log", token)
	}
	return nil
}

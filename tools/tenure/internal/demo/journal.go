package demo

import (
	"context"
	"errors"
	"sync"
	"time"
)

// journal collects the evidence and wakes whoever waits for more. Records are stamped by those who make them; only
// instants that must be in the order of the journal are stamped under its lock.
type journal struct {
	start time.Time

	mu      sync.Mutex
	ev      evidence
	numbers map[uint64]int
	changed chan struct{}
}

func newJournal() *journal {
	return &journal{start: time.Now(), numbers: map[uint64]int{}, changed: make(chan struct{})}
}

func (j *journal) now() instant { return time.Since(j.start) }

// add changes the evidence and wakes those who wait.
func (j *journal) add(f func(ev *evidence)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.ev)
	close(j.changed)
	j.changed = make(chan struct{})
}

// read gives f the evidence as it stands. f keeps nothing of it.
func (j *journal) read(f func(ev *evidence)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.ev)
}

// snapshot returns a copy of the evidence.
func (j *journal) snapshot() (c *evidence) {
	j.read(func(ev *evidence) { c = ev.clone() })
	return c
}

// number gives each fence a short number, counting from 1 in the order of asking.
func (j *journal) number(fence uint64) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, known := j.numbers[fence]; !known {
		j.numbers[fence] = len(j.numbers) + 1
	}
	return j.numbers[fence]
}

// errTooLate says that what was waited for did not come within the limit.
var errTooLate = errors.New("it did not come in time")

// await returns nil as soon as the evidence satisfies f, and otherwise errTooLate after the limit or ctx's cause.
func (j *journal) await(ctx context.Context, limit time.Duration, f func(ev *evidence) bool) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		j.mu.Lock()
		satisfied, changed := f(&j.ev), j.changed
		j.mu.Unlock()
		if satisfied {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return errTooLate
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (j *journal) looked(l look)  { j.add(func(ev *evidence) { ev.Looks = append(ev.Looks, l) }) }
func (j *journal) called(c call)  { j.add(func(ev *evidence) { ev.Calls = append(ev.Calls, c) }) }
func (j *journal) wrote(w write)  { j.add(func(ev *evidence) { ev.Writes = append(ev.Writes, w) }) }
func (j *journal) ended(e ending) { j.add(func(ev *evidence) { ev.Endings = append(ev.Endings, e) }) }
func (j *journal) failed(s string) {
	j.add(func(ev *evidence) { ev.Failures = append(ev.Failures, s) })
}

// struck records a strike that begins now, and returns its place.
func (j *journal) struck(s strike) (at int) {
	j.add(func(ev *evidence) {
		s.At = j.now()
		at = len(ev.Strikes)
		ev.Strikes = append(ev.Strikes, s)
	})
	return at
}

// undone records that the strike at this place was undone now.
func (j *journal) undone(at int) {
	j.add(func(ev *evidence) { ev.Strikes[at].Until = j.now() })
}

func (j *journal) strike(at int) (s strike) {
	j.read(func(ev *evidence) { s = ev.Strikes[at] })
	return s
}

// joined and left record that a participant takes part, and takes part no longer.
func (j *journal) joined(name string) {
	j.add(func(ev *evidence) {
		ev.Attendances = append(ev.Attendances, attendance{Participant: name, From: j.now()})
	})
}

func (j *journal) left(name string, died bool) {
	j.add(func(ev *evidence) {
		for i := range ev.Attendances {
			if a := &ev.Attendances[i]; a.Participant == name && a.Until == 0 {
				a.Until, a.Died = j.now(), died
			}
		}
	})
}

package clock

import (
	"slices"
	"sync"
	"time"
)

// Manual is a clock for tests: it stands still until it is moved. Its methods may be called from many goroutines. Make
// one with [NewManual].
type Manual struct {
	mu     sync.Mutex
	now    Reading
	timers []*manualTimer
}

type manualTimer struct {
	clock *Manual
	due   time.Duration
	f     func()
}

// NewManual returns a clock whose wall clock shows start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: Reading{Wall: time.Duration(start.UnixNano())}}
}

// Now reads the clock.
func (m *Manual) Now() Reading {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Time returns what the wall clock shows, for what takes a func() time.Time.
func (m *Manual) Time() time.Time { return time.Unix(0, int64(m.Now().Wall)).UTC() }

// AfterFunc makes f due when the monotonic clock has moved by d.
func (m *Manual) AfterFunc(d time.Duration, f func()) Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := &manualTimer{clock: m, due: m.now.Mono + max(d, 0), f: f}
	m.timers = append(m.timers, t)
	return t
}

// Stop takes the timer back.
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	at := slices.Index(t.clock.timers, t)
	if at < 0 {
		return false
	}
	t.clock.timers = slices.Delete(t.clock.timers, at, at+1)
	return true
}

// Advance moves both clocks by d, and runs in this goroutine each function that becomes due, at its instant and in
// order, also those that such functions add.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.now.Mono + d
	for {
		next := m.earliest(end)
		if next == nil {
			m.now = m.now.Add(end - m.now.Mono)
			m.mu.Unlock()
			return
		}
		m.timers = slices.Delete(m.timers, slices.Index(m.timers, next), slices.Index(m.timers, next)+1)
		m.now = m.now.Add(max(next.due-m.now.Mono, 0))
		m.mu.Unlock()
		next.f()
		m.mu.Lock()
	}
}

func (m *Manual) earliest(end time.Duration) *manualTimer {
	var next *manualTimer
	for _, t := range m.timers {
		if t.due <= end && (next == nil || t.due < next.due) {
			next = t
		}
	}
	return next
}

// StepWall sets the wall clock forward, or back where d is negative. No function becomes due by it.
func (m *Manual) StepWall(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Wall += d
}

// Suspend lets d pass as on a suspended machine: the wall clock moves, the monotonic clock and what waits for it do not.
func (m *Manual) Suspend(d time.Duration) { m.StepWall(d) }

// Waiting returns the number of functions that wait for their time.
func (m *Manual) Waiting() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.timers)
}

package proptest_test

import (
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
)

// dial is an elector's clock over the time of the bubble: it runs fast or slow, its wall clock can be set, and it can be
// suspended, whereupon its monotonic clock and what waits for it stand still.
type dial struct {
	ppm   int64
	began time.Time

	mu      sync.Mutex
	wall    time.Duration
	back    time.Time
	woke    time.Time
	asleep  bool
	since   time.Duration
	slept   time.Duration
	waiting map[*dialTimer]struct{}
}

type dialTimer struct {
	dial *dial
	due  time.Duration
	f    func()
	real *time.Timer
}

func newDial(ppm int) *dial {
	return &dial{ppm: int64(ppm), began: time.Now(), waiting: map[*dialTimer]struct{}{}}
}

// run is how far the clock has run, suspended or not.
func (d *dial) run() time.Duration {
	passed := int64(time.Since(d.began))
	return time.Duration(passed + passed/1000*d.ppm/1000)
}

func (d *dial) mono() time.Duration {
	if d.asleep {
		return d.since
	}
	return d.run() - d.slept
}

func (d *dial) Now() clock.Reading {
	d.mu.Lock()
	defer d.mu.Unlock()
	return clock.Reading{Mono: d.mono(), Wall: d.run() + d.wall + time.Duration(d.began.UnixNano())}
}

func (d *dial) AfterFunc(wait time.Duration, f func()) clock.Timer {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := &dialTimer{dial: d, due: d.mono() + max(wait, 0), f: f}
	d.waiting[t] = struct{}{}
	d.arm(t)
	return t
}

// arm lets the bubble's time run the timer; d is locked.
func (d *dial) arm(t *dialTimer) {
	if d.asleep {
		return
	}
	left := max(int64(t.due-d.mono()), 0)
	wait := left - left/(1_000_000+d.ppm)*d.ppm + 1
	t.real = time.AfterFunc(time.Duration(wait), t.ring)
}

// ring runs the function if its time has come.
func (t *dialTimer) ring() {
	d := t.dial
	d.mu.Lock()
	_, waits := d.waiting[t]
	if !waits || d.asleep {
		d.mu.Unlock()
		return
	}
	if d.mono() < t.due {
		d.arm(t)
		d.mu.Unlock()
		return
	}
	delete(d.waiting, t)
	d.mu.Unlock()
	t.f()
}

func (t *dialTimer) Stop() bool {
	t.dial.mu.Lock()
	defer t.dial.mu.Unlock()
	_, waits := t.dial.waiting[t]
	delete(t.dial.waiting, t)
	if t.real != nil {
		t.real.Stop()
	}
	return waits
}

// unseen is how long at most an elector that leads does not look at its clock. A machine that sleeps, and whose wall
// clock is set back before the elector has looked again, cannot know how long it slept.
const unseen = 300 * time.Millisecond

func lately(at time.Time) bool { return !at.IsZero() && time.Since(at) < unseen }

// set steps the wall clock; back only if a sleep before it was seen.
func (d *dial) set(step time.Duration) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asleep || step < 0 && lately(d.woke) {
		return false
	}
	if step < 0 {
		d.back = time.Now()
	}
	d.wall += step
	return true
}

// suspend stops the monotonic clock, if a step back before it was seen.
func (d *dial) suspend() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.asleep || lately(d.back) {
		return false
	}
	d.since, d.asleep = d.mono(), true
	for t := range d.waiting {
		t.real.Stop()
	}
	return true
}

func (d *dial) resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.asleep {
		return
	}
	d.asleep, d.slept, d.woke = false, d.run()-d.since, time.Now()
	for t := range d.waiting {
		d.arm(t)
	}
}

func (d *dial) timers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.waiting)
}

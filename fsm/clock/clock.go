package clock

import "time"

// Reading is one look at a clock.
type Reading struct {
	// Mono is the monotonic clock, counted from an arbitrary instant.
	Mono time.Duration
	// Wall is the wall clock, counted from 1970-01-01 UTC.
	Wall time.Duration
}

// Add returns the reading of a clock on which both parts have moved by d.
func (r Reading) Add(d time.Duration) Reading { return Reading{Mono: r.Mono + d, Wall: r.Wall + d} }

// Since returns the time elapsed between an earlier reading and r: the larger of monotonic and wall time, never
// negative. A machine that was suspended, or whose wall clock was set forward, finds that more time has passed; one
// whose wall clock was set back finds what the monotonic clock says.
func (r Reading) Since(earlier Reading) time.Duration {
	return max(r.Mono-earlier.Mono, r.Wall-earlier.Wall, 0)
}

// Clock shows the time and runs functions later. Its methods may be called from many goroutines.
type Clock interface {
	// Now reads the clock. It must not block.
	Now() Reading
	// AfterFunc runs f once, in a goroutine of its own or in that of whoever moves the clock, when d has passed.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a function that waits for its time.
type Timer interface {
	// Stop prevents the function from being run; it reports whether it did.
	Stop() bool
}

// System returns the machine's clock.
func System() Clock { return system{origin: time.Now()} }

type system struct{ origin time.Time }

func (s system) Now() Reading {
	now := time.Now()
	return Reading{Mono: now.Sub(s.origin), Wall: time.Duration(now.UnixNano())}
}

func (system) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

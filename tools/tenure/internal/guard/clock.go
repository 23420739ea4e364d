//go:build linux || darwin

package guard

import "time"

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant {
	if i == Never || d > time.Duration(Never-i) {
		return Never
	}
	return i + Instant(d)
}

// until returns the time from now to i.
func (i Instant) until(now Instant) time.Duration { return time.Duration(i - now) }

package guard

import "golang.org/x/sys/unix"

// sharedClock counts, on macOS, the time in which the machine slept, and nobody can set it.
const sharedClock = unix.CLOCK_MONOTONIC

//go:build !unix

package redistest

import "syscall"

// These are no signals here, so that Redis, where it exists, can be killed but not paused.
const (
	signalPause  = syscall.Signal(-1)
	signalResume = syscall.Signal(-1)
)

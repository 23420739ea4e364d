//go:build !linux

package redistest

import "syscall"

// dieWithParent is nothing here: a test process that is killed leaves its servers behind.
func dieWithParent() *syscall.SysProcAttr { return nil }

// paused is not looked up here: the signal takes effect in a moment.
func paused(int) bool { return true }

package guard

import (
	"os"
	"syscall"
)

// adopt does nothing: on macOS launchd becomes the parent of processes whose parents die.
func adopt() {}

// childAttributes puts the child into a group of its own.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func self() (string, error) { return os.Executable() }

// onlyZombies answers false: macOS does not tell.
func onlyZombies(int) bool { return false }

// sweepSession does nothing: on macOS a child whose guardian died before it could report it is not found.
func sweepSession(int) int { return 0 }

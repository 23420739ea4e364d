//go:build linux || darwin

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// OnTerminal tells whether a file is a terminal, which not every character device is.
func OnTerminal(file *os.File) bool {
	raw, err := file.SyscallConn()
	if err != nil {
		return false
	}
	is := false
	err = raw.Control(func(fd uintptr) {
		_, err := unix.IoctlGetTermios(int(fd), getTermios)
		is = err == nil
	})
	return err == nil && is
}

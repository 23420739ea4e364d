//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// hidePassword starts the program again where its command line shows a password. It returns only if there is nothing to
// hide, or nothing to be done about it.
func hidePassword(stderr io.Writer) {
	args, environ, found := hideIn(os.Args, os.Environ())
	if !found {
		return
	}
	path, err := os.Executable()
	if err == nil {
		err = syscall.Exec(path, args, environ) //nolint:gosec // it is this program
	}
	fmt.Fprintf(stderr, "tenure: the password on the command line cannot be hidden from other users: %v\n", err)
}

const aboutHiding = "  A password in -redis is hidden from the list of processes; for a moment at the start it is there.\n"

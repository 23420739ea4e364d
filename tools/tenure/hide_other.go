//go:build !unix

package main

import "io"

// hidePassword does nothing: a process cannot change its command line here.
func hidePassword(io.Writer) {}

const aboutHiding = "  A password in -redis can be seen in the list of processes: give it in TENURE_REDIS.\n"

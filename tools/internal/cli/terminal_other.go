//go:build !linux && !darwin

package cli

import "os"

// OnTerminal answers false: what a terminal here understands is not known.
func OnTerminal(*os.File) bool { return false }

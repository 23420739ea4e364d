//go:build !unix

package tlc

import "os/exec"

// ownGroup leaves the process alone: there are no groups here, and the context kills what it started itself.
func ownGroup(*exec.Cmd) {}

func signalOf(*exec.ExitError) string { return "" }

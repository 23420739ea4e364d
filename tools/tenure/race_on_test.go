//go:build race

package main

// raceFlags make the command that is built report its data races, as the tests do.
var raceFlags = []string{"-race"}

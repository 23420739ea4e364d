//go:build race

package tlctest

const raceEnabled = true

//go:build !race

package tablemutants

const raceEnabled = false

//go:build !race

package property_test

const underRace = false

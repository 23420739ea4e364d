package redistest

import (
	"testing"
	"time"
)

// patience is how long anything awaited may take. It is only reached when something is wrong, so it has room for a
// machine that is busy with other work.
const patience = time.Minute

// eventually looks until the condition holds, and tells whether it did in time.
func eventually(condition func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-late.C:
			return false
		}
	}
	return true
}

// await looks until the look finds no error, and fails the test with the last one if that takes too long.
func await(t testing.TB, what string, look func() error) {
	t.Helper()
	var err error
	if !eventually(func() bool { err = look(); return err == nil }) {
		t.Fatalf("redistest: waited %v for %s: %v", patience, what, err)
	}
}

package fencingtest

import (
	"context"
	"testing"

	"github.com/tenure-go/tenure/stores/fencing"
)

// Resource is what the suite writes to: a log, guarded as the data in question is. Append is called from many
// goroutines.
type Resource interface {
	// Append adds the token to the log if the guard admits it, and otherwise returns the guard's error. Admission and
	// addition are one step.
	Append(ctx context.Context, token fencing.Token) error
	// Log returns what was added, in the order in which it was added.
	Log(ctx context.Context) ([]fencing.Token, error)
}

// Harness is how the suite gets at a resource. New is required.
type Harness struct {
	// New returns a fresh resource that has admitted nothing. It is called once for each check; checks run one after the
	// other.
	New func(t testing.TB) Resource
	// Writers is how many goroutines write at once where many do, and Writes how often each does; 0 means 8 and 25.
	Writers, Writes int

	_ struct{}
}

// Run checks the resource that h makes, each rule in a subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			if err := c.on(t, h); err != nil {
				t.Error(err)
			}
		})
	}
}

// Judge runs every check as [Run] does, and returns by name what those found that failed, in place of failing t. It is
// for testing that a broken guard is found out. The functions of h get t itself, and may fail it.
func Judge(t testing.TB, h Harness) map[string]error {
	t.Helper()
	found := map[string]error{}
	for _, c := range checks() {
		if err := c.on(t, h); err != nil {
			found[c.name] = err
		}
	}
	return found
}

// check is one rule, and how it is checked.
type check struct {
	name string
	run  func(*bench) error
}

func (c check) on(t testing.TB, h Harness) error {
	t.Helper()
	if h.Writers == 0 {
		h.Writers = 8
	}
	if h.Writes == 0 {
		h.Writes = 25
	}
	return c.run(&bench{Resource: h.New(t), ctx: t.Context(), h: h})
}

package spec_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

// TestFlowIsBounded: independent timers double the situations each, so a table must not be able to ask for all of them.
func TestFlowIsBounded(t *testing.T) {
	_, err := spec.Parse("timers.yaml", withTimers(t, 16))
	require.ErrorContains(t, err, "more than 20000 situations")
	_, err = spec.Parse("timers.yaml", withTimers(t, 64))
	require.ErrorContains(t, err, "more than 64 pendings")
}

// withTimers returns the small table with n more timers, each armed by a command of its own.
func withTimers(t *testing.T, n int) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/small.yaml")
	require.NoError(t, err)
	var pendings, effects, events, rows strings.Builder
	for i := range n {
		fmt.Fprintf(&pendings, "  - {name: timer%d, kind: timer, doc: D., raises: [due%d]}\n", i, i)
		fmt.Fprintf(&effects, "  - {name: arm%d, doc: D., starts: [timer%d]}\n", i, i)
		fmt.Fprintf(&events, "  - {name: ask%d, from: command, doc: D.}\n  - {name: due%d, from: timer, doc: D.}\n", i, i)
		fmt.Fprintf(&rows, "  - {from: idle, on: ask%d, to: idle, do: [arm%d], why: W.}\n", i, i)
	}
	return []byte(strings.NewReplacer(
		"\npending:\n", "\npending:\n"+pendings.String(),
		"\neffects:\n", "\neffects:\n"+effects.String(),
		"\nevents:\n", "\nevents:\n"+events.String(),
		"\ntransitions:\n", "\ntransitions:\n"+rows.String(),
	).Replace(string(data)))
}

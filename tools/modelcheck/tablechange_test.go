package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/fsmgen/templates"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

// observing is a state of its own for a participant of whom nobody wants that it leads.
var observing = []string{
	"  - name: acquiring\n", `  - name: observing
    doc: Takes part, holds nothing, and nobody here wants to lead.
  - name: acquiring
`,
	"{from: following, on: withdraw, to: following,", "{from: following, on: withdraw, to: observing,",
	"  - {from: acquiring, on: withdraw,", `  - {from: observing, on: start, to: following, do: [arm_try], why: W.}
  - {from: observing, on: try, to: acquiring, do: [disarm_try, new_attempt, call_acquire], why: W.}
  - {from: observing, on: campaign, to: following, do: [arm_soon], why: W.}
  - {from: observing, on: stop, to: idle, do: [disarm_try, abandon_call, unwatch], why: W.}
  - {from: observing, on: observed, to: observing, do: [note_holder, arm_try], why: W.}
  - {from: observing, on: observe_failed, to: observing, do: [arm_retry], why: W.}
  - {from: observing, on: try_due, to: acquiring, do: [new_attempt, call_acquire], why: W.}
  - {from: observing, on: observe_due, to: observing, do: [call_get], why: W.}
  - {from: observing, on: vacated, to: observing, do: [note_vacancy, arm_try], why: W.}
  - {from: observing, on: informed, to: observing, do: [note_holder, arm_try], why: W.}
  - {from: acquiring, on: withdraw,`,
	"on: withdraw, in: [idle,", "on: withdraw, in: [idle, observing,",
	"on: resign, in: [idle,", "on: resign, in: [idle, observing,",
}

// TestChangesOfTheTable changes the table and nothing else: what TLC checks follows.
func TestChangesOfTheTable(t *testing.T) {
	tools := tlctest.Real(t)
	list, err := checks.Load("../../tla/checks.yaml")
	require.NoError(t, err)
	for _, c := range []struct {
		name, of string
		edits    []string
		verdict  tlc.Verdict
		changed  bool
	}{
		{"as it is", "stopping", nil, tlc.Holds, false},
		{"one more ignored pair", "stopping", []string{"on: close, in: [closed]", "on: close, in: [closed, following]"}, tlc.Holds, false},
		{"a command ignored that was served", "stopping", []string{
			"  - {from: idle, on: close, to: closed, do: [], why: Nothing is left to wait for.}\n", "",
			"on: close, in: [closed]", "on: close, in: [closed, idle]",
		}, tlc.Holds, true},
		{"a new observing state", "stopping", observing, tlc.Holds, true},
		{"a renewal that is never sent", "leader", []string{
			"on: renew_due, to: leading, do: [call_renew]", "on: renew_due, to: leading, do: []",
		}, tlc.Violated, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			configuration, known := list.Configuration(c.of)
			require.True(t, known)
			result, err := tools.Run(t.Context(), tlc.Job{
				Name: c.name, Modules: "../../tla", Module: configuration.Module, Config: configuration.Config(),
				Liveness: configuration.Liveness,
				Replace:  map[string][]byte{"Participant.tla": participant(t, c.edits)},
			})
			require.NoError(t, err)
			require.Equal(t, c.verdict, result.Verdict)
			require.Equal(t, c.changed, result.Distinct != configuration.Distinct, "%d distinct states", result.Distinct)
		})
	}
}

// participant is the generated module of the table with the edits, which come in pairs of old and new.
func participant(t *testing.T, edits []string) []byte {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", templates.TablePath))
	require.NoError(t, err)
	text := string(source)
	for i := 0; i < len(edits); i += 2 {
		require.Contains(t, text, edits[i])
		text = strings.ReplaceAll(text, edits[i], edits[i+1])
	}
	table, err := spec.Parse(templates.TablePath, []byte(text))
	require.NoError(t, err)
	made, err := templates.For(table)
	require.NoError(t, err)
	files, err := made.Files()
	require.NoError(t, err)
	return files["tla/Participant.tla"]
}

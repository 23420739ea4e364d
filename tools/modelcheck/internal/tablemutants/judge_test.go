package tablemutants

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func kill(t *testing.T, j Judge, name string) (string, error) {
	t.Helper()
	return j.Kill(t.Context(), NewCandidate(base(t), mutant(t, mutants(t), name)))
}

func TestTheValidatorKillsWhatPackageSpecRefuses(t *testing.T) {
	by, err := kill(t, Validator(), "leading/deadline: without drop_grant")
	require.NoError(t, err)
	require.Equal(t, "row (leading, deadline) leaves the leading state leading and lacks drop_grant", by)
	by, err = kill(t, Validator(), "leading/renewed: without arm_renew")
	require.NoError(t, err)
	require.Empty(t, by)
}

// The planted faults of the tests' judge: one that a test of the core sees, one that no test of the core can see.
func TestTheTestsKillWhatBehavesWrongly(t *testing.T) {
	tests, err := Tests(root)
	require.NoError(t, err)
	by, err := kill(t, tests, "acquiring/vacated: without note_vacancy")
	require.NoError(t, err)
	require.Equal(t, "fsm/core: TestAWakeUpThatCameDuringTheTryWinsOverItsOlderRefusal", by)

	candidate := NewCandidate(base(t), mutant(t, mutants(t), "leading/deadline: arm_drain before announce_lost"))
	by, err = judgeByTests(t.Context(), checkout(t), candidate, suites[:1])
	require.NoError(t, err)
	require.Empty(t, by)
}

func checkout(t *testing.T) string {
	t.Helper()
	abs, err := filepath.Abs(root)
	require.NoError(t, err)
	return abs
}

func TestWhatDoesNotCompileIsNotKilled(t *testing.T) {
	candidate := NewCandidate(base(t), mutant(t, mutants(t), "leading/renewed: without arm_renew"))
	candidate.files = map[string][]byte{"gen/lifecycle/table.go": []byte("package lifecycle\n\nvar table = nothing\n")}
	by, err := judgeByTests(t.Context(), checkout(t), candidate, suites[:1])
	require.Empty(t, by)
	require.ErrorContains(t, err, "the tests of fsm/core do not compile")
	require.ErrorContains(t, err, "undefined: nothing")
}

func TestTestsThatFailWithTheTableAsItIsMeanNothing(t *testing.T) {
	failing := Judge{Name: ByTests, Kill: func(context.Context, *Candidate) (string, error) { return "fsm: TestOne", nil }}
	require.ErrorContains(t, CheckTests(t.Context(), failing, base(t), source(t)), "fail with the table as it is: fsm: TestOne")
}

func TestHowTestsEnd(t *testing.T) {
	for name, c := range map[string]struct{ script, by, err string }{
		"they pass":           {"echo PASS", "", ""},
		"one fails":           {"echo '=== RUN TestOne'; echo '--- FAIL: TestOne (0.00s)'; exit 1", "fsm: TestOne", ""},
		"the simulation":      {"echo '--- FAIL: TestSimulation (0.1s)'; echo '    sim_test.go:78: one-leader (rule 1, 2) is broken in seed 4 at 1s'; exit 1", "fsm: TestSimulation (one-leader)", ""},
		"a panic":             {"echo 'panic: index out of range'; exit 2", "fsm: panic: index out of range", ""},
		"no memory left":      {"echo 'fatal error: runtime: out of memory'; exit 2", "fsm: turns in circles until no memory is left", ""},
		"goroutines left":     {"echo 'goleak: Errors on successful test run'; exit 1", "fsm: goroutines are left behind", ""},
		"too long":            {"exec sleep 20", "fsm: hangs", ""},
		"an end of its own":   {"echo 'no tests here'; exit 1", "", "none says that it failed"},
		"killed from without": {"kill -9 $$", "", "none says that it failed"},
	} {
		t.Run(name, func(t *testing.T) {
			binary := filepath.Join(t.TempDir(), "fsm.test")
			require.NoError(t, os.WriteFile(binary, []byte("#!/bin/sh\n"+c.script+"\n"), 0o700)) //nolint:gosec // it is run
			s := suite{pkg: "fsm", limit: 10 * time.Second}
			if c.by == "fsm: hangs" {
				s.limit = 100 * time.Millisecond
			}
			by, err := s.run(t.Context(), checkout(t), binary)
			require.Equal(t, c.by, by)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

// The tests that judge, and those that do not, are named. A name that no test has would select or excuse nothing.
func TestTheNamedTestsExist(t *testing.T) {
	for _, s := range suites {
		files, err := filepath.Glob(filepath.Join(root, s.pkg, "*_test.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		var text strings.Builder
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			text.Write(data)
		}
		for _, names := range []map[string]string{s.only, s.except} {
			for name, why := range names {
				require.Contains(t, text.String(), "func "+name+"(t *testing.T)", s.pkg)
				require.NotEmpty(t, why, name)
			}
		}
	}
}

func TestTheModelIsGivenTheMutatedRows(t *testing.T) {
	var given string
	model := Model(func(_ context.Context, participantTLA []byte) (string, error) {
		given = string(participantTLA)
		return "OneLeads", nil
	})
	by, err := kill(t, model, "draining/renewed: without arm_renew")
	require.NoError(t, err)
	require.Equal(t, "OneLeads", by)
	require.Contains(t, given, `from |-> "draining", on |-> "renewed", to |-> "draining", effects |-> <<>>]`)
	require.Contains(t, given, base(t).Hash, "no more than the row changes")

	broken := Model(func(context.Context, []byte) (string, error) { return "", errors.New("no Java") })
	_, err = kill(t, broken, "draining/renewed: without arm_renew")
	require.ErrorContains(t, err, "no Java")
	_, err = kill(t, model, "leading/deadline: without drop_grant")
	require.ErrorContains(t, err, "nothing is generated from a table with faults")
}

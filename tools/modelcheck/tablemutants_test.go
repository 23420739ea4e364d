package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tablemutants"
)

// plant runs the verb in this repository.
func plant(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, faults bytes.Buffer
	code = program().Run(t.Context(), append([]string{"table-mutants", "-root", "../.."}, args...), &out, &faults)
	return code, out.String(), faults.String()
}

func TestTableMutantsTellsWhoKilledEach(t *testing.T) {
	code, out, faults := plant(t, "-judges", "validator", "leading/deadline: to following", "leading/renewed: without arm_renew")
	require.Equal(t, exitHeld, code, faults)
	require.Regexp(t, `(?m)^validator +[0-9.]+s  leading/deadline: to following   .+`, out)
	require.Regexp(t, `(?m)^nobody +[0-9.]+s  leading/renewed: without arm_renew$`, out, "the judges that see it were not asked")
	require.Regexp(t, `(?m)^all +2 +1 +0 +0 +1 +0$`, out)
}

func TestTableMutantsGoesOnFromItsLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "results.jsonl")
	code, _, faults := plant(t, "-judges", "validator", "-log", log, "leading/deadline: to following")
	require.Equal(t, exitHeld, code, faults)
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(text), "\n"))

	settled := strings.Replace(string(text), `"killer":"validator"`, `"killer":"tests"`, 1)
	require.NoError(t, os.WriteFile(log, []byte(settled+`{"mutant":"leading/de`), 0o600))
	code, out, faults := plant(t, "-judges", "validator", "-log", log, "leading/deadline: to following")
	require.Equal(t, exitHeld, code, faults)
	require.Regexp(t, `(?m)^tests +[0-9.]+s  leading/deadline: to following`, out)
}

func TestTableMutantsIsCalledWrongly(t *testing.T) {
	for args, want := range map[string]string{
		"leading/deadline: to nowhere":             `there is no mutant "leading/deadline: to nowhere"`,
		"-judges validator,chance":                 `there is no judge "chance"`,
		"-all leading/deadline:-to-following":      "either -all or names",
		"-parallel none leading/deadline:-to-idle": "invalid value",
	} {
		given := []string{args}
		if strings.HasPrefix(args, "-") {
			given = strings.Fields(args)
		}
		code, _, faults := plant(t, given...)
		require.Equal(t, exitUsage, code, args)
		require.Contains(t, faults, want)
		require.Equal(t, 1, strings.Count(faults, "\n"), faults)
	}
}

// What is not as expected decides the exit code; what could not be judged is graver than a survivor.
func TestTableMutantsExitCodes(t *testing.T) {
	through := []string{tablemutants.ByValidator, tablemutants.ByTests, tablemutants.ByModel}
	const name = "leading/renewed: without arm_renew"
	for _, c := range []struct {
		result tablemutants.Result
		code   int
		fault  string
	}{
		{tablemutants.Result{Mutant: name, Killer: tablemutants.ByTests, By: "fsm: TestOne", Passed: through[:1]}, exitHeld, ""},
		{tablemutants.Result{Mutant: name, Passed: through}, exitViolated, "survivors.yaml does not say why"},
		{tablemutants.Result{Mutant: name, Fault: "model: no Java", Passed: through[:2]}, exitUnchecked, "could not be judged: model: no Java"},
	} {
		var out, faults bytes.Buffer
		m := &tableMutants{stdout: &out, stderr: &faults}
		text, err := os.ReadFile("../../" + tablePath)
		require.NoError(t, err)
		m.all, err = tablemutants.All(text)
		require.NoError(t, err)
		require.Equal(t, c.code, m.finish(nil, []tablemutants.Result{c.result}, 0))
		require.Contains(t, faults.String(), c.fault)
	}
}

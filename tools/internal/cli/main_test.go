package cli

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_PROGRAM") != "" {
		os.Exit(sample().Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// sample is a program with a flag of each kind. Its verb show prints what it was given.
func sample() *Program {
	return &Program{
		Name: "sample", About: "sample shows what a program has.", Synopsis: "<verb> [flags]", EnvPrefix: "SAMPLE_",
		Exits: []Exit{{ExitOK, "fine"}, {ExitUsage, "called wrongly"}, {9, "of no verb here"}},
		Redact: func(text string) string {
			return strings.ReplaceAll(text, "secret", "***")
		},
		Verbs: []*Verb{
			{Name: "show", Summary: "show what was given", Args: "[things]", Define: defineShow, Examples: "  sample show\n"},
			{Name: "run", Summary: "run a command", Intro: "It runs nothing.\n", Command: "command", Exits: []int{ExitOK}, Define: defineRun},
			{Name: "secretive", Summary: "not listed", Hidden: true, Define: func(*Flags) Action { return showCall }},
		},
	}
}

func defineShow(f *Flags) Action {
	json := f.Bool("json", false, "print JSON")
	lease := f.Positive("lease", time.Second, "the lease `time`")
	wait := f.Duration("wait", 0, "how `long` to wait; 0 does not")
	rounds := f.Number("rounds", 2, 1, 10, "a `number` from 1 to 10")
	fence := f.Uint64("fence", 0, 1, "the `fence`")
	set := f.Choice("set", []string{"short", "long"}, "the `set`: short or long")
	election := f.Name("an-election", "jobs", "the `name`")
	others := f.Names("other", "another `name`, once or more")
	text := f.String("text", "", "some `text`")
	return func(_ context.Context, call *Call) int {
		fmt.Fprintln(call.Stdout, *json, *lease, *wait, *rounds, *fence, *set, *election, *others, *text)
		fmt.Fprintf(call.Stdout, "%q %q\n", call.Args, call.Command)
		return ExitOK
	}
}

func defineRun(f *Flags) Action {
	f.Name("election", "", "the `name`")
	f.Required("election")
	return showCall
}

func showCall(_ context.Context, call *Call) int {
	fmt.Fprintf(call.Stdout, "%q %q\n", call.Args, call.Command)
	return ExitOK
}

func play(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = sample().Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestHelp(t *testing.T) {
	var all strings.Builder
	for _, args := range []string{
		"help", "-h", "help help", "help show", "show -h", "show -lease bad --help", "run one -help", "help run", "help secretive", "help completion",
	} {
		code, stdout, stderr := play(strings.Fields(args)...)
		require.Equal(t, ExitOK, code, args)
		require.Empty(t, stderr, args)
		fmt.Fprintf(&all, "$ sample %s\n%s\n", args, stdout)
	}
	golden(t, "help", all.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path) //nolint:gosec // a name of this file
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestCallsThatAreRight(t *testing.T) {
	for args, want := range map[string]string{
		"show": "false 1s 0s 2 0 short jobs [] ", "show -json": "true 1s 0s 2 0 short jobs [] ",
		"show --json --lease=5ms": "true 5ms 0s 2 0 short jobs [] ", "show -json=false -rounds 10": "false 1s 0s 10 0 short jobs [] ",
		"show -fence 18446744073709551615 -wait 1m":     "false 1s 1m0s 2 18446744073709551615 short jobs [] ",
		"show -set long -an-election x -text -5":        "false 1s 0s 2 0 long x [] -5",
		"show -other a -other b=c -lease 2s -lease 3s":  "false 3s 0s 2 0 short jobs [a b=c] ",
		"show -text=a=b -an-election=--json -rounds=+3": "false 1s 0s 3 0 short --json [] a=b",
	} {
		code, stdout, stderr := play(strings.Fields(args)...)
		require.Equal(t, ExitOK, code, stderr)
		require.Equal(t, want+"\n[] []\n", stdout, args)
	}
}

func TestArgumentsStandAnywhereBeforeTheDashes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"show", "a", "-rounds", "3", " b ", "", "-json", "c"}, `["a" " b " "" "c"] []`},
		{[]string{"run", "-election", "e", "--"}, `[] []`},
		{[]string{"run", "-election", "e", "--", "-x", "--", " y", "", "-h", askCompletion}, `[] ["-x" "--" " y" "" "-h" "` + askCompletion + `"]`},
	} {
		code, stdout, stderr := play(c.args...)
		require.Equal(t, ExitOK, code, stderr)
		require.Contains(t, stdout, c.want+"\n")
	}
}

func TestCallsThatAreWrong(t *testing.T) {
	var all strings.Builder
	for _, args := range [][]string{
		{}, {"--"}, {"shwo"}, {"elephant", "-lease", "1s"}, {"-json"}, {"help", "shwo"}, {"help", "show", "run"}, {"secretiv"},
		{"show", "-jsn"}, {"show", "--zebra"}, {"show", "-lease"}, {"show", "-lease", "soon"}, {"show", "-lease", "0s"},
		{"show", "-lease", "-1s"}, {"show", "-wait", "-1s"}, {"show", "-wait", "long"}, {"show", "-rounds", "many"},
		{"show", "-rounds", "0"}, {"show", "-rounds", "11"}, {"show", "-fence", "0"}, {"show", "-fence", "-1"},
		{"show", "-fence", "18446744073709551616"}, {"show", "-set", "medium"}, {"show", "-json=maybe"},
		{"show", "-an-election", ""}, {"show", "-an-election", strings.Repeat("x", 300)}, {"show", "-other", "a\nb"},
		{"show", "-an-election", "--", "x"}, {"show", "--", "x"}, {"show", "-secre", "x"}, {"show", "-rounds", "secret"},
		{"run", "-election", "e", "cmd"}, {"run"}, {"run", "--", "cmd"}, {"secretive", "x"},
		{"completion"}, {"completion", "tcsh"}, {"completion", "bash", "zsh"}, {"completion", "bash|zsh"},
	} {
		code, stdout, stderr := play(args...)
		require.Equal(t, ExitUsage, code, args)
		require.Empty(t, stdout, args)
		require.Equal(t, 1, strings.Count(stderr, "\n"), "%q: %s", args, stderr)
		require.NotContains(t, stderr, "secret ", "it is redacted")
		fmt.Fprintf(&all, "$ sample %s\n%s\n", strings.ReplaceAll(strings.Join(args, " "), "\n", `\n`), stderr)
	}
	golden(t, "wrong", all.String())
}

func TestTheEnvironmentGivesFlags(t *testing.T) {
	t.Setenv("SAMPLE_LEASE", "7s")
	t.Setenv("SAMPLE_AN_ELECTION", "nightly")
	t.Setenv("SAMPLE_ROUNDS", "")
	t.Setenv("SAMPLE_JSON", "true")
	t.Setenv("SAMPLE_ELECTION", "e")
	_, stdout, _ := play("show")
	require.Equal(t, "true 7s 0s 2 0 short nightly [] \n[] []\n", stdout)
	_, stdout, _ = play("show", "-lease", "2s", "-json=false")
	require.Equal(t, "false 2s 0s 2 0 short nightly [] \n[] []\n", stdout, "the command line wins")
	code, _, _ := play("run", "--", "x")
	require.Equal(t, ExitOK, code, "what is required may come from the environment")

	t.Setenv("SAMPLE_LEASE", "soon")
	code, stdout, stderr := play("show")
	require.Equal(t, ExitUsage, code)
	require.Empty(t, stdout)
	require.Equal(t, "sample show: invalid value \"soon\" in SAMPLE_LEASE: want a time above 0, such as 1s or 300ms."+
		" See: sample help show\n", stderr)
}

func TestAProgramWithoutPrefixTakesNothingFromTheEnvironment(t *testing.T) {
	t.Setenv("LEASE", "soon")
	p := sample()
	p.EnvPrefix = ""
	var out bytes.Buffer
	require.Equal(t, ExitOK, p.Main([]string{"show"}, &out, &out), out.String())
}

func TestAVerbMayBeTheDefault(t *testing.T) {
	p := sample()
	p.Default = "show"
	for args, want := range map[string]int{"": ExitOK, "-json": ExitOK, "show": ExitOK, "things": ExitUsage} {
		var out bytes.Buffer
		require.Equal(t, want, p.Main(strings.Fields(args), &out, &out), out.String())
	}
}

func TestFailuresAreOneLine(t *testing.T) {
	var errs bytes.Buffer
	call := &Call{program: sample(), verb: "show", Stderr: &errs}
	require.Equal(t, 9, call.Fail(9, "one secret\nand another"))
	require.Equal(t, "sample show: one ***; and another\n", errs.String())
}

package cli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inShell runs a script in a shell that finds the program sample, or skips the test where there is no such shell.
func inShell(t *testing.T, shell, script string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("%s is not installed", shell)
	}
	self, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.Symlink(self, filepath.Join(bin, "sample")))
	cmd := exec.CommandContext(t.Context(), path, "-c", script)
	cmd.Env = append(os.Environ(), "BE_THE_PROGRAM=1", "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

// The package bash-completion splits the line; here it is split already.
const bashHarness = `
_get_comp_words_by_ref() { :; }
source <(sample completion bash)
COMP_WORDS=(%s)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_TYPE=9
__sample_bash_autocomplete
echo "${COMPREPLY[@]}"
`

func TestBashCompletes(t *testing.T) {
	for typed, want := range map[string]string{
		`sample ""`:            "show run completion help",
		`sample s`:             "show",
		`sample sec`:           "",
		`sample show -le`:      "-lease",
		`sample show --an`:     "--an-election",
		`sample run -`:         "-election",
		`sample completion ""`: "bash zsh fish",
		`sample completion z`:  "zsh",
		`sample help r`:        "run",
		`sample show a -- ""`:  "",
	} {
		t.Run(typed, func(t *testing.T) {
			require.ElementsMatch(t, strings.Fields(want), strings.Fields(inShell(t, "bash", fmt.Sprintf(bashHarness, typed))))
		})
	}
}

func TestFishCompletes(t *testing.T) {
	out := inShell(t, "fish", `sample completion fish | source; complete -C "sample show --le"`)
	require.Contains(t, out, "--lease")
}

func TestZshTakesTheScript(t *testing.T) {
	out := inShell(t, "zsh", `autoload -U compinit && compinit -u -d "$(mktemp)" && source <(sample completion zsh) && print $_comps[sample]`)
	require.Contains(t, out, "sample")
}

// A shell asks with the words so far, and nothing runs.
func TestWhoAsksForCompletionRunsNothing(t *testing.T) {
	ran := false
	p := sample()
	p.Verbs[0].Define = func(*Flags) Action {
		return func(context.Context, *Call) int { ran = true; return ExitOK }
	}
	var out strings.Builder
	require.Equal(t, ExitOK, p.Main([]string{"show", "x", askCompletion}, &out, &out))
	require.False(t, ran)
	require.Empty(t, out.String())
	require.Equal(t, ExitOK, p.Main([]string{"show", "x"}, &out, &out))
	require.True(t, ran)
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAProcessHidesItsPassword looks at the command line of a real process, and interrupts it.
func TestAProcessHidesItsPassword(t *testing.T) {
	f := newField(t)
	self, err := os.Executable()
	require.NoError(t, err)
	for name, flags := range map[string][]string{"apart": {"-redis", f.url}, "joined": {"--redis=" + f.url}} {
		t.Run(name, func(t *testing.T) {
			var out, errs output
			cmd := exec.CommandContext(t.Context(), self, append([]string{"watch", "-election", "jobs"}, flags...)...) //nolint:gosec // it is this test
			cmd.Env = append(os.Environ(), asProgram+"=1")
			cmd.Stdout, cmd.Stderr = &out, &errs
			require.NoError(t, cmd.Start())
			out.await(t, "nobody leads", 1)

			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
			require.NoError(t, err)
			require.NotContains(t, string(line), secret)
			require.Contains(t, string(line), "redis://:***@127.0.0.1", "what is hidden is still told")
			environment, err := os.Stat(fmt.Sprintf("/proc/%d/environ", cmd.Process.Pid))
			require.NoError(t, err)
			require.Zero(t, environment.Mode().Perm()&0o077, "the variable is the user's own")

			require.NoError(t, cmd.Process.Signal(os.Interrupt))
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			select {
			case err = <-ended:
			case <-time.After(time.Minute):
				require.NoError(t, cmd.Process.Kill())
				err = <-ended
			}
			require.NoError(t, err, errs.String())
			require.NotContains(t, out.String()+errs.String(), secret)
		})
	}
}

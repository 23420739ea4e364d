// Package tlctest gives tests a TLC: the real one where it is, or one that answers with what was recorded.
package tlctest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// NoSkip is the variable of the environment that makes tests fail instead of being skipped.
const NoSkip = "TENURE_NO_SKIP"

// Real returns Java and TLC. The test is skipped where they are not, and under the race detector; with NoSkip set to 1, TLC is
// fetched and the test fails without it.
func Real(t testing.TB) tlc.Toolchain {
	t.Helper()
	if os.Getenv(NoSkip) == "1" {
		tools, err := tlc.Find(t.Context(), os.Getenv, os.Stderr)
		require.NoError(t, err)
		return tools
	}
	if raceEnabled {
		t.Skipf("set %s=1 to insist: in TLC, a process of its own, the race detector sees nothing", NoSkip)
	}
	tools, err := tlc.Lookup(t.Context(), os.Getenv)
	if err != nil {
		t.Skipf("set %s=1 to insist: %v", NoSkip, err)
	}
	return tools
}

// script is the variable of the environment that makes a test binary act as Java.
const script = "TENURE_FAKE_JAVA"

// ActAsJava is called first in TestMain: where the binary was started in the place of Java it plays its part and exits.
func ActAsJava() {
	if folder := os.Getenv(script); folder != "" && filepath.Base(os.Args[0]) == "java" {
		os.Exit(act(folder, os.Args[1:]))
	}
}

// Fake makes a Java of the test binary, whose TestMain calls ActAsJava. It answers a run whose configuration begins with
// the comment "\* name" by the file name.stdout in the folder, and exits with the code that stands in name.exit. Files
// of the name "name@A,B" come before those, if the properties A and B are checked. For a code, "kill" makes it kill
// itself, and "hang" makes it and a child of it, whose id it writes to child.pid, wait for long. JAVA_HOME and
// TENURE_TLC_JAR are set so that tlc.Find finds what is returned.
func Fake(t testing.TB, folder string) tlc.Toolchain {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	home := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(home, "bin"), 0o755))
	require.NoError(t, os.Symlink(binary, filepath.Join(home, "bin", "java")))
	jar := filepath.Join(home, "tla2tools.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	folder, err = filepath.Abs(folder)
	require.NoError(t, err)
	set := t.(interface{ Setenv(key, value string) })
	set.Setenv(script, folder)
	set.Setenv(tlc.EnvJava, home)
	set.Setenv(tlc.EnvJar, jar)
	return tlc.Toolchain{Java: filepath.Join(home, "bin", "java"), Jar: jar}
}

// childArgument makes the binary do nothing for long.
const childArgument = "-child"

func wait() { time.Sleep(time.Hour) }

func act(folder string, args []string) int {
	if slices.Contains(args, childArgument) {
		wait()
	}
	if slices.Contains(args, "-version") {
		fmt.Fprintln(os.Stderr, `openjdk version "17.0.1" 2021-10-19`)
		return 0
	}
	config, err := os.ReadFile(args[slices.Index(args, "-config")+1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 255
	}
	first, rest, _ := strings.Cut(string(config), "\n")
	name := strings.TrimSpace(strings.TrimPrefix(first, `\*`))
	exact := name + "@" + strings.Join(checked(rest), ",")
	if _, err := os.Stat(filepath.Join(folder, exact+".stdout")); err == nil {
		name = exact
	}
	output, err := os.ReadFile(filepath.Join(folder, name+".stdout"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 255
	}
	_, _ = os.Stdout.Write(output)
	exit, err := os.ReadFile(filepath.Join(folder, name+".exit"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 255
	}
	return end(strings.TrimSpace(string(exit)))
}

// checked lists the properties of a configuration.
func checked(config string) []string {
	var all []string
	listing := false
	for line := range strings.Lines(config) {
		switch word := strings.TrimSpace(line); {
		case word == "INVARIANTS" || word == "PROPERTIES":
			listing = true
		case !strings.HasPrefix(line, " "):
			listing = false
		case listing:
			all = append(all, word)
		}
	}
	return all
}

// end ends as the script says.
func end(how string) int {
	switch how {
	case "kill":
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			_ = self.Kill()
		}
		wait()
	case "hang":
		child := exec.Command(os.Args[0], childArgument)
		if err := child.Start(); err == nil {
			_ = os.WriteFile(filepath.Join(os.Getenv(script), "child.pid"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
		}
		wait()
	}
	code, err := strconv.Atoi(how)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 255
	}
	return code
}

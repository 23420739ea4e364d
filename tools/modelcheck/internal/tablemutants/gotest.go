package tablemutants

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/spec"
)

const (
	// hangLimit is some twenty times what the slowest suite needs.
	hangLimit = 45 * time.Second
	hangs     = "hangs"
	// memoryKB bounds the memory of a test, since a core that turns in circles collects actions without end.
	memoryKB = 4 << 20
	// outputKept is how much of a test's output is read.
	outputKept = 1 << 20
)

// Tests returns the judge that compiles a mutant into the Go of the tree at root, and runs tests of behaviour. Nothing
// in the tree is touched.
func Tests(root string) (Judge, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return Judge{}, err
	}
	return Judge{Name: ByTests, Kill: func(ctx context.Context, c *Candidate) (string, error) {
		return judgeByTests(ctx, root, c, suites)
	}}, nil
}

// CheckTests runs the tests with the table as it is. Tests that fail then would kill every mutant, and mean nothing.
func CheckTests(ctx context.Context, tests Judge, table *spec.Table, source []byte) error {
	by, err := tests.Kill(ctx, NewCandidate(table, Mutant{Name: "the table as it is", Text: source}))
	if err == nil && by != "" {
		err = fmt.Errorf("tenure: the tests fail with the table as it is: %s", by)
	}
	return err
}

func judgeByTests(ctx context.Context, root string, c *Candidate, suites []suite) (by string, err error) {
	files, err := c.generated()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "tenure-mutant-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := writeOverlay(root, dir, files)
	if err != nil {
		return "", err
	}
	for _, s := range suites {
		if by, err = s.judge(ctx, root, dir, overlay); by != "" || err != nil {
			return by, err
		}
	}
	return "", nil
}

// writeOverlay puts the generated Go that differs from the tree's into dir, and says so in a file for go build -overlay.
func writeOverlay(root, dir string, files map[string][]byte) (string, error) {
	replace := map[string]string{}
	for name, text := range files {
		in := filepath.Join(root, filepath.FromSlash(name))
		if have, err := os.ReadFile(in); filepath.Ext(name) != ".go" || err == nil && bytes.Equal(have, text) {
			continue
		}
		replace[in] = filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(replace[in], text, 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// judge compiles and runs one package's tests.
func (s *suite) judge(ctx context.Context, root, dir, overlay string) (string, error) {
	binary := filepath.Join(dir, strings.ReplaceAll(s.pkg, "/", "_")+".test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, "./"+s.pkg)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("tenure: the tests of %s do not compile: %w\n%s", s.pkg, err, out)
	}
	by, err := s.run(ctx, root, binary)
	if s.timed && by != "" && !strings.HasSuffix(by, hangs) && err == nil {
		by, err = s.run(ctx, root, binary)
	}
	return by, err
}

// run runs the compiled tests, and says which failed first.
func (s *suite) run(ctx context.Context, root, binary string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, cmp.Or(s.limit, hangLimit))
	defer cancel()
	// Where the shell knows no limit of memory, the limit of time has to do.
	limit := fmt.Sprintf(`ulimit -v %d 2>/dev/null; exec "$0" "$@"`, memoryKB)
	args := append([]string{"-c", limit, binary, "-test.failfast"}, s.args...)
	args = append(args, s.selection()...)
	cmd := exec.CommandContext(limited, "sh", args...)
	cmd.Dir = filepath.Join(root, filepath.FromSlash(s.pkg))
	cmd.WaitDelay = time.Second
	var out kept
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case limited.Err() != nil:
		return s.pkg + ": " + hangs, nil
	case err == nil:
		return "", nil
	}
	if failed := failure(out.text.String()); failed != "" {
		return s.pkg + ": " + failed, nil
	}
	return "", fmt.Errorf("tenure: the tests of %s ended with %w, and none says that it failed:\n%s", s.pkg, err, out.text.String())
}

// selection is the flag that selects the suite's tests.
func (s *suite) selection() []string {
	switch {
	case len(s.only) > 0:
		return []string{"-test.run=^(" + strings.Join(slices.Sorted(maps.Keys(s.only)), "|") + ")$"}
	case len(s.except) > 0:
		return []string{"-test.skip=^(" + strings.Join(slices.Sorted(maps.Keys(s.except)), "|") + ")$"}
	default:
		return nil
	}
}

var (
	failed   = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	broken   = regexp.MustCompile(`(?m)(\S+) \(rule [^)]*\) is broken in seed`)
	memory   = regexp.MustCompile(`(?m)^(fatal error: .*out of memory|runtime: cannot allocate memory)`)
	panicked = regexp.MustCompile(`(?m)^panic: .*`)
	leaked   = regexp.MustCompile(`(?m)^goleak: Errors`)
)

// failure reads from the output of tests what failed first; nothing, if the output does not tell.
func failure(out string) string {
	switch {
	case memory.MatchString(out):
		return "turns in circles until no memory is left"
	case failed.MatchString(out):
		test := failed.FindStringSubmatch(out)[1]
		if check := broken.FindStringSubmatch(out); check != nil {
			test += " (" + check[1] + ")"
		}
		return test
	case panicked.MatchString(out):
		return panicked.FindString(out)
	case leaked.MatchString(out):
		return "goroutines are left behind"
	default:
		return ""
	}
}

// kept is the beginning of what is written to it.
type kept struct{ text bytes.Buffer }

func (k *kept) Write(p []byte) (int, error) {
	if room := outputKept - k.text.Len(); room > 0 {
		k.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

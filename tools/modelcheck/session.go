package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// Where things stand below the root.
const (
	listPath   = "tla/checks.yaml"
	modulesDir = "tla"
	tablePath  = "spec/participant.yaml"
	testsPath  = "proptest/testdata/edges.golden"
	matrixPath = "tla/MUTANTS.md"
)

// session is what a verb works with.
type session struct {
	call  *cli.Call
	root  string
	list  *checks.List
	table *spec.Table
	tools tlc.Toolchain
}

// begin loads the list and the table. Unless it returns a session, code is what the verb returns.
func begin(call *cli.Call, root string) (s *session, code int) {
	list, err := checks.Load(filepath.Join(root, listPath))
	if err != nil {
		return nil, refuse(call, err)
	}
	table, err := spec.Load(filepath.Join(root, tablePath))
	if err != nil {
		return nil, refuse(call, err)
	}
	return &session{call: call, root: root, list: list, table: table}, exitHeld
}

// refuse tells what is wrong with what was to be checked.
func refuse(call *cli.Call, err error) int {
	call.Note(err.Error())
	if errors.Is(err, fs.ErrNotExist) {
		call.Note("it is run from the root of the repository, or with -root")
	}
	return exitUsage
}

// find finds Java and TLC.
func (s *session) find(ctx context.Context) bool {
	tools, err := tlc.Find(ctx, os.Getenv, s.call.Stderr)
	if err != nil {
		s.failed(err)
		return false
	}
	s.tools = tools
	return true
}

// failed tells why something could not be done.
func (s *session) failed(err error) int {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "interrupted"
	}
	return s.call.Fail(exitUnchecked, text)
}

// job is the run that checks a configuration.
func (s *session) job(c checks.Configuration, workers int, progress func(tlc.Progress)) tlc.Job {
	return tlc.Job{
		Name: c.Name, Modules: filepath.Join(s.root, modulesDir), Module: c.Module, Config: c.Config(),
		Workers: workers, Liveness: c.Liveness, Progress: progress,
	}
}

// pinpoint finds out which temporal property is violated where TLC does not say it: it checks each by itself. It returns
// the configuration and the result that tell it, or those that it was given.
func (s *session) pinpoint(ctx context.Context, c checks.Configuration, r tlc.Result, workers int) (checks.Configuration, tlc.Result, error) {
	if r.Kind != tlc.KindTemporal || violated(c, r) != "" {
		return c, r, nil
	}
	for _, property := range c.Properties {
		alone := c.Checking([]string{property})
		found, err := s.tools.Run(ctx, s.job(alone, workers, nil))
		if err != nil || found.Verdict == tlc.Violated {
			return alone, found, err
		}
	}
	return c, r, nil
}

// unknown says that a name is none of those known.
func unknown(kind, name string, known []string) string {
	return fmt.Sprintf("there is no %s %q%s", kind, name, cli.Suggestion(name, "", known))
}

func names[T any](all []T, name func(T) string) []string {
	list := make([]string, len(all))
	for i, one := range all {
		list[i] = name(one)
	}
	return list
}

func weights(all []checks.Configuration) []int {
	list := make([]int, len(all))
	for i, c := range all {
		list[i] = c.Weight
	}
	return list
}

// widest is the width of the longest of some words.
func widest(words ...string) int {
	if len(words) == 0 {
		return 0
	}
	return len(slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) }))
}

// indented sets each line of a text off.
func indented(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(by)
		}
		b.WriteString(line)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteString("\n")
	}
	return b.String()
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

func runShow(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlags("show", "name", `show prints a configuration, mutant or witness as TLC reads it, and the command that runs it by hand.
`, `  modelcheck show safety-2
`)
	given, code, goOn := f.read(args, stdout, stderr)
	if !goOn {
		return code
	}
	if len(given) != 1 {
		return wrong(stderr, "show", "want one name")
	}
	s, code := begin("show", *f.root, stderr)
	if s == nil {
		return code
	}
	c, ok := s.anything(given[0])
	if !ok {
		return wrong(stderr, "show", unknown("configuration, mutant or witness", given[0], s.everything()))
	}
	tools, err := tlc.Lookup(ctx, os.Getenv)
	if err != nil { // the command can be told all the same
		tools = tlc.Toolchain{Java: "java", Jar: "tla2tools.jar"}
	}
	modules, err := filepath.Abs(filepath.Join(s.root, modulesDir))
	if err != nil {
		return s.failed(stderr, err)
	}
	fmt.Fprintf(stdout, "%s\n# In a new folder that holds the above as MC.cfg:\ncp %s/*.tla . && mkdir meta && %s\n",
		c.Config(), modules, shellLine(tools.Arguments(s.job(c, 1, nil), "meta")))
	return exitHeld
}

// shellLine quotes what a shell would take apart.
func shellLine(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if strings.ContainsAny(arg, " \t'\"$&;()<>|*?") {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// anything returns the configuration of that name, or the one that the mutant or witness of that name is.
func (s *session) anything(name string) (checks.Configuration, bool) {
	if c, ok := s.list.Configuration(name); ok {
		return c, true
	}
	if m, ok := s.list.Mutant(name); ok {
		return s.list.Mutated(m), true
	}
	if w, ok := s.list.Witness(name); ok {
		return s.list.Witnessed(w), true
	}
	return checks.Configuration{}, false
}

// everything returns all names.
func (s *session) everything() []string {
	return slices.Concat(
		names(s.list.Configurations, configurationName),
		names(s.list.Mutants, mutantName),
		names(s.list.Witnesses, func(w checks.Witness) string { return w.Name }),
	)
}

func runList(_ context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlags("list", "", `list tells what tla/checks.yaml holds.
`, `  modelcheck list
`)
	_, code, goOn := f.read(args, stdout, stderr)
	if !goOn {
		return code
	}
	s, code := begin("list", *f.root, stderr)
	if s == nil {
		return code
	}
	width := widest(s.everything()...)
	line := func(name, note, doc string) { fmt.Fprintf(stdout, "  %-*s  %s: %s\n", width, name, note, doc) }
	fmt.Fprintln(stdout, "configurations, each of which must hold:")
	for _, c := range s.list.Configurations {
		line(c.Name, c.Set, c.Doc)
	}
	fmt.Fprintln(stdout, "\nmutants, each of which must be caught:")
	for _, m := range s.list.Mutants {
		line(m.Name, "by "+strings.Join(m.CaughtBy, ", "), m.Doc)
	}
	fmt.Fprintln(stdout, "\nwitnesses, each of which must be reached:")
	for _, w := range s.list.Witnesses {
		line(w.Name, "in "+w.Of, w.Doc)
	}
	return exitHeld
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

func showVerb() *cli.Verb {
	return &cli.Verb{
		Name: "show", Summary: "print a configuration as TLC reads it, and how to run it by hand",
		Args: "name",
		Intro: `show prints a configuration, mutant or witness as TLC reads it, and the command that runs it by hand.
`,
		Examples: `  modelcheck show safety-2
`,
		Define: defineShow,
	}
}

func defineShow(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	return func(ctx context.Context, call *cli.Call) int {
		if len(call.Args) != 1 {
			return call.Wrong("want one name")
		}
		s, code := begin(call, *root)
		if s == nil {
			return code
		}
		c, ok := s.anything(call.Args[0])
		if !ok {
			return call.Wrong(unknown("configuration, mutant or witness", call.Args[0], s.everything()))
		}
		tools, err := tlc.Lookup(ctx, os.Getenv)
		if err != nil { // the command can be told all the same
			tools = tlc.Toolchain{Java: "java", Jar: "tla2tools.jar"}
		}
		modules, err := filepath.Abs(filepath.Join(s.root, modulesDir))
		if err != nil {
			return s.failed(err)
		}
		fmt.Fprintf(call.Stdout, "%s\n# In a new folder that holds the above as MC.cfg:\ncp %s/*.tla . && mkdir meta && %s\n",
			c.Config(), modules, shellLine(tools.Arguments(s.job(c, 1, nil), "meta")))
		return exitHeld
	}
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

func listVerb() *cli.Verb {
	return &cli.Verb{
		Name: "list", Summary: "list configurations, mutants and witnesses",
		Intro: `list tells what tla/checks.yaml holds.
`,
		Examples: `  modelcheck list
`,
		Define: defineList,
	}
}

func defineList(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	return func(_ context.Context, call *cli.Call) int {
		s, code := begin(call, *root)
		if s == nil {
			return code
		}
		width := widest(s.everything()...)
		line := func(name, note, doc string) { fmt.Fprintf(call.Stdout, "  %-*s  %s: %s\n", width, name, note, doc) }
		fmt.Fprintln(call.Stdout, "configurations, each of which must hold:")
		for _, c := range s.list.Configurations {
			line(c.Name, c.Set, c.Doc)
		}
		fmt.Fprintln(call.Stdout, "\nmutants, each of which must be caught:")
		for _, m := range s.list.Mutants {
			line(m.Name, "by "+strings.Join(m.CaughtBy, ", "), m.Doc)
		}
		fmt.Fprintln(call.Stdout, "\nwitnesses, each of which must be reached:")
		for _, w := range s.list.Witnesses {
			line(w.Name, "in "+w.Of, w.Doc)
		}
		return exitHeld
	}
}

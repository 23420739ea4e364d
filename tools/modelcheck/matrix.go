package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// cell says how a property fares against a mutant.
type cell int

const (
	absent    cell = iota // the mutant's configuration does not have the property
	kept                  // it holds
	broken                // it is violated
	undecided             // there was no time to find out
	senseless             // beyond what is violated the model has no meaning, so that it cannot be found out
)

// matrix is one run of the verb matrix.
type matrix struct {
	*session
	mutants        []checks.Mutant
	timeout        time.Duration
	stdout, stderr io.Writer
	board          *board
	mu             sync.Mutex
	cells          map[string]map[string]cell // by mutant and property
	code           int
}

func matrixVerb() *cli.Verb {
	return &cli.Verb{
		Name: "matrix", Summary: "find out which property catches which mutant",
		Args: "[mutants]",
		Intro: `matrix finds out which property catches which mutant, each property as if it were the only one, and prints the table.
A property that no mutant violates could be nonsense; a mutant that only one property catches shows what that one is for.
`,
		Examples: `  modelcheck matrix             print it
  modelcheck matrix no-margin   print the rows of some mutants
  modelcheck matrix -write      write it to tla/MUTANTS.md
  modelcheck matrix -check      fail if tla/MUTANTS.md says anything else
`,
		Define: defineMatrix,
	}
}

func defineMatrix(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	write := f.Bool("write", false, "write the document")
	check := f.Bool("check", false, "compare with the document")
	timeout := f.Duration("timeout", 0, "give up on a run after so long and show ? instead; 0 waits")
	return func(ctx context.Context, call *cli.Call) int {
		switch {
		case *write && *check:
			return call.Wrong("either -write or -check")
		case (*write || *check) && len(call.Args) > 0:
			return call.Wrong("the document has all mutants, so -write and -check take no names")
		}
		m := &matrix{timeout: *timeout, stdout: call.Stdout, stderr: call.Stderr, cells: map[string]map[string]cell{}}
		var code int
		if m.session, code = begin(call, *root); m.session == nil {
			return code
		}
		if fault := m.choose(call.Args); fault != "" {
			return call.Wrong(fault)
		}
		if !m.find(ctx) {
			return exitUnchecked
		}
		m.fill(ctx)
		if m.code != exitHeld {
			return m.code
		}
		switch document := m.document(); {
		case *write:
			return m.write(document)
		case *check:
			return m.compare(document)
		default:
			fmt.Fprint(call.Stdout, document)
			return exitHeld
		}
	}
}

// choose picks the mutants, all of them if none is named. It returns what is wrong with the names.
func (m *matrix) choose(given []string) string {
	m.mutants = m.list.Mutants
	if len(given) == 0 {
		return ""
	}
	m.mutants = nil
	for _, name := range given {
		mutant, ok := m.list.Mutant(name)
		if !ok {
			return unknown("mutant", name, names(m.list.Mutants, mutantName))
		}
		m.mutants = append(m.mutants, mutant)
	}
	return ""
}

// fill decides every cell.
func (m *matrix) fill(ctx context.Context) {
	m.board = newBoard(m.stdout, m.stderr, len(m.mutants), false)
	defer m.board.close()
	loads := make([]int, len(m.mutants))
	for i, mutant := range m.mutants {
		c, _ := m.list.Configuration(mutant.Of)
		loads[i] = max(c.Weight, mutant.Weight)
	}
	share(1, loads, func(i, _ int) { m.one(ctx, m.mutants[i]) })
}

// one decides the cells of one mutant. All properties are checked at once; the one that is found violated is set aside,
// and the others are checked again, until all that are left hold. That takes one run for each property that is violated
// and one for all that hold, and finds what a run for each would find.
func (m *matrix) one(ctx context.Context, mutant checks.Mutant) {
	c := m.list.Mutated(mutant)
	lane, progress := m.board.begins(mutant.Name)
	defer m.board.ends(lane)
	cells := map[string]cell{}
	for _, property := range propertiesOf(c) {
		cells[property] = kept
	}
	waiting := []checks.Configuration{c}
	for len(waiting) > 0 && len(propertiesOf(waiting[0])) > 0 {
		c, waiting = waiting[0], waiting[1:]
		job := m.job(c, 1, progress)
		job.Timeout = m.timeout
		result, err := m.tools.Run(ctx, job)
		property := violated(c, result)
		switch {
		case errors.Is(err, tlc.ErrUndecided):
			for _, p := range propertiesOf(c) {
				cells[p] = undecided
			}
		case nonsense(err) && slices.Contains(slices.Collect(maps.Values(cells)), broken):
			for _, p := range propertiesOf(c) {
				cells[p] = senseless
			}
		case err != nil:
			m.fail(err)
			return
		case result.Verdict == tlc.Holds:
		case property == "":
			// One of the temporal properties, and TLC does not say which.
			for _, p := range c.Properties {
				waiting = append(waiting, c.Checking([]string{p}))
			}
		case !slices.Contains(propertiesOf(c), property):
			m.fail(fmt.Errorf("mutant %s: TLC reports %s, which is not checked", mutant.Name, property))
			return
		default:
			cells[property] = broken
			waiting = append(waiting, without(c, property))
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[mutant.Name] = cells
}

// nonsense reports whether a run ended because an expression of the model has no value.
func nonsense(err error) bool {
	var failure *tlc.RunError
	return errors.As(err, &failure) && failure.Exit == tlc.ExitEvaluation
}

func (m *matrix) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.code = m.failed(err)
}

func propertiesOf(c checks.Configuration) []string {
	all := slices.Concat(c.Invariants, c.Properties)
	if c.Deadlock {
		all = append(all, tlc.Deadlock)
	}
	return all
}

func without(c checks.Configuration, property string) checks.Configuration {
	return c.Checking(slices.DeleteFunc(propertiesOf(c), func(p string) bool { return p == property }))
}

// write writes the document, unless it would depend on how fast this machine is.
func (m *matrix) write(document string) int {
	if strings.Contains(document, undecidedSign) {
		return m.failed(errors.New("not everything was decided in time, so nothing is written"))
	}
	path := filepath.Join(m.root, matrixPath)
	if err := os.WriteFile(path, []byte(document), 0o644); err != nil { //nolint:gosec // a file of the repository
		return m.failed(err)
	}
	fmt.Fprintf(m.stdout, "wrote %s\n", path)
	return exitHeld
}

func (m *matrix) compare(document string) int {
	path := filepath.Join(m.root, matrixPath)
	committed, err := os.ReadFile(path)
	if err != nil {
		return m.failed(err)
	}
	if string(committed) == document {
		fmt.Fprintf(m.stdout, "%s is as TLC finds it\n", path)
		return exitHeld
	}
	fmt.Fprintf(m.stdout, "%s is NOT as TLC finds it:\n%s", path, changedLines(string(committed), document))
	return exitChanged
}

// changedLines shows which lines one text has and the other has not.
func changedLines(before, after string) string {
	var b strings.Builder
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range old {
		if !slices.Contains(now, line) {
			fmt.Fprintf(&b, "  - %s\n", line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			fmt.Fprintf(&b, "  + %s\n", line)
		}
	}
	return b.String()
}

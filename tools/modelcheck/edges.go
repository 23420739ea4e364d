package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// edge is a step of the lifecycle.
type edge struct{ from, on, to string }

func (e edge) String() string { return fmt.Sprintf("%s --%s--> %s", e.from, e.on, e.to) }

// edgeSets are the edges by who knows them.
type edgeSets struct{ model, table, tests map[edge]bool }

func edgesVerb() *cli.Verb {
	return &cli.Verb{
		Name: "edges", Summary: "compare the steps that the model takes with the table's and with those of the tests",
		Intro: `edges checks the short set and compares three sets of steps, each a state, an event and the state after it: those that the
model takes, those that the table has, and those that the tests of the Go code took. They must be the same three sets:
a row that the model never takes is not checked, and one that no test takes is not tested.
`,
		Examples: `  modelcheck edges
  modelcheck edges -tests other.golden
`,
		Define: defineEdges,
	}
}

func defineEdges(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	tests := f.String("tests", "", "the `file` with the edges of the tests (default "+testsPath+" below the root)")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		c := newChecking(call, checks.Short, *tests, *asJSON)
		c.stdout = io.Discard
		var code int
		if c.session, code = begin(call, *root); c.session == nil {
			return code
		}
		if fault := c.choose(nil); fault != "" {
			return call.Wrong(fault)
		}
		if !c.find(ctx) {
			return exitUnchecked
		}
		c.explore(ctx)
		c.stdout = call.Stdout
		return c.compareEdges()
	}
}

// compareEdges compares the edges of the model, as far as the runs saw them, with the table's and the tests', and returns
// the exit code.
func (c *checking) compareEdges() int {
	sets := edgeSets{model: map[edge]bool{}, table: tableEdges(c.table)}
	for _, configuration := range c.configurations {
		r := c.results[configuration.Name]
		if r.Verdict != tlc.Holds {
			c.noEdges(fmt.Sprintf("configuration %s was not explored to its end", configuration.Name))
			return c.rows[configuration.Name].Exit // whatever broke it is graver than that nothing follows from it
		}
		maps.Copy(sets.model, printedEdges(r.Printed))
	}
	path := c.tests
	if path == "" {
		path = filepath.Join(c.root, testsPath)
	}
	data, err := os.ReadFile(path)
	if err == nil {
		sets.tests, err = readEdges(path, string(data))
	}
	if err != nil {
		c.noEdges(err.Error())
		return exitUnchecked
	}
	lines := sets.differences()
	c.tellEdges(len(sets.table), lines)
	if len(lines) > 0 {
		return exitViolated
	}
	return exitHeld
}

func (c *checking) tellEdges(all int, differences []string) {
	switch {
	case c.json:
		fmt.Fprint(c.stdout, jsonLine(struct {
			Type        string   `json:"type"`
			Edges       int      `json:"edges"`
			Differences []string `json:"differences"`
		}{"edges", all, differences}))
	case len(differences) == 0:
		fmt.Fprintf(c.stdout, "\nedges: the model, the table and the tests have the same %d\n", all)
	default:
		fmt.Fprintf(c.stdout, "\nedges: THEY DIFFER in %s\n%s", counted(len(differences), "edge"), indented(strings.Join(differences, "\n"), "    "))
	}
}

// noEdges says why the edges cannot be compared.
func (c *checking) noEdges(why string) {
	if c.json {
		fmt.Fprint(c.stdout, jsonLine(struct {
			Type string `json:"type"`
			Why  string `json:"not_compared"`
		}{"edges", why}))
		return
	}
	fmt.Fprintf(c.stdout, "\nedges: NOT COMPARED: %s\n", why)
}

func tableEdges(table *spec.Table) map[edge]bool {
	edges := map[edge]bool{}
	for _, row := range table.Transitions {
		edges[edge{row.From, row.On, row.To}] = true
	}
	return edges
}

// printedEdges picks the edges out of what a model printed: <<"edge", "leading", "deadline", "draining">>.
func printedEdges(printed []string) map[edge]bool {
	edges := map[edge]bool{}
	for _, line := range printed {
		value, err := tlc.ParseValue(line)
		if err == nil && value.Kind == tlc.Sequence && len(value.Items) == 4 && value.Items[0].Is("edge") {
			edges[edge{value.Items[1].Name, value.Items[2].Name, value.Items[3].Name}] = true
		}
	}
	return edges
}

// readEdges reads a file with one edge a line: from, event, to. Lines that begin with # are comments.
func readEdges(path, text string) (map[edge]bool, error) {
	edges := map[edge]bool{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasPrefix(fields[0], "#"):
		case len(fields) != 3:
			return nil, fmt.Errorf("%s:%d: want a state, an event and a state", path, number)
		default:
			edges[edge{fields[0], fields[1], fields[2]}] = true
		}
	}
	if len(edges) == 0 {
		return nil, fmt.Errorf("%s has no edges", path)
	}
	return edges, nil
}

// differences says of each edge that not all have who has it and who lacks it.
func (s edgeSets) differences() []string {
	all := map[edge]bool{}
	for _, set := range []map[edge]bool{s.model, s.table, s.tests} {
		maps.Copy(all, set)
	}
	var lines []string
	for e := range all {
		var have, lack []string
		for _, one := range []struct {
			name string
			set  map[edge]bool
		}{{"the model", s.model}, {"the table", s.table}, {"the tests", s.tests}} {
			if one.set[e] {
				have = append(have, one.name)
			} else {
				lack = append(lack, one.name)
			}
		}
		if len(lack) > 0 {
			lines = append(lines, fmt.Sprintf("%s: in %s; not in %s", e, strings.Join(have, " and "), strings.Join(lack, " and ")))
		}
	}
	slices.Sort(lines)
	return lines
}

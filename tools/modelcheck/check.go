package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// every names both sets.
const every = "all"

// mostWorkers is more than any machine has cores.
const mostWorkers = 1024

// checking is one run of the verb check.
type checking struct {
	*session
	configurations []checks.Configuration
	set            string
	named          bool // configurations were named, so the set is not complete
	json           bool
	repin          bool
	coverage       bool
	workers        int
	tests, out     string

	stdout, stderr io.Writer
	board          *board
	mu             sync.Mutex
	rows           map[string]*row
	results        map[string]tlc.Result
}

func newChecking(call *cli.Call, set, tests string, asJSON bool) *checking {
	return &checking{
		set: set, tests: tests, json: asJSON, stdout: call.Stdout, stderr: call.Stderr,
		rows: map[string]*row{}, results: map[string]tlc.Result{},
	}
}

func checkVerb() *cli.Verb {
	return &cli.Verb{
		Name: "check", Summary: "check configurations: the short set, another one, or those named",
		Args: "[names]",
		Intro: `check lets TLC explore configurations of tla/checks.yaml: every state that the protocol can reach, in a model of that
size. It fails on a violated property, and tells step by step how it comes about. It also fails if the number of
distinct states is not the pinned one, or if an action is never taken: then less is checked than is believed. When a
whole set is checked, the steps that the model takes are compared with the table's and with those of the tests.
`,
		Examples: `  modelcheck                     the short set
  modelcheck check -set all      everything
  modelcheck check safety-2      one configuration
  modelcheck check -repin        accept other numbers of states
`,
		Define: defineCheck,
	}
}

func defineCheck(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	set := f.Choice("set", []string{checks.Short, checks.Long, every}, "the `set` to check: short, long or all")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	repin := f.Bool("repin", false, "write the numbers of distinct states of safe runs to tla/checks.yaml")
	coverage := f.Bool("coverage", true, "count the actions taken; without it a run takes about a third less time")
	workers := f.Number("workers", 0, 0, mostWorkers, "the `number` of TLC workers of each run, 0 for what the cores allow")
	tests := f.String("tests", "", "the `file` with the edges of the tests (default "+testsPath+" below the root)")
	out := f.String("out", "", "the `folder` for diagrams of counterexamples (default a temporary one)")
	return func(ctx context.Context, call *cli.Call) int {
		c := newChecking(call, *set, *tests, *asJSON)
		c.repin, c.coverage, c.workers, c.out = *repin, *coverage, *workers, *out
		var code int
		if c.session, code = begin(call, *root); c.session == nil {
			return code
		}
		c.named = len(call.Args) > 0
		if fault := c.choose(call.Args); fault != "" {
			return call.Wrong(fault)
		}
		if !c.find(ctx) {
			return exitUnchecked
		}
		return c.run(ctx)
	}
}

// choose picks the configurations. It returns what is wrong with the names.
func (c *checking) choose(given []string) string {
	if len(given) == 0 {
		for _, one := range c.list.Configurations {
			if c.set == every || c.set == one.Set {
				c.configurations = append(c.configurations, one)
			}
		}
		if len(c.configurations) == 0 {
			return "the set " + c.set + " is empty"
		}
		return ""
	}
	for _, name := range given {
		one, ok := c.list.Configuration(name)
		if !ok {
			return unknown("configuration", name, names(c.list.Configurations, configurationName))
		}
		c.configurations = append(c.configurations, one)
	}
	return ""
}

func configurationName(c checks.Configuration) string { return c.Name }

// run checks the configurations and what follows from them all, and returns the exit code.
func (c *checking) run(ctx context.Context) int {
	begun := time.Now()
	c.explore(ctx)
	code, good := exitHeld, 0
	for _, row := range c.rows {
		code = gravest(code, row.Exit)
		if row.Exit == exitHeld {
			good++
		}
	}
	if !c.named && c.set != checks.Long {
		code = gravest(code, c.compareEdges())
	}
	if c.repin {
		if err := c.pin(); err != nil {
			code = gravest(code, c.failed(err))
		}
	}
	c.finish(code, good, time.Since(begun))
	return code
}

func (c *checking) finish(code, good int, elapsed time.Duration) {
	if c.json {
		fmt.Fprint(c.stdout, jsonLine(struct {
			Type    string  `json:"type"`
			Exit    int     `json:"exit"`
			Held    int     `json:"held"`
			All     int     `json:"all"`
			Seconds float64 `json:"seconds"`
		}{"verdict", code, good, len(c.rows), elapsed.Round(time.Millisecond).Seconds()}))
		return
	}
	fmt.Fprint(c.stdout, "\n", summary(code, len(c.rows), good, "configurations are", elapsed))
}

// explore runs TLC on every configuration and prints a line for each as it ends.
func (c *checking) explore(ctx context.Context) {
	width := widest(append(names(c.configurations, configurationName), "configuration")...)
	if !c.json {
		fmt.Fprint(c.stdout, configurationHead(width))
	}
	c.board = newBoard(c.stdout, c.stderr, len(c.configurations), c.json)
	defer c.board.close()
	share(c.workers, weights(c.configurations), func(i, workers int) {
		c.one(ctx, c.configurations[i], workers, width)
	})
}

func (c *checking) one(ctx context.Context, configuration checks.Configuration, workers, width int) {
	lane, progress := c.board.begins(configuration.Name)
	job := c.job(configuration, workers, progress)
	job.Coverage = c.coverage
	result, err := c.tools.Run(ctx, job)
	if err == nil {
		configuration, result, err = c.pinpoint(ctx, configuration, result, workers)
	}
	c.board.ends(lane)

	r := &row{Type: "configuration", Name: configuration.Name, Workers: workers, Pinned: configuration.Distinct}
	r.found(result)
	if c.repin && result.Verdict == tlc.Holds {
		configuration.Distinct = result.Distinct
	}
	r.judged(judgeConfiguration(configuration, result, err, c.coverage))
	text := ""
	if r.Exit == exitViolated {
		r.Violated = violated(configuration, result)
		var told string
		told, r.Diagram, err = c.tell(configuration, result, "", c.out)
		if err != nil {
			r.Exit, r.More = exitUnchecked, err.Error()
		}
		text = "\n" + indented(told, "  ") + "\n"
	}
	c.mu.Lock()
	c.rows[r.Name], c.results[r.Name] = r, result
	c.mu.Unlock()
	if c.json {
		c.board.print(jsonLine(r))
		return
	}
	c.board.print(r.configurationLine(width) + text)
}

// pin writes the numbers of states of the safe runs to the list, and tells which are new.
func (c *checking) pin() error {
	distinct := map[string]int64{}
	for _, configuration := range c.configurations {
		r := c.results[configuration.Name]
		if r.Verdict != tlc.Holds || r.Distinct == configuration.Distinct {
			continue
		}
		distinct[configuration.Name] = r.Distinct
		fmt.Fprintf(c.stderr, "pinned %s: %s distinct states instead of %s\n",
			configuration.Name, grouped(r.Distinct), grouped(configuration.Distinct))
	}
	text, err := c.list.Repinned(distinct)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.root, listPath), text, 0o644) //nolint:gosec // a file of the repository
}

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// trial is a run that must end in a violation.
type trial struct {
	kind, property string
	configuration  checks.Configuration
	judge          func(tlc.Result, error) judgement
}

// trials is one run of the verb mutants.
type trials struct {
	*session
	all            []trial
	json, tellAll  bool
	out            string
	stdout, stderr io.Writer
	board          *board
	mu             sync.Mutex
	rows           []*row
}

func mutantsVerb() *cli.Verb {
	return &cli.Verb{
		Name: "mutants", Summary: "check that every faulty model is caught, and that every witness is reached",
		Args: "[names]",
		Intro: `mutants lets TLC check models with one thing wrong each. A check that cannot fail is a defect, so each must end in the
violation that it names: the literal property, and TLC's exit code for a violation; a model that cannot be parsed
catches nothing. Witnesses are the same the other way round: each claims that something cannot happen that must be
possible, and is to be refuted. Those that are named are explained step by step.
`,
		Examples: `  modelcheck mutants
  modelcheck mutants no-margin             and tell how the missing margin does harm
  modelcheck mutants -out diagrams         draw every counterexample
`,
		Define: defineMutants,
	}
}

func defineMutants(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	asJSON := f.Bool("json", false, "print one JSON object a line")
	out := f.String("out", "", "the `folder` for diagrams of the counterexamples (default a temporary one, for those named)")
	return func(ctx context.Context, call *cli.Call) int {
		t := &trials{json: *asJSON, out: *out, stdout: call.Stdout, stderr: call.Stderr}
		var code int
		if t.session, code = begin(call, *root); t.session == nil {
			return code
		}
		t.tellAll = len(call.Args) > 0
		if fault := t.choose(call.Args); fault != "" {
			return call.Wrong(fault)
		}
		if !t.find(ctx) {
			return exitUnchecked
		}
		return t.run(ctx)
	}
}

// choose picks the mutants and witnesses, all of them if none is named. It returns what is wrong with the names.
func (t *trials) choose(given []string) string {
	for _, m := range t.list.Mutants {
		for _, property := range m.CaughtBy {
			c := t.list.Mutated(m).Checking([]string{property})
			t.all = append(t.all, trial{"mutant", property, c, func(r tlc.Result, err error) judgement {
				return judgeMutant(c, property, r, err)
			}})
		}
	}
	for _, w := range t.list.Witnesses {
		t.all = append(t.all, trial{"witness", w.Claim(), t.list.Witnessed(w), func(r tlc.Result, err error) judgement {
			return judgeWitness(w, r, err)
		}})
	}
	if len(t.all) == 0 {
		return "the list has no mutants and no witnesses"
	}
	known := names(t.all, trialName)
	for _, name := range given {
		if !slices.Contains(known, name) {
			return unknown("mutant or witness", name, known)
		}
	}
	if len(given) > 0 {
		t.all = slices.DeleteFunc(t.all, func(one trial) bool { return !slices.Contains(given, one.configuration.Name) })
	}
	return ""
}

func mutantName(m checks.Mutant) string { return m.Name }

func trialName(t trial) string { return t.configuration.Name }

func (t *trials) run(ctx context.Context) int {
	begun := time.Now()
	configurations := make([]checks.Configuration, len(t.all))
	for i, one := range t.all {
		configurations[i] = one.configuration
	}
	width := widest(append(names(t.all, trialName), "mutant or witness")...)
	property := widest(append(names(t.all, func(one trial) string { return one.property }), "to be refuted")...)
	if !t.json {
		fmt.Fprint(t.stdout, mutantHead(width, property))
	}
	t.board = newBoard(t.stdout, t.stderr, len(t.all), t.json)
	// One worker each: the search is then breadth first to the letter, so the counterexample is a shortest one.
	share(1, weights(configurations), func(i, _ int) { t.one(ctx, t.all[i], width, property) })
	t.board.close()

	code, good := exitHeld, 0
	for _, row := range t.rows {
		code = gravest(code, row.Exit)
		if row.Exit == exitHeld {
			good++
		}
	}
	if !t.json {
		fmt.Fprint(t.stdout, "\n", summary(code, len(t.rows), good, "mutants and witnesses are", time.Since(begun)))
	}
	return code
}

func (t *trials) one(ctx context.Context, one trial, width, property int) {
	c := one.configuration
	lane, progress := t.board.begins(c.Name)
	job := t.job(c, 1, progress)
	job.Brief = true
	result, err := t.tools.Run(ctx, job)
	t.board.ends(lane)

	r := &row{Type: one.kind, Name: c.Name, Property: one.property, Workers: 1}
	r.found(result)
	r.judged(one.judge(result, err))
	text := ""
	if len(result.Trace) > 0 && err == nil {
		r.Violated = violated(c, result)
		if t.tellAll || t.out != "" {
			text, r.Diagram, err = t.tell(c, result, c.Doc, t.out)
		}
		if err != nil {
			r.Exit, r.More = exitUnchecked, err.Error()
		}
	}
	t.mu.Lock()
	t.rows = append(t.rows, r)
	t.mu.Unlock()
	switch {
	case t.json:
		t.board.print(jsonLine(r))
	case t.tellAll:
		t.board.print(r.mutantLine(width, property) + "\n" + indented(text, "  ") + "\n")
	default:
		t.board.print(r.mutantLine(width, property))
	}
}

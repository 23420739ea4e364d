package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/tenure-go/tenure/proptest"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// walkModule is the module that walks.
const walkModule = "Walks"

func walksVerb() *cli.Verb {
	return &cli.Verb{
		Name: "walks", Summary: "walk through the protocol at random, for the tests of the Go code to follow",
		Intro: `walks lets TLC walk through the protocol at random and writes down which step each state came from and what it is. The
tests of package fsm/core take the same steps with the code, and compare after each.
`,
		Examples: `  modelcheck walks -out walks.jsonl && go test ./fsm/core -run TestWalks -walks "$PWD/walks.jsonl"
  modelcheck walks -number 1000 -seed 7 -out walks.jsonl
`,
		Define: defineWalks,
	}
}

func defineWalks(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	number := f.Number("number", 200, 1, math.MaxInt32, "how many walks")
	steps := f.Number("steps", 100, 2, math.MaxInt32, "how many steps each has at most")
	seed := f.Number("seed", 1, math.MinInt, math.MaxInt, "the seed of TLC's randomness")
	out := f.String("out", "", "the `file` to write, one walk a line")
	f.Required("out")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := begin(call, *root)
		if s == nil {
			return code
		}
		if !s.find(ctx) {
			return exitUnchecked
		}
		walks, err := s.tools.Simulate(ctx, tlc.Job{
			Name: "walks", Modules: filepath.Join(s.root, modulesDir), Module: walkModule, Config: proptest.WalkConfig(),
		}, *number, *steps, int64(*seed))
		if err == nil {
			err = writeWalks(*out, walks, uint64(*seed)) //nolint:gosec // it only names them
		}
		if err != nil {
			return s.failed(err)
		}
		all := 0
		for _, walk := range walks {
			all += len(walk) - 1
		}
		fmt.Fprintf(call.Stdout, "%d walks, %d steps\n", len(walks), all)
		return exitHeld
	}
}

// writeWalks writes each walk as a trace.
func writeWalks(path string, walks [][]tlc.State, seed uint64) error {
	var b strings.Builder
	for _, walk := range walks {
		trace := proptest.Trace{Seed: seed}
		for _, state := range walk[1:] {
			trace.Lines = append(trace.Lines, lineOf(state))
		}
		text, err := json.Marshal(trace)
		if err != nil {
			return err
		}
		b.Write(append(text, '\n'))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644) //nolint:gosec // for a test to read
}

// lineOf is the line that leads to a state, and what it is.
func lineOf(state tlc.State) proptest.TraceLine {
	did, lease := state.Value("did"), state.Value("store").Get("lease")
	line := proptest.TraceLine{
		Step: proptest.Step(did.Get("e").Name), Who: did.Get("p").Name, What: did.Get("c").Name,
		Store: &proptest.TraceLease{
			Owner: lease.Get("owner").Name, Newest: lease.Get("newest").Truth, Fence: count(lease.Get("fence")),
			Left: lease.Get("left").Number, Revoked: lease.Get("revoked").Truth,
		},
	}
	if line.Store.Owner == "none" {
		line.Store = &proptest.TraceLease{}
	}
	if line.Step == proptest.StepLate {
		line.Late = &proptest.TraceRequest{
			Op: did.Get("op").Name, Newest: did.Get("newest").Truth, Fence: count(did.Get("fence")),
		}
	}
	if line.Who == "" {
		return line
	}
	core := state.Value("core").Get(line.Who)
	line.To = core.Get("state").Name
	line.Core = &proptest.TraceCore{
		Left: core.Get("left").Number, Fence: count(core.Get("fence")), Op: core.Get("awaited").Get("op").Name,
		Work: core.Get("work").Name, News: core.Get("announced").Name, Armed: []string{},
	}
	for _, timer := range core.Get("armed").Items {
		line.Core.Armed = append(line.Core.Armed, timer.Name)
	}
	return line
}

func count(v tlc.Value) uint64 { return uint64(max(v.Number, 0)) } //nolint:gosec // not negative

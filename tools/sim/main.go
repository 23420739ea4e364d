// Command sim runs the simulation in package proptest over many seeds, for as long as it takes.
//
//	go run ./tools/sim -seeds 1000000 -state sim.state
//
// First it plants every known fault and looks for the first seed that shows it, since a check that cannot fail proves
// nothing. Then it runs the seeds, in chunks. It tells its progress now and then, and reports at the end. With -state it
// may be interrupted at any moment (SIGINT or SIGTERM): it finishes the present chunk, and the next time it goes on
// where it stopped. Even a kill costs a chunk and no more. A state of another version of the code is refused, and so is a
// damaged one. With -report it runs nothing and reports what the state holds.
//
// The exit code is 0 if all is well; 1 if a check was broken, if a planted fault was not found, or if something that can
// happen did not in a campaign that is long enough; 2 if the flags or the state cannot be used; 3 if it was interrupted.
// "go run" turns all but 0 into 1.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/tenure-go/tenure/proptest"
)

// The exit codes.
const (
	exitFine = iota
	exitBroken
	exitUnusable
	exitInterrupted
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, time.Now))
}

// settings are what the flags say.
type settings struct {
	first, seeds uint64
	workers      int
	state        string
	planted      string
	trouble      string
	report, json bool
}

var errUsage = errors.New("see -help")

func parse(args []string, stderr io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("sim", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Uint64Var(&s.seeds, "seeds", 1_000_000, "how many seeds the campaign has")
	flags.Uint64Var(&s.first, "first", 1, "the first of them")
	flags.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "how many runs are made at a time")
	flags.StringVar(&s.state, "state", "", "the file that keeps the campaign, so that it may be interrupted")
	flags.StringVar(&s.planted, "planted", "", "plant this fault in every run, to see a campaign that fails")
	flags.StringVar(&s.trouble, "trouble", "", "what goes beyond the assumptions in every run")
	flags.BoolVar(&s.report, "report", false, "run nothing, and report what the state file holds")
	flags.BoolVar(&s.json, "json", false, "report as JSON")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(stderr, "sim runs the simulation over many seeds; exit codes: 0 fine, 1 broken, 2 unusable, 3 interrupted")
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return s, err
	case err != nil:
		return s, fmt.Errorf("%w (%w)", err, errUsage)
	case flags.NArg() > 0:
		return s, fmt.Errorf("%q is no flag (%w)", flags.Arg(0), errUsage)
	case s.first == 0, s.seeds == 0, s.first+s.seeds < s.first:
		return s, fmt.Errorf("seeds count from 1, and there must be one (%w)", errUsage)
	case s.workers < 1 || s.workers > 4096:
		return s, fmt.Errorf("-workers %d: from 1 to 4096 (%w)", s.workers, errUsage)
	case s.report && s.state == "":
		return s, fmt.Errorf("-report needs -state (%w)", errUsage)
	case s.planted != "" && findPlanted(s.planted) == nil:
		return s, fmt.Errorf("-planted %q: there is no such fault (%w)", s.planted, errUsage)
	case s.trouble != "" && findTrouble(s.trouble) == nil:
		return s, fmt.Errorf("-trouble %q: there is no such trouble (%w)", s.trouble, errUsage)
	}
	return s, nil
}

func findTrouble(name string) *proptest.Trouble {
	for _, t := range proptest.Troubles() {
		if t.Name == name {
			return t
		}
	}
	return nil
}

func findPlanted(name string) *proptest.Planted {
	for _, p := range proptest.PlantedFaults() {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// run is main, with all that it needs from outside. The clock only measures.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) int {
	set, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitFine
	}
	if err != nil {
		fmt.Fprintf(stderr, "sim: %v\n", err)
		return exitUnusable
	}
	c, err := open(&set, stderr, now)
	if err != nil {
		fmt.Fprintf(stderr, "sim: %v\n", err)
		return exitUnusable
	}
	finished := true
	if !set.report {
		if finished, err = c.run(ctx); err != nil {
			fmt.Fprintf(stderr, "sim: %v\n", err)
			return exitUnusable
		}
	}
	if err := c.print(stdout, set.json); err != nil {
		fmt.Fprintf(stderr, "sim: %v\n", err)
		return exitUnusable
	}
	switch {
	case c.state.failed():
		return exitBroken
	case !finished:
		return exitInterrupted
	default:
		return exitFine
	}
}

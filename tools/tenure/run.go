package main

import (
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

const runIntro = `Runs a program only while this participant leads the election, and campaigns again whenever it does not.

The program does not outlive its lease, also when tenure is killed or stopped: a small guardian process watches over it.
When the leadership ends, its process group is sent SIGTERM, grace before the lease's safe end; at that end SIGKILL, and at
once where the store says that the lease is lost. The lease is released when nothing is left of the group.

When the program ends by itself, the lease is released; with -once tenure then ends with the program's exit code, otherwise
it waits for -retry and campaigns again. SIGTERM, SIGINT and SIGQUIT to tenure are passed on and end it when the program has
ended, within -drain; a second one kills the program. SIGHUP, SIGUSR1, SIGUSR2 and SIGWINCH are passed on.

The program finds TENURE_HELD_ELECTION, TENURE_HELD_PARTICIPANT and TENURE_HELD_FENCE in its environment, and no
TENURE_REDIS. The fence is to go with every write: see README.md.
`

const runExamples = `  tenure run -election nightly -- ./report --all
  tenure run -election migrate -once -wait 1m -- ./migrate up
  tenure run -election sync -redis rediss://cache:6379 -lease 10s -renewal 3s -grace 2s -drain 30s -- ./sync
`

// guardVerb is the verb with which this program becomes a guardian.
const guardVerb = "guard"

func runVerb() *cli.Verb {
	return &cli.Verb{
		Name: "run", Summary: "run a program only while this participant leads", Command: "program [arguments]",
		Intro: runIntro, Examples: runExamples,
		Exits: []int{exitOK, exitUsage, exitFailed, exitStore, exitLost, exitNotRunnable, exitNotFound, exitSignal},
		Define: func(f *cli.Flags) cli.Action {
			flags := defineRun(f)
			return flags.do
		},
	}
}

func guardianVerb() *cli.Verb {
	return &cli.Verb{
		Name: guardVerb, Summary: "watch over the program of a run", Command: "path program [arguments]", Hidden: true,
		Define: func(*cli.Flags) cli.Action { return guardAction },
	}
}

// runFlags are the flags of run.
type runFlags struct {
	participantFlags
	election, participant *string
	once                  *bool
	wait                  *time.Duration
}

func defineRun(f *cli.Flags) *runFlags {
	flags := &runFlags{
		participantFlags: defineParticipant(f),
		election:         f.Name("election", "", "the `name` of what is led"),
		participant:      f.Name("participant", "", "this participant's `name` among people; host-pid-random by default"),
		once:             f.Bool("once", false, "end with the program, or with the leadership"),
		wait:             f.Duration("wait", 0, "give up where no program was started for this long; 0 waits for ever"),
	}
	f.Required("election")
	return flags
}

func (f *runFlags) config() elector.Config {
	cfg := f.participantFlags.config()
	cfg.Election, cfg.Participant = *f.election, *f.participant
	return cfg
}

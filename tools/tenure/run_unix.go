//go:build linux || darwin

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
	"github.com/tenure-go/tenure/tools/tenure/internal/runner"
)

// do runs the program of the call while this participant leads.
func (f *runFlags) do(ctx context.Context, call *cli.Call) int {
	cfg := f.config()
	if err := cfg.Validate(); err != nil {
		return call.Wrong(oneLine(err))
	}
	if len(call.Command) == 0 {
		return call.Wrong("which program? It stands after --")
	}
	path, err := exec.LookPath(call.Command[0])
	if err != nil {
		return call.Fail(unrunnable(err), fmt.Sprintf("%s: %v", call.Command[0], reason(err)))
	}
	store, code := f.open(call, f.options())
	if store == nil {
		return code
	}
	defer store.close()
	signals := make(chan os.Signal, 64)
	cli.Heed(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2,
		syscall.SIGWINCH, syscall.SIGCHLD)
	defer signal.Stop(signals)
	// Nobody who reads what it says must not end it. Ignored, the signal would be for the program too.
	unread := make(chan os.Signal, 1)
	signal.Notify(unread, syscall.SIGPIPE)
	defer signal.Stop(unread)
	if code := f.knock(ctx, store); code != exitOK {
		return code
	}
	if ctx.Err() != nil && len(signals) == 0 { // an interrupt came before signals were heeded here
		signals <- syscall.SIGTERM
	}
	outcome, err := runner.Run(store, runner.Settings{
		Elector: cfg, Once: *f.once, Wait: *f.wait, Signals: signals,
		HangUp: cli.OnTerminal(os.Stdin), Tell: func(e runner.Event) { tell(store, e) },
		Command: guard.Command{
			Guardian: []string{guardVerb, "--"}, Path: path, Args: call.Command, Env: childEnvironment(os.Environ()),
		},
	})
	switch {
	case errors.Is(err, elector.ErrInvalid):
		return call.Wrong(oneLine(err))
	case err != nil:
		return call.Fail(exitFailed, oneLine(err))
	}
	return f.exitCode(outcome)
}

// knock asks the store once. What no retry can mend ends the run; a store that is down is retried.
func (f *runFlags) knock(ctx context.Context, store *openStore) (code int) {
	limited, cancel := store.limit(ctx)
	defer cancel()
	_, err := store.Get(limited, *f.election)
	var answer *redis.ServerError
	if errors.Is(err, stores.ErrInvalid) || (errors.As(err, &answer) && final[answer.Code]) {
		return store.failed(context.WithoutCancel(ctx), err)
	}
	return exitOK
}

// final are the answers of a server that stay as they are until somebody changes a setting.
var final = map[string]bool{"NOAUTH": true, "WRONGPASS": true, "NOPERM": true}

// exitCode is the program's wherever it ran to its end.
func (f *runFlags) exitCode(o runner.Outcome) int {
	switch {
	case o.Errno != 0:
		return unrunnable(o.Errno)
	case o.GaveUp, *f.once && o.Lost:
		return exitLost
	case o.Ran && o.Status.Signaled():
		return exitSignal + int(o.Status.Signal())
	case o.Ran:
		return o.Status.ExitStatus()
	case *f.once:
		return exitSignal + int(o.Stopped)
	}
	return exitOK
}

func unrunnable(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return exitNotFound
	}
	return exitNotRunnable
}

// reason is what an error of looking for a program says, without repeating its name.
func reason(err error) error {
	if e := (*exec.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// childEnvironment is what the program gets of this one's: not the store's address, which may hold a password, and nothing of
// a run around this one.
func childEnvironment(own []string) []string {
	hidden := []string{"TENURE_REDIS", runner.EnvElection, runner.EnvParticipant, runner.EnvFence}
	return slices.DeleteFunc(slices.Clone(own), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(hidden, name)
	})
}

// tell says on stderr what happens.
func tell(store *openStore, e runner.Event) {
	call := store.call
	switch e.Kind {
	case runner.Leads:
		call.Note(fmt.Sprintf("leads under fence %d", e.Fence))
	case runner.Waits:
		call.Note(fmt.Sprintf("waits: %s leads under fence %d", e.Leader.Participant, e.Leader.Fence))
	case runner.Ends:
		call.Note("ends the program: " + oneLine(e.Err))
	case runner.Ended:
		call.Note(fmt.Sprintf("fence %d: the program %s", e.Fence, how(e.Outcome)))
	case runner.StoreFails:
		call.Note(store.whyNot(e.Err) + "; it is asked again")
	case runner.StoreAnswers:
		call.Note("the store answers again")
	case runner.GivesUp:
		call.Note("gives up: it did not lead in time")
	case runner.NotReleased:
		call.Note("the lease is not released: " + oneLine(e.Err))
	}
}

// how says how a program ended.
func how(o runner.Outcome) string {
	switch {
	case o.Errno != 0:
		return fmt.Sprintf("could not be started: %v", o.Errno)
	case o.Orphaned:
		return "was not started: its guardian died"
	case !o.Ran:
		return "was not started: its time had passed"
	case o.Status.Signaled():
		return fmt.Sprintf("was ended by signal %d (%v)", o.Status.Signal(), o.Status.Signal())
	}
	return fmt.Sprintf("ended with exit code %d", o.Status.ExitStatus())
}

// guardAction is what a guardian does.
func guardAction(_ context.Context, call *cli.Call) int {
	if len(call.Command) < 2 {
		return call.Fail(exitFailed, "this is started by tenure run")
	}
	if err := guard.Guardian(call.Command[0], call.Command[1:]); err != nil {
		return call.Fail(exitFailed, err.Error())
	}
	return exitOK
}

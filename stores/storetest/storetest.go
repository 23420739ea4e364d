package storetest

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Harness is how the suite gets at a store. New is required.
type Harness struct {
	// New returns a fresh, empty store. It is called once for each check; checks run one after the other.
	New func(t *testing.T) stores.Store

	// Advance moves the clock of the store that New returned last by d, a whole number of milliseconds. Nothing else but
	// Step may move that clock. Nil: the store's clock runs by itself, and the suite waits in real time where it must.
	Advance func(t *testing.T, d time.Duration)

	// Now reads the clock of the store that New returned last. Nil: the checks that compare fences and AcquiredAt with
	// the store's clock are skipped if there is an Advance, and otherwise take the machine's clock for it, give or take
	// a minute.
	Now func(t *testing.T) time.Time

	// Tolerance is how far the store's times may be off, for the unit in which it counts and the rate of its clock.
	// 0 means 20 ms without Advance, and none at all with it.
	Tolerance time.Duration

	// Patience is how long the suite waits, in real time, for a notice to arrive or a channel to close. 0 means 10 s. A
	// call whose context has ended is waited for no longer than that, and than 2 s.
	Patience time.Duration

	// Lose runs call, which makes one call on the store with the context that it is given. The store carries that call
	// out, and the answer never arrives. Once it is carried out, and not before, Lose ends the context or breaks the
	// connection: so no machine is too slow for it. It runs call once, in any goroutine, and returns after call has.
	// Nil: the checks of lost answers are skipped. For a store in this process, see [InProcess].
	Lose func(t *testing.T, call func(ctx context.Context))

	// Late runs call as Lose does, but holds the request back: nothing of it has reached the store when the context is
	// ended, nor does later, until deliver is called. That lets the store carry the request out, whether or not anybody
	// still waits for the answer, and returns once it has. The suite holds back one request at a time: when it holds back
	// another, one that was not delivered never will be, and is lost. Nil: the checks of late and lost requests are
	// skipped. For a store in this process, see [InProcess].
	Late func(t *testing.T, call func(ctx context.Context)) (deliver func())

	// Step sets the wall clock of the store that New returned last forward by d, or back where d is negative, without
	// any time passing. At the end of a check the suite takes back its steps. Nil: the checks of clocks that are set are
	// skipped.
	Step func(t *testing.T, d time.Duration)

	_ struct{}
}

// Run checks the store that h makes against every rule, each in a subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) { c.runOn(t, t, h) })
	}
}

// Outcome is what came of a check.
type Outcome uint8

const (
	// Passed says that the store keeps the rule, as far as the check can tell.
	Passed Outcome = iota + 1
	// Failed says that the store breaks the rule.
	Failed
	// Skipped says that the rule does not concern the store, or the harness gives no means to check it.
	Skipped
	// Panicked says that the store, or the check, panicked.
	Panicked
)

func (o Outcome) String() string {
	return [...]string{"unknown", "passed", "failed", "skipped", "panicked"}[min(o, Panicked)]
}

// Verdict is what a check found.
type Verdict struct {
	// Check is the check's name, which [Run] gives to its subtest.
	Check string
	// Rule is the number of the rule of safety that the check belongs to.
	Rule int
	// Outcome is what came of it.
	Outcome Outcome
	// Log says why, if it did not pass.
	Log string
	_   struct{}
}

// Judge runs every check as [Run] does, and reports what they find in place of failing t. It is for testing that a
// broken store is found out. The functions of h get t itself, and may fail it.
func Judge(t *testing.T, h Harness) []Verdict {
	t.Helper()
	var verdicts []Verdict
	for _, c := range checks() {
		verdicts = append(verdicts, judge(t, h, c))
	}
	return verdicts
}

func judge(t *testing.T, h Harness, c check) Verdict {
	rec, over := &recorder{outcome: Passed}, make(chan struct{})
	// In a goroutine of its own, which FailNow and Skipf can end.
	go func() {
		defer close(over)
		defer func() {
			if p := recover(); p != nil {
				rec.panicked(&panicError{value: p, stack: debug.Stack()})
			}
		}()
		c.runOn(t, rec, h)
	}()
	<-over
	return Verdict{Check: c.name, Rule: c.rule, Outcome: rec.outcome, Log: rec.log.String()}
}

// check is one rule of the contract, made to fail where a store breaks it.
type check struct {
	name string
	rule int // of the ten rules of safety
	run  func(b *bench)
}

func (c check) runOn(t *testing.T, r reporter, h Harness) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := newBench(ctx, t, r, h)
	defer b.stepBack()
	c.run(b)
}

func checks() []check {
	var all []check
	for _, part := range [][]check{
		grantChecks, timeChecks, tenureChecks, fenceChecks, revokeChecks, contentChecks, readChecks, inputChecks, watchChecks,
		contextChecks, unknownChecks, lateChecks, orphanChecks, raceChecks, contentionChecks, clockChecks,
	} {
		all = append(all, part...)
	}
	return all
}

// reporter is the part of *testing.T by which a check reports, so that a check can be judged without a test that fails.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	FailNow()
	Skipf(format string, args ...any)
}

// recorder is a reporter that remembers.
type recorder struct {
	outcome Outcome
	log     strings.Builder
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.outcome = Failed
	fmt.Fprintf(&r.log, format+"\n", args...)
}

func (r *recorder) FailNow() {
	r.outcome = Failed
	runtime.Goexit()
}

func (r *recorder) panicked(p *panicError) {
	r.outcome = Panicked
	fmt.Fprintln(&r.log, p)
}

func (r *recorder) Skipf(format string, args ...any) {
	r.outcome = Skipped
	fmt.Fprintf(&r.log, format+"\n", args...)
	runtime.Goexit()
}

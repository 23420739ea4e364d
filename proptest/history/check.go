package history

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/tenure-go/tenure/stores"
)

// The classes of what [Check] may find; tell them apart with [errors.Is].
var (
	// ErrViolated: no order of the calls explains the answers. The error is a *[ViolationError].
	ErrViolated = errors.New("tenure: the history is not linearizable")
	// ErrUndecided: the search took longer than [Options.Timeout]. That is no proof of anything.
	ErrUndecided = errors.New("tenure: the history could not be decided in time")
	// ErrTrivial: no call of the history won a lease, so that there is nothing to check.
	ErrTrivial = errors.New("tenure: the history tells of no lease")
)

// Options say how a history is looked at. With the zero value, the history's clock is the store's own.
type Options struct {
	// Tolerance is how far a time that the store tells or counts may be off: its unit, and how late it notices.
	Tolerance time.Duration

	// Drift is by what part the rates of the store's clock and of the history's may differ: 0.01 for one per cent.
	Drift float64

	// Doubled tells that requests may arrive again, at any time after they were sent, as over a network that repeats them.
	// Answers that such a copy may explain are then taken for explained, also where there was none.
	Doubled bool

	// Timeout bounds the search, and once more that for the smallest contradiction. 0 means 20 s.
	Timeout time.Duration

	_ struct{}
}

// Result is what was checked.
type Result struct {
	// Elections, Operations, Unknown and Tenures are the numbers of elections, of calls, of those without an answer, and
	// of fences that any answer tells of.
	Elections, Operations, Unknown, Tenures int
	// Took is how long the search took.
	Took time.Duration

	_ struct{}
}

// String is one line.
func (r Result) String() string {
	return fmt.Sprintf("%d calls, %d of them without an answer, %d tenures, %d elections: checked in %v",
		r.Operations, r.Unknown, r.Tenures, r.Elections, r.Took.Round(time.Millisecond))
}

// Check tells whether a history is linearizable: nil if so, and otherwise an error that is [ErrViolated], [ErrUndecided]
// or [ErrTrivial]; bad options are one that is [stores.ErrInvalid]. No election may have a live lease when the history
// begins.
func Check(history []Operation, opts Options) (Result, error) {
	if err := opts.validate(); err != nil {
		return Result{}, err
	}
	if opts.Timeout == 0 {
		opts.Timeout = 20 * time.Second
	}
	begun := time.Now()
	elections := split(history, opts)
	result := Result{Operations: len(history), Elections: len(elections)}
	for _, op := range history {
		if op.Outcome == Unknown {
			result.Unknown++
		}
	}
	verdicts := searchAll(elections, begun.Add(opts.Timeout))
	result.Took = time.Since(begun)
	undecided := 0
	for i, e := range elections {
		result.Tenures += len(e.fences)
		switch verdicts[i] {
		case porcupine.Illegal:
			return result, explain(e)
		case porcupine.Unknown:
			undecided++
		case porcupine.Ok:
		}
	}
	switch {
	case undecided > 0:
		return result, fmt.Errorf("%w: %d of %d elections within %v", ErrUndecided, undecided, len(elections), opts.Timeout)
	case result.Tenures == 0:
		return result, ErrTrivial
	default:
		return result, nil
	}
}

func (o Options) validate() error {
	invalid := func(field string, value any, reason string) error {
		return &stores.InvalidError{Field: field, Value: value, Reason: reason}
	}
	var faults []error
	if o.Tolerance < 0 {
		faults = append(faults, invalid("Tolerance", o.Tolerance.String(), "it must not be negative"))
	}
	if math.IsNaN(o.Drift) || o.Drift < 0 || o.Drift >= 1 {
		faults = append(faults, invalid("Drift", o.Drift, "it is a part, from 0 up to less than 1"))
	}
	if o.Timeout < 0 {
		faults = append(faults, invalid("Timeout", o.Timeout.String(), "it must not be negative"))
	}
	return errors.Join(faults...)
}

// searchAll searches each election by itself, as many at once as there are processors.
func searchAll(elections []*election, deadline time.Time) []porcupine.CheckResult {
	verdicts := make([]porcupine.CheckResult, len(elections))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var running sync.WaitGroup
	for i, e := range elections {
		slots <- struct{}{}
		running.Go(func() {
			verdicts[i] = e.search(time.Until(deadline))
			<-slots
		})
	}
	running.Wait()
	return verdicts
}

// search looks for an order of the calls that explains the answers. One in which calls without an answer did only what is
// likely is found soon, if there is one; that there is any other may take long to find out. So the two are tried in turn,
// for longer and longer. Only the second can tell that there is none.
func (el *election) search(timeout time.Duration) porcupine.CheckResult {
	const first = 20 * time.Millisecond
	deadline := time.Now().Add(timeout)
	for turn := first; ; turn *= 4 {
		for _, likely := range []bool{false, true} {
			left := min(time.Until(deadline), turn)
			if left <= 0 {
				return porcupine.Unknown
			}
			verdict := porcupine.CheckOperationsTimeout(rules(likely), el.operations(), left)
			if verdict == porcupine.Ok || (verdict == porcupine.Illegal && !likely) {
				return verdict
			}
		}
	}
}

// operations are the calls as porcupine takes them. Calls without an answer return after an end mark, which comes after all
// answers: so they are left over until nothing else is to be explained.
func (el *election) operations() []porcupine.Operation {
	var last uint64
	for _, e := range el.events {
		last = max(last, e.Sent, e.Answered)
	}
	end := int64(last) + 1
	operations := []porcupine.Operation{{Input: &event{end: true}, Call: end, Return: end + 1}}
	for _, e := range el.events {
		op := porcupine.Operation{Input: e, Call: int64(e.Sent), Return: int64(e.Answered)}
		if e.open {
			op.Return = end + 2
		}
		operations = append(operations, op)
	}
	return operations
}

// rules are the model: one election's lease, where calls without an answer do only what is likely, or anything.
func rules(likely bool) porcupine.Model {
	seed := maphash.MakeSeed()
	return porcupine.Model{
		Init: func() any { return state{zone: zone{now: anything, end: anything, left: anything}, likely: likely} },
		Step: func(before, input, _ any) (bool, any) {
			after := before.(state)
			ok := after.step(input.(*event))
			return ok, after
		},
		Hash:              func(s any) uint64 { return maphash.Comparable(seed, s.(state)) },
		DescribeOperation: func(input, _ any) string { return input.(*event).String() },
		DescribeState:     func(s any) string { return s.(state).String() },
	}
}

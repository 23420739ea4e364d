package tlc

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what TLC found. The zero value is no verdict, so that a Result that nobody filled in never passes.
type Verdict int

// The verdicts. What is none of them is an error.
const (
	NoVerdict Verdict = iota
	Holds
	Violated
	Deadlocked
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case NoVerdict:
		return "no verdict"
	case Holds:
		return "holds"
	case Violated:
		return "violated"
	case Deadlocked:
		return "deadlocked"
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// Kind says what sort of property is violated.
type Kind int

// The kinds. NoKind stands beside a verdict that is no violation.
const (
	NoKind Kind = iota
	KindInvariant
	KindAction   // a formula about steps, [][A]_v
	KindTemporal // a formula about whole behaviours, or what must hold of the first state
	KindDeadlock
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case NoKind:
		return "none"
	case KindInvariant:
		return "invariant"
	case KindAction:
		return "action property"
	case KindTemporal:
		return "temporal property"
	case KindDeadlock:
		return "deadlock"
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Deadlock stands for the name of a property where a deadlock was found.
const Deadlock = "deadlock"

// Result is what one run found.
type Result struct {
	Verdict Verdict
	// Property is the violated one's name, literally as TLC reports it, or Deadlock. TLC does not always say which
	// temporal property fails; then it is empty, and only a job with a single one is certain.
	Property string
	Kind     Kind
	Distinct int64 // distinct states: the only count that does not depend on the workers
	// Generated counts the states as often as they were come by.
	Generated int64
	Depth     int
	Elapsed   time.Duration
	Trace     []State // the counterexample, from the initial state
	// BackTo is the number of the state to which the last one of the trace returns, or 0.
	BackTo int
	// Stuttering says that nothing happens any more after the last state of the trace.
	Stuttering bool
	Actions    []ActionCount // in the order of the module; empty without coverage
	Printed    []string      // each line that the model printed, once, in the order in which they came first
}

// State is one state of a counterexample.
type State struct {
	Number    int
	Action    string // the step that led here, or "Initial predicate"
	Location  string // where that step stands in the modules
	Variables []Variable
}

// Variable is a variable of the model and its value.
type Variable struct {
	Name  string
	Value Value
}

// Value returns the value of the variable of that name. The zero Value stands for one that the model does not have.
func (s State) Value(name string) Value {
	for _, v := range s.Variables {
		if v.Name == name {
			return v.Value
		}
	}
	return Value{}
}

// ActionCount says how often coverage saw an action.
type ActionCount struct {
	Name, Module string
	Location     string
	Taken        int64 // states that it led to
	Distinct     int64 // those of them that were new
}

// Progress is how far a run has come.
type Progress struct {
	Depth                      int
	Generated, Distinct, Queue int64
}

// ExitEvaluation is the exit code of a run in which an expression of the model has no value.
const ExitEvaluation = 75

// RunError is a run that ended without a verdict.
type RunError struct {
	Job    string
	Reason string
	Exit   int      // the exit code of Java, or -1
	Quote  []string // the lines of TLC, or of Java, that tell more
}

// Error returns the reason and, indented, the lines quoted.
func (e *RunError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "tlc: %s: %s", e.Job, e.Reason)
	for _, line := range e.Quote {
		b.WriteString("\n    " + line)
	}
	return b.String()
}

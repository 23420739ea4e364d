package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"time"
)

// Table is a valid lifecycle table, as Load and Parse return it. Its slices are in the order of the file. It is not
// changed after that, so it may be read from many goroutines.
type Table struct {
	Path        string // the name given to Load or Parse
	Hash        string // "sha256:" and the first 16 hexadecimal digits of the file's digest
	Machine     string
	Doc         string
	Initial     string
	States      []State // their order gives the generated states their numbers
	Events      []Event
	Effects     []Effect
	Pending     []Pending
	Transitions []Transition
	Ignores     []Ignore
	Timing      Timing
}

// State is a state of the participant.
type State struct {
	Name, Doc string
	Leading   bool // the participant leads here, as long as its deadline has not passed
	Final     bool // nothing leads out of it
	Pos       Pos
}

// Event is something that happens to the participant.
type Event struct {
	Name       string
	From       Source
	Doc        string
	Everywhere bool // every state must handle it
	Pos        Pos
}

// Source is where an event comes from.
type Source string

// The sources of events. Only commands may come at any time; the others are raised by a pending, or by an effect at
// once.
const (
	FromCommand  Source = "command"
	FromStore    Source = "store"
	FromTimer    Source = "timer"
	FromWakeUp   Source = "wake-up"
	FromWorkload Source = "workload"
)

// Effect is something that the participant does in a transition.
type Effect struct {
	Name, Doc string
	Starts    []string // pendings that are outstanding after it
	Ends      []string // pendings that are not, applied before Starts
	AtOnce    []string // events that it may raise by itself, in the state in which its row ends
	Pos       Pos
}

// Pending is something that may be outstanding while the participant is in a state.
type Pending struct {
	Name   string
	Kind   PendingKind
	Doc    string
	Raises []string // the events that it may raise; none for a mark
	Pos    Pos
}

// PendingKind says how a pending behaves when one of its events comes, and when another is started.
type PendingKind string

// The kinds of pendings. A call, a timer and a workload are over when they raise an event, and one call is awaited at
// a time; a watch goes on; a mark raises nothing, is set at the start, and only remembers.
const (
	KindCall     PendingKind = "call"
	KindTimer    PendingKind = "timer"
	KindWorkload PendingKind = "workload"
	KindWatch    PendingKind = "watch"
	KindMark     PendingKind = "mark"
)

// Transition is a row of the table: what the participant does in a state when an event comes, and where it goes.
type Transition struct {
	From, On, To string
	Do           []string // effects, in their order
	Why          string
	Pos          Pos
}

// Ignore says that an event changes nothing in some states.
type Ignore struct {
	On  string
	In  []string // states
	Why string
	Pos Pos
}

// Timing is the arithmetic of the deadline and of the settings.
type Timing struct {
	Validity Validity
	Margin   Margin
	Budget   Budget
}

// Validity says how often margin and grace are taken from the time granted; what is left is how long a grant may be used.
type Validity struct {
	Margin, Grace int // at least 1 each
	Why           string
}

// Margin is what is taken from the time granted for the error of the clocks: the larger of a share and a floor.
type Margin struct {
	Percent int // 1 to 50
	Floor   time.Duration
	Why     string
}

// Budget says how many of each must fit into the lease, less margin and grace.
type Budget struct {
	Renewal, Timeout, Retry int // at least 1 each
	Why                     string
}

// Load reads and validates the table at path. The error is a Faults if the file could be read.
func Load(path string) (*Table, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("spec: %w", err)
	}
	return Parse(path, data)
}

// Parse validates the table in data; name stands for the file in the faults. The error, if there is one, is a Faults
// that holds every fault found, and the table is nil then.
func Parse(name string, data []byte) (*Table, error) {
	c := &checker{reader: reader{file: name}, table: &Table{Path: name, Hash: hash(data)}}
	if root := c.document(data); root != nil {
		c.decode(root)
		c.validate()
	}
	if len(c.faults) > 0 {
		return nil, c.faults.sorted()
	}
	return c.table, nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])[:16]
}

// State returns the state of that name.
func (t *Table) State(name string) (State, bool) {
	return find(t.States, func(s State) bool { return s.Name == name })
}

// Event returns the event of that name.
func (t *Table) Event(name string) (Event, bool) {
	return find(t.Events, func(e Event) bool { return e.Name == name })
}

// Effect returns the effect of that name.
func (t *Table) Effect(name string) (Effect, bool) {
	return find(t.Effects, func(e Effect) bool { return e.Name == name })
}

// Row returns the transition from state on event, if the table has one.
func (t *Table) Row(state, event string) (Transition, bool) {
	return find(t.Transitions, func(r Transition) bool { return r.From == state && r.On == event })
}

// Ignored returns the ignore of event in state, if the table has one.
func (t *Table) Ignored(state, event string) (Ignore, bool) {
	return find(t.Ignores, func(i Ignore) bool {
		if i.On != event {
			return false
		}
		_, in := find(i.In, func(s string) bool { return s == state })
		return in
	})
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	for _, one := range all {
		if is(one) {
			return one, true
		}
	}
	var none T
	return none, false
}

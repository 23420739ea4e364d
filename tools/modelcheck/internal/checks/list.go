package checks

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/tenure-go/tenure/spec"
)

// List is a valid list of checks, as Load and Parse return it. It is not changed after that.
type List struct {
	Path           string
	Configurations []Configuration
	Mutants        []Mutant
	Witnesses      []Witness
	Meanings       map[string]Meaning // of each property of the configurations

	text []byte
}

// The sets of configurations: those that are cheap enough for every change, and the others.
const (
	Short = "short"
	Long  = "long"
)

// Configuration is a model of a size that TLC can explore, with what must hold of it.
type Configuration struct {
	Name, Doc     string
	Set           string // Short or Long
	Module        string
	Specification string
	Constants     []Constant
	Symmetry      string // operators; empty where there is none
	View          string
	Constraint    string
	Invariants    []string
	Properties    []string
	Deadlock      bool // a state without a next one is a fault
	Liveness      bool // there are temporal properties
	Weight        int  // a rough cost; the heaviest is started first
	Distinct      int64
	Unexplored    []Unexplored
	Pos           spec.Pos

	replace []Constant // definitions that stand in for others
	pin     spec.Pos   // where the value of distinct stands, if it does
	flow    bool       // written inside braces
}

// Constant is a constant of the model and the expression that it stands for.
type Constant struct{ Name, Value string }

// Unexplored is an action that is never taken, and why that is no fault.
type Unexplored struct{ Action, Why string }

// Mutant is a configuration that is changed for the worse and must be caught.
type Mutant struct {
	Name, Doc string
	Of        string // the configuration
	Module    string // another root module; empty for the configuration's
	Replace   []Constant
	Constants []Constant
	CaughtBy  []string // the properties that must be violated, each checked alone; tlc.Deadlock may be one
	Weight    int
	Pos       spec.Pos
}

// Witness is a claim that something cannot happen. It must be refuted.
type Witness struct {
	Name, Doc  string
	Of         string
	Module     string
	Constants  []Constant
	Unless     string // an invariant; or
	UnlessStep string // an action property
	Weight     int
	Pos        spec.Pos
}

// Meaning says what a property means to somebody who does not read TLA+.
type Meaning struct {
	Rule int // the rule of safety in the design that it stands for; 0 if there is none
	Text string
}

// Load reads the list at path. The error is a spec.Faults if the file could be read.
func Load(path string) (*List, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("checks: %w", err)
	}
	return Parse(path, data)
}

// Parse reads the list in data; name stands for the file in the faults. The error, if there is one, is a spec.Faults
// that holds every fault found.
func Parse(name string, data []byte) (*List, error) {
	d := &decoder{reader: reader{file: name}, list: &List{Path: name, text: data}}
	if root := d.document(data); root != nil {
		d.decode(root)
		d.validate()
	}
	if len(d.faults) > 0 {
		return nil, d.sorted()
	}
	return d.list, nil
}

// Configuration returns the configuration of that name.
func (l *List) Configuration(name string) (Configuration, bool) {
	i := slices.IndexFunc(l.Configurations, func(c Configuration) bool { return c.Name == name })
	if i < 0 {
		return Configuration{}, false
	}
	return l.Configurations[i], true
}

// Mutant returns the mutant of that name.
func (l *List) Mutant(name string) (Mutant, bool) {
	i := slices.IndexFunc(l.Mutants, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return Mutant{}, false
	}
	return l.Mutants[i], true
}

// Witness returns the witness of that name.
func (l *List) Witness(name string) (Witness, bool) {
	i := slices.IndexFunc(l.Witnesses, func(w Witness) bool { return w.Name == name })
	if i < 0 {
		return Witness{}, false
	}
	return l.Witnesses[i], true
}

// Mutated returns the configuration that a mutant is, with all that its configuration checks.
func (l *List) Mutated(m Mutant) Configuration {
	c, _ := l.Configuration(m.Of)
	c.Name, c.Doc, c.Weight = m.Name, m.Doc, m.Weight
	if m.Module != "" {
		c.Module = m.Module
	}
	c.Constants, c.replace = merged(c.Constants, m.Constants), merged(c.replace, m.Replace)
	return c
}

// Witnessed returns the configuration that a witness is: it checks nothing but the claim.
func (l *List) Witnessed(w Witness) Configuration {
	c, _ := l.Configuration(w.Of)
	c.Name, c.Doc, c.Weight = w.Name, w.Doc, w.Weight
	if w.Module != "" {
		c.Module = w.Module
	}
	c.Constants = merged(c.Constants, w.Constants)
	c.Invariants, c.Properties, c.Deadlock, c.Liveness = nil, nil, false, false
	if w.Unless != "" {
		c.Invariants = []string{w.Unless}
	} else {
		c.Properties = []string{w.UnlessStep}
	}
	return c
}

// Claim is the name of what a witness must refute.
func (w Witness) Claim() string {
	if w.Unless != "" {
		return w.Unless
	}
	return w.UnlessStep
}

// Checking returns the configuration with those of its properties only.
func (c Configuration) Checking(only []string) Configuration {
	in := func(name string) bool { return slices.Contains(only, name) }
	c.Invariants = keep(c.Invariants, in)
	c.Properties = keep(c.Properties, in)
	c.Deadlock = c.Deadlock && in(deadlock)
	return c
}

func keep(names []string, in func(string) bool) []string {
	var kept []string
	for _, name := range names {
		if in(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// merged replaces the values of those constants that are given anew.
func merged(constants, changes []Constant) []Constant {
	all := slices.Clone(constants)
	for _, change := range changes {
		i := slices.IndexFunc(all, func(c Constant) bool { return c.Name == change.Name })
		if i < 0 {
			all = append(all, change)
			continue
		}
		all[i] = change
	}
	return all
}

// ErrNotPinned is in the chain of the error of Repinned where the new text would not say what it should.
var ErrNotPinned = errors.New("the pins cannot be written")

//go:build tenure_record

package fsm

import (
	"slices"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
)

// Recorder takes down what one elector gives to its core and what comes of it, so that the run can be gone through again
// on a core alone. It exists only where the module is built with the tag tenure_record; otherwise a Config has no such
// field, and an elector no such branch. A recorder belongs to one elector, and so cannot be given to a provider. Read it
// when the elector has come to rest.
type Recorder struct {
	// Settings are those of the core, without the source of jitter; what was drawn from it stands with each input.
	Settings core.Settings
	// Inputs are all that the core was given, in order.
	Inputs []Recorded

	drawn []float64
}

// Recorded is one input and what came of it.
type Recorded struct {
	// Now and Input are what the core was given. Input is as it was before the step.
	Now   core.Instant
	Input core.Input
	// Draws are the random numbers that the core took during the step.
	Draws []float64
	// Output is a copy of what the core answered.
	Output core.Output
	// State, Deadline and NextWake are the core's after the step.
	State              lifecycle.State
	Deadline, NextWake core.Instant
}

// recording is what a Config has for a recorder.
type recording struct {
	// Record takes down what the elector gives to its core; nil records nothing.
	Record *Recorder
}

// newCore returns the elector's core, with an ear on its source of jitter.
func (r recording) newCore(set core.Settings) *core.Core {
	if r.Record == nil {
		return core.New(set)
	}
	r.Record.Settings = set
	r.Record.Settings.Rand = nil
	set.Rand = listening{set.Rand, r.Record}
	return core.New(set)
}

type listening struct {
	rand interface{ Float64() float64 }
	to   *Recorder
}

func (l listening) Float64() float64 {
	f := l.rand.Float64()
	l.to.drawn = append(l.to.drawn, f)
	return f
}

// step gives one input to the core and takes it down.
func (r recording) step(c *core.Core, now core.Instant, in *core.Input) *core.Output {
	if r.Record == nil {
		return c.Step(now, in)
	}
	taken := Recorded{Now: now, Input: *in}
	out := c.Step(now, in)
	taken.Draws, r.Record.drawn = r.Record.drawn, nil
	taken.Output = *out
	taken.Output.Steps, taken.Output.Actions = slices.Clone(out.Steps), slices.Clone(out.Actions)
	taken.State, taken.Deadline, taken.NextWake = c.State(), c.Deadline(), c.NextWake()
	r.Record.Inputs = append(r.Record.Inputs, taken)
	return out
}

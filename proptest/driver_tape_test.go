//go:build tenure_record

package proptest_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

const recorded = true

// tape is what one elector gave to its core, and what came of it.
type tape struct{ recorder *fsm.Recorder }

func (t *tape) record(cfg *elector.Config) {
	t.recorder = &fsm.Recorder{}
	cfg.Record = t.recorder
}

func (t *tape) inputs() int { return len(t.recorder.Inputs) }

// way tells sequences of inputs and states apart.
func (t *tape) way() uint64 {
	h := fnv.New64a()
	for i := range t.recorder.Inputs {
		in := &t.recorder.Inputs[i]
		_, _ = h.Write([]byte{byte(in.Input.Kind), byte(in.State)})
	}
	return h.Sum64()
}

// replay gives the tape to a core and a machine of their own, which must do the same at each input.
func (t *tape) replay() error { return replay(t.recorder.Settings, t.recorder.Inputs) }

// mismatch says at which input a replay went another way.
type mismatch struct {
	index     int
	what      string
	want, got any
}

func (m *mismatch) Error() string {
	return fmt.Sprintf("input %d: %s: recorded %+v, replayed %+v", m.index, m.what, m.want, m.got)
}

// drawn gives the recorded random numbers again, and counts those that were asked for.
type drawn struct {
	left []float64
	took int
}

func (d *drawn) Float64() float64 {
	d.took++
	if len(d.left) == 0 {
		return 0
	}
	f := d.left[0]
	d.left = d.left[1:]
	return f
}

func replay(set core.Settings, inputs []fsm.Recorded) error {
	draws := &drawn{}
	set.Rand = draws
	c := core.New(set)
	machine, err := fsm.NewMachine(lifecycle.Initial)
	if err != nil {
		return err
	}
	for i := range inputs {
		want := &inputs[i]
		draws.left, draws.took = want.Draws, 0
		in := want.Input
		out := c.Step(want.Now, &in)
		for _, step := range out.Steps {
			if verdict, _ := machine.Fire(step.Event); verdict != step.Verdict || machine.State() != step.To {
				return &mismatch{i, "the machine", step, machine.State()}
			}
		}
		for _, part := range []struct {
			what      string
			want, got any
		}{
			{"rows", want.Output.Steps, slices.Clone(out.Steps)},
			{"actions", want.Output.Actions, slices.Clone(out.Actions)},
			{"error", want.Output.Err, out.Err},
			{"marks", [3]bool{want.Output.Accepted, want.Output.Void, want.Output.Stale}, [3]bool{out.Accepted, out.Void, out.Stale}},
			{"state", want.State, c.State()},
			{"deadline", want.Deadline, c.Deadline()},
			{"next wake", want.NextWake, c.NextWake()},
			{"random numbers", len(want.Draws), draws.took},
		} {
			if !same(part.want, part.got) {
				return &mismatch{i, part.what, part.want, part.got}
			}
		}
	}
	return nil
}

// same compares; no rows are no rows, whatever the slice.
func same(a, b any) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.Kind() == reflect.Slice && va.Len() == 0 && vb.Kind() == reflect.Slice && vb.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

// recordings plays scripts and returns the tapes of all their electors.
func recordings(t *testing.T, scriptCount int) []*tape {
	t.Helper()
	seen := tally{keep: true}
	for seed := range scriptCount {
		sc := scripts.Example(seed)
		synctest.Test(t, func(t *testing.T) { require.Nil(t, perform(sc, &plot{}, &seen)) })
	}
	return seen.kept
}

// TestDriverTapesWithOneChangeAreRefused changes each input of recorded runs in each way that must matter, one at a
// time, and expects the replay to name it.
func TestDriverTapesWithOneChangeAreRefused(t *testing.T) {
	refused := map[string]int{}
	for _, tape := range recordings(t, budget(60, 5)) {
		inputs := tape.recorder.Inputs
		require.NoError(t, tape.replay())
		for i := range inputs {
			for name, change := range changes {
				changed := slices.Clone(inputs)
				if !change(&changed, i) {
					continue
				}
				var named *mismatch
				require.ErrorAs(t, replay(tape.recorder.Settings, changed), &named, "%s: input %d of %d: %+v", name, i, len(inputs), inputs[i])
				if name == "an input dropped" {
					require.GreaterOrEqual(t, named.index, i, name)
				} else {
					require.Equal(t, i, named.index, "%s: %v", name, named)
				}
				refused[name]++
			}
		}
	}
	require.Len(t, refused, len(changes))
	t.Logf("refused: %v", refused)
}

// changes change input i, if that must matter.
var changes = map[string]func(inputs *[]fsm.Recorded, i int) bool{
	"an input dropped": func(inputs *[]fsm.Recorded, i int) bool {
		moves := slices.ContainsFunc((*inputs)[i].Output.Steps, func(s core.Step) bool { return s.From != s.To })
		if i == len(*inputs)-1 || !moves {
			return false
		}
		*inputs = slices.Delete(*inputs, i, i+1)
		return true
	},
	"a time changed": func(inputs *[]fsm.Recorded, i int) bool {
		(*inputs)[i].Now = (*inputs)[i].Now.Add(time.Millisecond)
		return sendsCall((*inputs)[i])
	},
	"an answer turned into a failure": func(inputs *[]fsm.Recorded, i int) bool {
		r := &(*inputs)[i]
		if r.Input.Kind != core.InputReply || r.Output.Stale || r.Input.Err != nil {
			return false
		}
		r.Input.Err = errors.New("changed")
		return true
	},
	"a failure turned into an answer": func(inputs *[]fsm.Recorded, i int) bool {
		r := &(*inputs)[i]
		if r.Input.Kind != core.InputReply || r.Output.Stale || r.Input.Err == nil || errors.Is(r.Input.Err, stores.ErrVacant) {
			return false
		}
		r.Input.Err = nil
		return true
	},
	"another fence granted": func(inputs *[]fsm.Recorded, i int) bool {
		(*inputs)[i].Input.Lease.Fence++
		return acts((*inputs)[i], core.ActionLead)
	},
	"another time granted": func(inputs *[]fsm.Recorded, i int) bool {
		(*inputs)[i].Input.Lease.TimeLeft -= time.Millisecond
		return acts((*inputs)[i], core.ActionLead)
	},
	"a random number too few": func(inputs *[]fsm.Recorded, i int) bool {
		r := &(*inputs)[i]
		if len(r.Draws) == 0 {
			return false
		}
		r.Draws = r.Draws[1:]
		return true
	},
	"a row changed": func(inputs *[]fsm.Recorded, i int) bool {
		r := &(*inputs)[i]
		if r.Output.Steps = slices.Clone(r.Output.Steps); len(r.Output.Steps) == 0 {
			return false
		}
		r.Output.Steps[0].To++
		return true
	},
	"a wake-up time changed": func(inputs *[]fsm.Recorded, i int) bool {
		(*inputs)[i].NextWake--
		return true
	},
}

func acts(r fsm.Recorded, kind core.ActionKind) bool {
	return slices.ContainsFunc(r.Output.Actions, func(a core.Action) bool { return a.Kind == kind })
}

func sendsCall(r fsm.Recorded) bool { return acts(r, core.ActionSend) }

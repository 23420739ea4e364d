package proptest

import (
	"fmt"
	"slices"

	"github.com/tenure-go/tenure/gen/lifecycle"
)

// corruption is one thing that can be wrong with a trace, as a faulty program, or a faulty recorder, would make it.
type corruption struct {
	name string
	// spoil makes it wrong at a line, in a copy of that line, and reports whether that line lends itself to it.
	spoil func(t *Trace, i int) bool
	// whole tells that the rest of the trace is needed to see it; otherwise it is refused at the line itself, with which the
	// trace then ends.
	whole bool
}

// Corrupted returns traces that the model must refuse: each kind of corruption, so many times, made in the given traces.
// It is an error if a kind finds no line for it.
func Corrupted(traces []*Trace, each int) ([]*Trace, error) {
	var spoilt []*Trace
	kinds := append(corruptFields(), corruptOrder()...)
	for k := range kinds {
		found := 0
		for i := 0; i < len(traces) && found < each; i++ {
			// Begin elsewhere for each kind, so that the traces differ.
			if t := kinds[k].in(traces[(i+7*k)%len(traces)]); t != nil {
				spoilt = append(spoilt, t)
				found++
			}
		}
		if found < each {
			return nil, fmt.Errorf("proptest: only %d of %d traces lend themselves to %q", found, len(traces), kinds[k].name)
		}
	}
	return spoilt, nil
}

// in makes a trace wrong at the last line that lends itself to it; nil if none does.
func (c *corruption) in(t *Trace) *Trace {
	for i := len(t.Lines) - 1; i > 0; i-- {
		spoilt := &Trace{Seed: t.Seed, Lines: slices.Clone(t.Lines)}
		spoilt.Lines[i] = t.Lines[i].clone()
		if !c.spoil(spoilt, i) {
			continue
		}
		if !c.whole {
			spoilt.Lines = spoilt.Lines[:i+1]
		}
		spoilt.Corruption = fmt.Sprintf("Line %d: %s.", i+1, c.name)
		return spoilt
	}
	return nil
}

func (l *TraceLine) clone() TraceLine {
	c := *l
	if l.Core != nil {
		core := *l.Core
		core.Armed = slices.Clone(core.Armed)
		c.Core = &core
	}
	if l.Store != nil {
		store := *l.Store
		c.Store = &store
	}
	if l.Late != nil {
		late := *l.Late
		c.Late = &late
	}
	return c
}

// corruptFields are corruptions of one field.
func corruptFields() []corruption {
	onCore := func(name string, spoil func(l *TraceLine, c *TraceCore) bool) corruption {
		return corruption{name: name, spoil: func(t *Trace, i int) bool {
			return t.Lines[i].Core != nil && spoil(&t.Lines[i], t.Lines[i].Core)
		}}
	}
	return slices.Concat(corruptSteps(), corruptStore(), []corruption{
		onCore("the deadline is a tick later", func(l *TraceLine, c *TraceCore) bool {
			c.Left++
			return c.Left > 1 && l.Step != StepReply
		}),
		onCore("the deadline is a tick earlier", func(l *TraceLine, c *TraceCore) bool {
			c.Left--
			return c.Left > 0 && l.Step != StepReply
		}),
		onCore("the deadline counts from the reply", func(l *TraceLine, c *TraceCore) bool {
			c.Left += DriftTicks + 1
			return l.Step == StepReply && c.Left > DriftTicks+1
		}),
		onCore("it leads under another fence", func(_ *TraceLine, c *TraceCore) bool {
			c.Fence++
			return c.Left > 0
		}),
		onCore("it awaits another call", func(_ *TraceLine, c *TraceCore) bool {
			was := c.Op
			c.Op = map[string]string{"renewal": "release", "acquire": "lookup", workNone: "acquire"}[was]
			return c.Op != ""
		}),
		onCore("a timer is not set", func(_ *TraceLine, c *TraceCore) bool {
			if len(c.Armed) == 0 || c.Armed[0] == "subscription" {
				return false
			}
			c.Armed = c.Armed[1:]
			return true
		}),
		onCore("a timer is set", func(_ *TraceLine, c *TraceCore) bool {
			c.Armed = append(c.Armed, "drain")
			return !slices.Contains(c.Armed[:len(c.Armed)-1], "drain")
		}),
		onCore("it does not listen to wake-ups", func(_ *TraceLine, c *TraceCore) bool {
			n := len(c.Armed)
			c.Armed = slices.DeleteFunc(c.Armed, func(name string) bool { return name == "subscription" })
			return len(c.Armed) < n
		}),
		onCore("its workload was not told", func(_ *TraceLine, c *TraceCore) bool {
			was := c.Work
			c.Work = workRunning
			return was == workTold
		}),
		onCore("its workload is forgotten", func(_ *TraceLine, c *TraceCore) bool {
			was := c.Work
			c.Work = workNone
			return was != workNone
		}),
		onCore("the loss is not announced", func(l *TraceLine, c *TraceCore) bool {
			c.News = "gain"
			return l.Step == StepDeadline
		}),
		onCore("the gain is not announced", func(l *TraceLine, c *TraceCore) bool {
			c.News = "loss"
			return l.What == lifecycle.EventGranted.String() && c.Left > 0
		}),
	})
}

// corruptStore are corruptions of what the store holds.
func corruptStore() []corruption {
	onStore := func(name string, spoil func(l *TraceLine, s *TraceLease) bool) corruption {
		return corruption{name: name, spoil: func(t *Trace, i int) bool {
			return t.Lines[i].Store != nil && spoil(&t.Lines[i], t.Lines[i].Store)
		}}
	}
	return []corruption{
		onStore("the lease is another's", func(_ *TraceLine, s *TraceLease) bool {
			was := s.Owner
			s.Owner = map[string]string{"p1": "p2"}[was]
			return s.Owner != ""
		}),
		onStore("the lease lasts a tick longer", func(l *TraceLine, s *TraceLease) bool {
			s.Left++
			return s.Owner != "" && l.Step == StepExecute
		}),
		onStore("the lease has another fence", func(_ *TraceLine, s *TraceLease) bool {
			s.Fence++
			return s.Owner != ""
		}),
		onStore("the lease is of an older attempt", func(_ *TraceLine, s *TraceLease) bool {
			was := s.Newest
			s.Newest = false
			return was
		}),
		onStore("the lease was revoked", func(l *TraceLine, s *TraceLease) bool {
			was := s.Revoked
			s.Revoked = true
			return !was && s.Owner != "" && l.Step != StepRevoke
		}),
		onStore("nobody holds the lease", func(l *TraceLine, s *TraceLease) bool {
			was := *s
			*s = TraceLease{}
			return was.Owner != "" && l.Step == StepExecute
		}),
		onStore("somebody holds the lease", func(_ *TraceLine, s *TraceLease) bool {
			was := *s
			*s = TraceLease{Owner: "p1", Newest: true, Fence: 1, Left: 3}
			return was.Owner == ""
		}),
	}
}

// corruptSteps are corruptions of what happened.
func corruptSteps() []corruption {
	onLine := func(name string, spoil func(l *TraceLine) bool) corruption {
		return corruption{name: name, spoil: func(t *Trace, i int) bool { return spoil(&t.Lines[i]) }}
	}
	renamed := func(name string, step Step, from, to lifecycle.Event) corruption {
		return onLine(name, func(l *TraceLine) bool {
			was := l.What
			l.What = to.String()
			return l.Step == step && was == from.String()
		})
	}
	return []corruption{
		onLine("it is in another state", func(l *TraceLine) bool {
			was := l.To
			l.To = lifecycle.StateLeading.String()
			return was != "" && was != l.To
		}),
		onLine("another gets the answer", func(l *TraceLine) bool {
			l.Who = map[string]string{"p1": "p2", "p2": "p1"}[l.Who]
			return l.Step == StepReply && l.Who != ""
		}),
		onLine("an unknown outcome is leadership", func(l *TraceLine) bool {
			was := l.What
			l.Step, l.What, l.To = StepReply, lifecycle.EventGranted.String(), lifecycle.StateLeading.String()
			return was == lifecycle.EventUnconfirmed.String()
		}),
		onLine("a late request is one that nobody sent", func(l *TraceLine) bool {
			if l.Late == nil {
				return false
			}
			l.Late.Fence += 7
			return true
		}),
		renamed("a refusal is taken for a grant", StepReply, lifecycle.EventRefused, lifecycle.EventGranted),
		renamed("a refused renewal is taken for one that was granted", StepReply, lifecycle.EventLost, lifecycle.EventRenewed),
		renamed("the store refuses what it must grant", StepExecute, lifecycle.EventGranted, lifecycle.EventRefused),
		renamed("another command is given", StepCommand, lifecycle.EventStart, lifecycle.EventStop),
	}
}

// corruptOrder are lines too many or too few.
func corruptOrder() []corruption {
	without := func(name string, fits func(t *Trace, i int) bool) corruption {
		return corruption{name: name, whole: true, spoil: func(t *Trace, i int) bool {
			if !fits(t, i) {
				return false
			}
			t.Lines = slices.Delete(t.Lines, i, i+1)
			return true
		}}
	}
	twice := func(name string, fits func(t *Trace, i int) bool) corruption {
		return corruption{name: name, whole: true, spoil: func(t *Trace, i int) bool {
			if !fits(t, i) {
				return false
			}
			t.Lines = slices.Insert(t.Lines, i, t.Lines[i])
			return true
		}}
	}
	// A tick less or more shows where the next line looks at a lease that it does not change.
	tickShows := func(t *Trace, i int) bool {
		if t.Lines[i].Step != StepTick || t.Lines[i].Store != nil || i+1 >= len(t.Lines) {
			return false
		}
		next := &t.Lines[i+1]
		return next.Store != nil && next.Store.Left > 0 && next.Core != nil
	}
	returnsLater := func(t *Trace, i int) bool {
		return t.Lines[i].Step == StepDeadline &&
			slices.ContainsFunc(t.Lines[i+1:], func(l TraceLine) bool { return l.Who == t.Lines[i].Who && l.Core != nil })
	}
	return []corruption{
		without("a tick is missing", tickShows),
		twice("a tick is told twice", tickShows),
		without("an answer comes of nothing", func(t *Trace, i int) bool { return t.Lines[i].Step == StepExecute }),
		twice("an answer is taken twice", func(t *Trace, i int) bool { return t.Lines[i].Step == StepReply }),
		without("it does not notice its deadline", returnsLater),
		without("the store was told of a revocation that it does not know", func(t *Trace, i int) bool {
			return t.Lines[i].Step == StepRevoke && i+1 < len(t.Lines) && t.Lines[i+1].Store != nil && t.Lines[i+1].Store.Revoked
		}),
	}
}

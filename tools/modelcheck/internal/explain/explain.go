// Package explain tells a counterexample of TLC in the words of the lifecycle table, for somebody who does not read TLA+.
//
// TLC shows a counterexample as a list of states, each with every variable of the model. What a reader wants to know is
// what happened: who did what, which row of the table said so and why, what was sent, answered or lost, what each
// participant believes and what the store holds.
//
// The events are found again from the states: a step of the model is named (Reply, TimeOut, TimerFires, ...), which leaves
// a few events, and of those the one fits whose rows lead from the state before to the state after, and leave the same
// timers armed. An event that an effect raises at once is told as a second row of the same step.
//
// The model may change. What this package does not know it shows as it is: "x: before -> after".
package explain

import (
	"fmt"
	"strings"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// Case is a counterexample and what it is one of.
type Case struct {
	Configuration string
	Property      string // that is violated, for people
	Rule          int    // of the design, that it stands for; 0 if there is none
	Meaning       string
	// Constants are those of the configuration: they narrow down which command was given.
	Constants map[string]string
	Result    tlc.Result
}

// Story is a counterexample in words and as a Mermaid sequence diagram.
type Story struct{ Text, Diagram string }

// Tell tells a counterexample.
func Tell(table *spec.Table, c Case) Story {
	teller := &teller{table: table, commands: commands(c.Constants)}
	var b strings.Builder
	what := "violate " + c.Property
	if c.Result.Verdict == tlc.Deadlocked {
		what = c.Property
	}
	fmt.Fprintf(&b, "How %s comes to %s:\n\n", c.Configuration, what)
	diagram := newDiagram(c)
	for i, state := range c.Result.Trace {
		now := newScene(state)
		if i == 0 {
			b.WriteString(wrapped(fmt.Sprintf("%2d. ", state.Number), "      ", "At the start: "+teller.situation(now)))
			continue
		}
		step := teller.step(newScene(c.Result.Trace[i-1]), now)
		b.WriteString(step.text(teller.situation(now)))
		diagram.step(step)
	}
	end := ending(c)
	b.WriteString("\n" + end)
	return Story{Text: b.String(), Diagram: diagram.text(c, end)}
}

// ending says how it ends and what is wrong with that.
func ending(c Case) string {
	var b strings.Builder
	switch r := c.Result; {
	case r.BackTo > 0:
		fmt.Fprintf(&b, "From here it goes on as from %d, and so on for ever.\n", r.BackTo)
	case r.Stuttering:
		b.WriteString("From here on nothing happens any more.\n")
	case r.Verdict == tlc.Deadlocked:
		return "From here no step is possible.\n"
	}
	fmt.Fprintf(&b, "Violated: %s", c.Property)
	if c.Rule > 0 {
		fmt.Fprintf(&b, " (rule %d of the design)", c.Rule)
	}
	if c.Meaning != "" {
		b.WriteString(": " + c.Meaning)
	}
	return b.String() + "\n"
}

// commands are the events that callers give in a configuration, or nil if it does not say.
func commands(constants map[string]string) []string {
	value, err := tlc.ParseValue(constants["Commands"])
	if err != nil || value.Kind != tlc.Set {
		return nil
	}
	all := make([]string, 0, len(value.Items))
	for _, item := range value.Items {
		all = append(all, item.Name)
	}
	return all
}

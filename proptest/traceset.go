package proptest

import "github.com/tenure-go/tenure/gen/lifecycle"

// Traces records runs, the first of them under the given seed, and returns so many distinct ones. Among more than are
// asked for it prefers those that take rows of the table which few others take, so that a set has all of them, whatever
// the seeds happen to draw. It stops at the first run that breaks a check, unless a fault is planted.
func Traces(first uint64, number int, planted *Planted) ([]*Trace, *Violation) {
	const choice = 4
	known, pool := map[string]bool{}, []*Trace{}
	for seed := first; len(pool) < choice*number; seed++ {
		trace, violations := Record(seed, planted)
		if len(violations) > 0 && planted == nil {
			return nil, violations[0]
		}
		if text := trace.String(); len(trace.Lines) > 0 && !known[text] {
			known[text] = true
			pool = append(pool, trace)
		}
	}
	return pick(pool, number), nil
}

// pick takes the traces that are needed to have every row some times, and fills up with the first of the others.
func pick(pool []*Trace, number int) []*Trace {
	const times = 4
	seen, taken := map[string]int{}, make([]bool, len(pool))
	var chosen []*Trace
	for i, t := range pool {
		needed := false
		rows := t.rows()
		for row := range rows {
			needed = needed || seen[row] < times
		}
		if needed && len(chosen) < number {
			chosen, taken[i] = append(chosen, t), true
			for row := range rows {
				seen[row]++
			}
		}
	}
	for i, t := range pool {
		if !taken[i] && len(chosen) < number {
			chosen = append(chosen, t)
		}
	}
	return chosen
}

// rows are the pairs of state and event that the trace has.
func (t *Trace) rows() map[string]bool {
	rows, state := map[string]bool{}, map[string]string{}
	for i := range t.Lines {
		l := &t.Lines[i]
		if l.To == "" {
			continue
		}
		from, known := state[l.Who]
		if !known {
			from = lifecycle.Initial.String()
		}
		rows[from+" "+l.What] = true
		state[l.Who] = l.To
	}
	return rows
}

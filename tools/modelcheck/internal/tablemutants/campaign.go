package tablemutants

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/tenure-go/tenure/spec"
)

// Result is what became of a mutant.
type Result struct {
	Mutant string `json:"mutant"`
	Kind   Kind   `json:"kind"`
	Row    string `json:"row"`
	// Killer is the judge that killed it, and By what it failed at; both are empty for a survivor.
	Killer string `json:"killer,omitempty"`
	By     string `json:"by,omitempty"`
	// Passed are the judges that saw no fault in it.
	Passed []string `json:"passed,omitempty"`
	// Fault says why a judge could not judge it.
	Fault   string  `json:"fault,omitempty"`
	Seconds float64 `json:"seconds"`
	// Table is the hash of the table that it is a mutant of.
	Table string `json:"table"`
}

// Outcome is the judge that killed the mutant, or [ByNobody]; nothing if it could not be judged.
func (r *Result) Outcome() string {
	switch {
	case r.Fault != "":
		return ""
	case r.Killer == "":
		return ByNobody
	default:
		return r.Killer
	}
}

// Campaign asks judges about mutants.
type Campaign struct {
	Base   *spec.Table
	Judges []Judge
	// Parallel is how many mutants are judged at once; 0 means one.
	Parallel int
	// Earlier are results of a campaign that was interrupted, by mutant: what is settled there is not judged again, and a
	// judge that a mutant has passed is not asked again.
	Earlier map[string]Result
	// Done is told of each result as soon as it is there, one at a time; it may be nil.
	Done func(Result)
}

// Run judges the mutants and returns the results in their order. When the context ends, so do they.
func (c *Campaign) Run(ctx context.Context, mutants []Mutant) ([]Result, error) {
	results := make([]Result, len(mutants))
	next := make(chan int)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range max(c.Parallel, 1) {
		workers.Go(func() {
			for i := range next {
				results[i] = c.judge(ctx, mutants[i])
				mu.Lock()
				if c.Done != nil && ctx.Err() == nil {
					c.Done(results[i])
				}
				mu.Unlock()
			}
		})
	}
	for i := range mutants {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return results, ctx.Err()
}

// judge asks one judge after the other until one kills the mutant.
func (c *Campaign) judge(ctx context.Context, m Mutant) Result {
	began := time.Now()
	r, known := c.Earlier[m.Name]
	if !known || r.Table != c.Base.Hash || r.Fault != "" {
		r = Result{Mutant: m.Name, Kind: m.Kind, Row: m.Row, Table: c.Base.Hash}
	}
	candidate := NewCandidate(c.Base, m)
	for _, judge := range c.Judges {
		if r.Killer != "" || slices.Contains(r.Passed, judge.Name) {
			continue
		}
		by, err := judge.Kill(ctx, candidate)
		switch {
		case err != nil:
			r.Fault = judge.Name + ": " + err.Error()
		case by != "":
			r.Killer, r.By = judge.Name, by
		default:
			r.Passed = append(r.Passed, judge.Name)
			continue
		}
		break
	}
	r.Seconds += time.Since(began).Seconds()
	return r
}

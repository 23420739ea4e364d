package tablemutants

import (
	"fmt"
	"strings"
)

// Score is how many mutants of each kind each judge killed.
type Score map[Kind]map[string]int

// ScoreOf counts results.
func ScoreOf(results []Result) Score {
	score := Score{}
	for i := range results {
		r := &results[i]
		if score[r.Kind] == nil {
			score[r.Kind] = map[string]int{}
		}
		score[r.Kind][r.Outcome()]++
	}
	return score
}

// String is the score as a table, with the sums of all kinds last.
func (s Score) String() string {
	var b strings.Builder
	line := func(name string, counts map[string]int) {
		sum := 0
		for _, n := range counts {
			sum += n
		}
		fmt.Fprintf(&b, "%-18s %8d %10d %6d %6d %9d %11d\n",
			name, sum, counts[ByValidator], counts[ByTests], counts[ByModel], counts[ByNobody], counts[""])
	}
	fmt.Fprintf(&b, "%-18s %8s %10s %6s %6s %9s %11s\n",
		"kind", "mutants", ByValidator, ByTests, ByModel, "survive", "not judged")
	sums := map[string]int{}
	for _, kind := range Kinds() {
		if s[kind] == nil {
			continue
		}
		line(string(kind), s[kind])
		for outcome, n := range s[kind] {
			sums[outcome] += n
		}
	}
	line("all", sums)
	return b.String()
}

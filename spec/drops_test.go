package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

// refusedShare is how many of a hundred mutants below must be refused. It may only go up.
const refusedShare = 75

// TestDroppedEffects forgets each effect of each row in turn. What survives is what the validator cannot know to be
// needed, and what the model, the generated tests and the simulation must catch; the golden file lists it.
func TestDroppedEffects(t *testing.T) {
	text := source(t)
	table, err := spec.Parse(committed, []byte(text))
	require.NoError(t, err)
	lines := strings.Split(text, "\n")

	var survivors strings.Builder
	refused, all := 0, 0
	for _, row := range table.Transitions {
		for i, effect := range row.Do {
			all++
			if _, err := spec.Parse(committed, []byte(drop(t, lines, row, i))); err != nil {
				refused++
				continue
			}
			fmt.Fprintf(&survivors, "(%s, %s) without %s\n", row.From, row.On, effect)
		}
	}
	t.Logf("%d of %d dropped effects are refused, %d survive", refused, all, all-refused)
	require.GreaterOrEqual(t, 100*refused, refusedShare*all)
	golden(t, "surviving_effect_drops", survivors.String())
}

// drop returns the table without the i-th effect of a row, which stands on one line.
func drop(t *testing.T, lines []string, row spec.Transition, i int) string {
	t.Helper()
	old := "do: [" + strings.Join(row.Do, ", ") + "]"
	line := row.Pos.Line - 1
	require.Contains(t, lines[line], old)
	rest := slices.Delete(slices.Clone(row.Do), i, i+1)
	mutant := slices.Clone(lines)
	mutant[line] = strings.Replace(lines[line], old, "do: ["+strings.Join(rest, ", ")+"]", 1)
	return strings.Join(mutant, "\n")
}

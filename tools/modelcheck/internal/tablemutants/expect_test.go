package tablemutants

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// perSample bounds how many mutants of the sample need more than the validator: each costs some seconds.
const perSample = 60

func TestTheSampleHasEveryRowAndEveryKind(t *testing.T) {
	sample, err := Sample()
	require.NoError(t, err)
	names := make([]string, len(sample))
	for i, expected := range sample {
		names[i] = expected.Mutant
	}
	listed, err := Pick(mutants(t), names)
	require.NoError(t, err)
	rows, kinds, costly := map[string]bool{}, map[Kind]bool{}, 0
	for i, expected := range sample {
		m := listed[i]
		rows[m.Row], kinds[m.Kind] = true, true
		if expected.KilledBy != ByValidator {
			costly++
			kinds[m.Kind+", and passes the validator"] = true
		}
	}
	for _, row := range base(t).Transitions {
		require.True(t, rows[row.From+"/"+row.On], "no mutant of row (%s, %s) is in the sample", row.From, row.On)
	}
	for _, kind := range Kinds() {
		require.True(t, kinds[kind], "no mutant of kind %s is in the sample", kind)
		require.True(t, kinds[kind+", and passes the validator"], "no mutant of kind %s in the sample passes the validator", kind)
	}
	require.LessOrEqual(t, costly, perSample)
}

// The cheap part of a campaign on every change: all mutants before the validator, and what is expected of them. For the race
// detector some will do.
func TestTheValidatorJudgesAllMutantsAsExpected(t *testing.T) {
	all := mutants(t)
	if raceEnabled {
		all = all[:100]
	}
	c := Campaign{Base: base(t), Judges: []Judge{Validator()}, Parallel: 2}
	results, err := c.Run(t.Context(), all)
	require.NoError(t, err)
	if raceEnabled {
		return
	}
	explained, err := ExplainedSurvivors()
	require.NoError(t, err)
	sample, err := Sample()
	require.NoError(t, err)
	require.Empty(t, Unexpected(all, results, explained, sample))
	t.Log("\n" + ScoreOf(results).String())
}

func TestAFileWithAnUnknownKeyIsRefused(t *testing.T) {
	_, err := load[Expected]("sample.yaml", []byte("- {mutant: x, killed: tests}"))
	require.ErrorContains(t, err, "sample.yaml")
}

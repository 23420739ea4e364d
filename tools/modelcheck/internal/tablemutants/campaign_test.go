package tablemutants

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// judge kills the mutants in kills, cannot judge those in faults, and counts what it was asked.
type judge struct {
	mu     sync.Mutex
	kills  map[string]string
	faults map[string]error
	asked  []string
}

func (j *judge) as(name string) Judge {
	return Judge{Name: name, Kill: func(_ context.Context, c *Candidate) (string, error) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.asked = append(j.asked, c.Name)
		return j.kills[c.Name], j.faults[c.Name]
	}}
}

var some = []Mutant{
	{Name: "a/x: to b", Kind: OtherTarget, Row: "a/x"},
	{Name: "a/x: missing", Kind: MissingRow, Row: "a/x"},
	{Name: "a/x: ignored", Kind: IgnoredRow, Row: "a/x"},
	{Name: "a/x: without y", Kind: DroppedEffect, Row: "a/x"},
}

func TestEachMutantGoesFromJudgeToJudgeUntilOneKillsIt(t *testing.T) {
	first := &judge{kills: map[string]string{"a/x: to b": "no such way"}}
	second := &judge{
		kills:  map[string]string{"a/x: missing": "TestOne"},
		faults: map[string]error{"a/x: without y": errors.New("does not compile")},
	}
	told := 0
	c := Campaign{
		Base: base(t), Judges: []Judge{first.as(ByValidator), second.as(ByTests)}, Parallel: 2, Done: func(Result) { told++ },
	}
	results, err := c.Run(t.Context(), some)
	require.NoError(t, err)
	require.Equal(t, 4, told)
	require.Len(t, first.asked, 4)
	require.NotContains(t, second.asked, "a/x: to b")
	var outcomes []string
	for _, r := range results {
		outcomes = append(outcomes, r.Outcome())
	}
	require.Equal(t, []string{ByValidator, ByTests, ByNobody, ""}, outcomes)
	require.Equal(t, "tests: does not compile", results[3].Fault, "what cannot be judged is not killed")
	require.Equal(t, []string{ByValidator, ByTests}, results[2].Passed)
	score := ScoreOf(results)
	require.Equal(t, 1, score[IgnoredRow][ByNobody])
	require.Regexp(t, `(?m)^all +4 +1 +1 +0 +1 +1$`, score.String())
}

func TestWhatIsSettledIsNotJudgedAgain(t *testing.T) {
	table := base(t)
	validator, tests := &judge{}, &judge{kills: map[string]string{"a/x: to b": "TestOne"}}
	c := Campaign{Base: table, Judges: []Judge{validator.as(ByValidator), tests.as(ByTests)}, Earlier: map[string]Result{
		"a/x: to b":      {Mutant: "a/x: to b", Passed: []string{ByValidator}, Table: table.Hash},
		"a/x: missing":   {Mutant: "a/x: missing", Killer: ByValidator, By: "a fault", Table: table.Hash},
		"a/x: ignored":   {Mutant: "a/x: ignored", Killer: ByValidator, By: "a fault", Table: "another table"},
		"a/x: without y": {Mutant: "a/x: without y", Fault: "no Java", Passed: []string{ByValidator}, Table: table.Hash},
	}}
	results, err := c.Run(t.Context(), some)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"a/x: ignored", "a/x: without y"}, validator.asked)
	require.ElementsMatch(t, []string{"a/x: to b", "a/x: ignored", "a/x: without y"}, tests.asked)
	require.Equal(t, "TestOne", results[0].By)
	require.Equal(t, "a fault", results[1].By)
	require.Equal(t, ByNobody, results[3].Outcome())
}

func TestACampaignEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	last := Judge{Name: ByValidator, Kill: func(ctx context.Context, _ *Candidate) (string, error) {
		cancel()
		return "", ctx.Err()
	}}
	c := Campaign{Base: base(t), Judges: []Judge{last}, Done: func(Result) { t.Error("what was interrupted is no result") }}
	_, err := c.Run(ctx, some)
	require.ErrorIs(t, err, context.Canceled)
}

func TestUnexpected(t *testing.T) {
	through := []string{ByValidator, ByTests, ByModel}
	killed := Result{Mutant: "a/x: to b", Killer: ByTests, By: "TestOne", Passed: through[:1]}
	for name, c := range map[string]struct {
		results   []Result
		explained []Survivors
		sample    []Expected
		want      []string
	}{
		"as expected": {
			results:   []Result{killed, {Mutant: "a/x: missing", Passed: through}},
			explained: []Survivors{{Mutants: []string{"a/x: missing"}, Why: "It costs time."}},
			sample:    []Expected{{"a/x: to b", ByTests}, {"a/x: missing", ByNobody}},
		},
		"a survivor without a reason": {
			results: []Result{{Mutant: "a/x: missing", Passed: through}},
			want:    []string{"a/x: missing survives, and survivors.yaml does not say why that is no fault"},
		},
		"not before all judges yet": {
			results: []Result{{Mutant: "a/x: missing", Passed: through[:2]}},
			sample:  []Expected{{"a/x: missing", ByModel}},
		},
		"not before the tests at all": {
			results: []Result{
				{Mutant: "a/x: to b", Killer: ByModel, By: "OneLeads", Passed: through[:1]}, {Mutant: "a/x: missing", Passed: through[:1]},
			},
			sample: []Expected{{"a/x: to b", ByTests}, {"a/x: missing", ByNobody}},
		},
		"a survivor of the sample that is one no more": {
			results: []Result{killed},
			sample:  []Expected{{"a/x: to b", ByNobody}},
			want:    []string{"sample.yaml: a/x: to b was to be killed by nobody, and it was by tests (TestOne)"},
		},
		"the tests see nothing": {
			results: []Result{{Mutant: "a/x: missing", Passed: through[:2]}},
			sample:  []Expected{{"a/x: missing", ByTests}},
			want:    []string{"sample.yaml: a/x: missing was to be killed by tests, and it was by nobody ()"},
		},
		"the model sees nothing": {
			results:   []Result{{Mutant: "a/x: missing", Passed: through}},
			explained: []Survivors{{Mutants: []string{"a/x: missing"}, Why: "It costs time."}},
			sample:    []Expected{{"a/x: missing", ByModel}},
			want:      []string{"sample.yaml: a/x: missing was to be killed by model, and it was by nobody ()"},
		},
		"a reason for what is killed": {
			results:   []Result{killed},
			explained: []Survivors{{Mutants: []string{"a/x: to b"}, Why: "It costs time."}},
			want:      []string{`survivors.yaml explains "a/x: to b", and tests kills it: TestOne`},
		},
		"another killer": {
			results: []Result{killed},
			sample:  []Expected{{"a/x: to b", ByValidator}},
			want:    []string{"sample.yaml: a/x: to b was to be killed by validator, and it was by tests (TestOne)"},
		},
		"a killer before the one that was to kill": {
			results: []Result{killed, {Mutant: "a/x: missing", Killer: ByValidator, By: "a fault"}},
			sample:  []Expected{{"a/x: to b", ByModel}, {"a/x: missing", ByTests}},
			want:    []string{"sample.yaml: a/x: missing was to be killed by tests, and it was by validator (a fault)"},
		},
		"the model alone sees nothing": {
			results: []Result{{Mutant: "a/x: missing", Passed: []string{ByValidator, ByModel}}},
			sample:  []Expected{{"a/x: missing", ByModel}},
			want:    []string{"sample.yaml: a/x: missing was to be killed by model, and it was by nobody ()"},
		},
		"not judged": {
			results: []Result{{Mutant: "a/x: to b", Fault: "model: no Java"}},
			want:    []string{"a/x: to b could not be judged: model: no Java"},
		},
		"no such mutant": {
			explained: []Survivors{{Mutants: []string{"a/y: to b"}, Why: "It costs time."}},
			sample:    []Expected{{"a/z: to b", ByModel}},
			want: []string{
				`survivors.yaml explains "a/y: to b", and there is no such mutant`,
				`sample.yaml lists "a/z: to b", and there is no such mutant`,
			},
		},
		"twice, no reason, no judge": {
			explained: []Survivors{
				{Mutants: []string{"a/x: missing", "a/x: missing"}, Why: "It costs time."}, {Mutants: []string{"a/x: ignored"}},
			},
			sample: []Expected{{"a/x: to b", ByModel}, {"a/x: to b", ByModel}, {"a/x: ignored", "chance"}},
			want: []string{
				`survivors.yaml explains "a/x: missing" twice`, `survivors.yaml gives no reason for "a/x: ignored"`,
				`sample.yaml lists "a/x: to b" twice`, `sample.yaml: "a/x: ignored" is killed by "chance", which is no judge`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, Unexpected(some, c.results, c.explained, c.sample))
		})
	}
}

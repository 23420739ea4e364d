package tablemutants

import (
	_ "embed" // the files of expectations
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

// Survivors are mutants that no judge kills, and the one reason why that is right.
type Survivors struct {
	Mutants []string `yaml:"mutants"`
	Why     string   `yaml:"why"`
}

// Expected is a mutant of the sample.
type Expected struct {
	Mutant string `yaml:"mutant"`
	// KilledBy is the judge that kills it, or [ByNobody]. What the model must kill is not given to the tests, which may kill
	// it as well.
	KilledBy string `yaml:"killed_by"`
}

var (
	//go:embed survivors.yaml
	survivorsText []byte
	//go:embed sample.yaml
	sampleText []byte
)

// ExplainedSurvivors returns what survivors.yaml says.
func ExplainedSurvivors() ([]Survivors, error) {
	return load[Survivors]("survivors.yaml", survivorsText)
}

// Sample returns what sample.yaml says.
func Sample() ([]Expected, error) { return load[Expected]("sample.yaml", sampleText) }

func load[T any](name string, text []byte) ([]T, error) {
	var list []T
	if err := yaml.UnmarshalWithOptions(text, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tenure: %s: %w", name, err)
	}
	return list, nil
}

// Pick returns the mutants of these names, in their order.
func Pick(all []Mutant, names []string) ([]Mutant, error) {
	picked := make([]Mutant, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("tenure: there is no mutant %q", name)
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// Unexpected says what is wrong with the results of some of the mutants: mutants that could not be judged, survivors
// that nobody explained, explanations of what was killed or does not exist, and mutants of the sample that another judge
// killed than the one that must. A mutant that has not been before all judges yet is no survivor.
func Unexpected(all []Mutant, results []Result, explained []Survivors, sample []Expected) []string {
	e := expectations{why: map[string]string{}, killer: map[string]string{}}
	for _, m := range all {
		e.names = append(e.names, m.Name)
	}
	e.read(explained, sample)
	for _, r := range results {
		e.judge(&r)
	}
	return e.faults
}

type expectations struct {
	names  []string
	why    map[string]string // of the survivors
	killer map[string]string // of the sample
	faults []string
}

func (e *expectations) fault(format string, args ...any) {
	e.faults = append(e.faults, fmt.Sprintf(format, args...))
}

func (e *expectations) read(explained []Survivors, sample []Expected) {
	for _, group := range explained {
		for _, name := range group.Mutants {
			switch {
			case !slices.Contains(e.names, name):
				e.fault("survivors.yaml explains %q, and there is no such mutant", name)
			case group.Why == "":
				e.fault("survivors.yaml gives no reason for %q", name)
			case e.why[name] != "":
				e.fault("survivors.yaml explains %q twice", name)
			}
			e.why[name] = group.Why
		}
	}
	for _, expected := range sample {
		switch {
		case !slices.Contains(e.names, expected.Mutant):
			e.fault("sample.yaml lists %q, and there is no such mutant", expected.Mutant)
		case e.killer[expected.Mutant] != "":
			e.fault("sample.yaml lists %q twice", expected.Mutant)
		case !slices.Contains([]string{ByValidator, ByTests, ByModel, ByNobody}, expected.KilledBy):
			e.fault("sample.yaml: %q is killed by %q, which is no judge", expected.Mutant, expected.KilledBy)
		}
		e.killer[expected.Mutant] = expected.KilledBy
	}
}

func (e *expectations) judge(r *Result) {
	outcome, want := r.Outcome(), e.killer[r.Mutant]
	switch {
	case outcome == "":
		e.fault("%s could not be judged: %s", r.Mutant, r.Fault)
	case outcome != ByNobody && e.why[r.Mutant] != "":
		e.fault("survivors.yaml explains %q, and %s kills it: %s", r.Mutant, r.Killer, r.By)
	case want != "" && outcome != want && refuted(r, outcome, want):
		e.fault("sample.yaml: %s was to be killed by %s, and it was by %s (%s)", r.Mutant, want, outcome, r.By)
	case outcome == ByNobody && passed(r, everyJudge) && e.why[r.Mutant] == "":
		e.fault("%s survives, and survivors.yaml does not say why that is no fault", r.Mutant)
	}
}

// refuted tells whether the outcome shows that a mutant is not killed by the judge that it should be killed by. A judge that
// was not asked is not refuted: the model may kill what the tests kill as well.
func refuted(r *Result, outcome, want string) bool {
	return want == ByNobody || outcome == ByValidator || want == ByValidator || slices.Contains(r.Passed, want)
}

var everyJudge = []string{ByValidator, ByTests, ByModel}

func passed(r *Result, judges []string) bool {
	return !slices.ContainsFunc(judges, func(judge string) bool { return !slices.Contains(r.Passed, judge) })
}

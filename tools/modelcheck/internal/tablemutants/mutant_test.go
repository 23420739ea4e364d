package tablemutants

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/fsmgen/templates"
)

const root = "../../../.."

func source(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(templates.TablePath)))
	require.NoError(t, err)
	return text
}

func base(t *testing.T) *spec.Table {
	t.Helper()
	table, err := spec.Parse(templates.TablePath, source(t))
	require.NoError(t, err)
	return table
}

func mutants(t *testing.T) []Mutant {
	t.Helper()
	all, err := All(source(t))
	require.NoError(t, err)
	return all
}

func mutant(t *testing.T, all []Mutant, name string) Mutant {
	t.Helper()
	picked, err := Pick(all, []string{name})
	require.NoError(t, err)
	return picked[0]
}

func TestNamesAreUniqueAndTheSameEachTime(t *testing.T) {
	all := mutants(t)
	require.Equal(t, all, mutants(t))
	seen := map[string]bool{}
	for _, m := range all {
		require.False(t, seen[m.Name], m.Name)
		seen[m.Name] = true
		require.True(t, strings.HasPrefix(m.Name, m.Row+": "), m.Name)
	}
	for name, kind := range map[string]Kind{
		"leading/deadline: to following":                           OtherTarget,
		"leading/deadline: without drop_grant":                     DroppedEffect,
		"leading/deadline: cancel_workload before drop_grant":      ExchangedEffects,
		"leading/deadline: finish_workload for await_workload":     ReplacedEffect,
		"following/try_due: call_get for call_acquire":             ReplacedEffect,
		"following/vacated: note_holder for note_vacancy":          ReplacedEffect,
		"acquiring/granted: extend_grant for adopt_grant":          ReplacedEffect,
		"leading/deadline: missing":                                MissingRow,
		"leading/deadline: ignored":                                IgnoredRow,
		"leading/vacated: not ignored":                             MissingIgnore,
		"closed/work_done: not ignored":                            MissingIgnore,
		"draining/unattended: abandon_call before disarm_renew":    ExchangedEffects,
		"releasing/release_failed: disarm_repeat for arm_repeat":   ReplacedEffect,
		"leading/renewal_failed: disarm_renew for arm_renew_retry": ReplacedEffect,
	} {
		require.Equal(t, kind, mutant(t, all, name).Kind, name)
	}
	_, err := Pick(all, []string{"leading/deadline: to nowhere"})
	require.ErrorContains(t, err, `no mutant "leading/deadline: to nowhere"`)
}

// Each row has every mutant that it can have.
func TestMutantsOfOneRow(t *testing.T) {
	counts := map[Kind]int{}
	for _, m := range mutants(t) {
		if m.Row == "acquiring/granted" {
			counts[m.Kind]++
		}
	}
	table := base(t)
	require.Equal(t, len(table.States)-1, counts[OtherTarget])
	require.Equal(t, 3, counts[DroppedEffect])
	require.Equal(t, 2, counts[ExchangedEffects])
	require.NotZero(t, counts[ReplacedEffect])
	require.Equal(t, 1, counts[MissingRow])
	require.Equal(t, 1, counts[IgnoredRow])
}

// rows are the parts of the table that mutants change, read without package spec, which refuses most of them.
type rows struct {
	Transitions []row `yaml:"transitions"`
	Ignore      []struct {
		On  string   `yaml:"on"`
		In  []string `yaml:"in"`
		Why string   `yaml:"why"`
	} `yaml:"ignore"`
}

type row struct {
	From string   `yaml:"from"`
	On   string   `yaml:"on"`
	To   string   `yaml:"to"`
	Do   []string `yaml:"do"`
	Why  string   `yaml:"why"`
}

// clone returns rows that can be changed.
func (r rows) clone() rows {
	r.Transitions, r.Ignore = slices.Clone(r.Transitions), slices.Clone(r.Ignore)
	for i := range r.Transitions {
		r.Transitions[i].Do = slices.Clone(r.Transitions[i].Do)
	}
	for i := range r.Ignore {
		r.Ignore[i].In = slices.Clone(r.Ignore[i].In)
	}
	return r
}

func read(t *testing.T, text []byte) rows {
	t.Helper()
	start := strings.Index(string(text), "\ntransitions:\n")
	end := strings.Index(string(text), "\ntiming:\n")
	require.True(t, 0 < start && start < end)
	var r rows
	require.NoError(t, yaml.Unmarshal(text[start:end], &r))
	return r
}

// TestEachMutantIsTheIntendedChange makes the change that a mutant's name tells of in memory, and compares.
func TestEachMutantIsTheIntendedChange(t *testing.T) {
	if raceEnabled {
		t.Skip("one goroutine parses each of more than a thousand tables: no race can be here, and it would take a minute")
	}
	text := source(t)
	table, unchanged := base(t), read(t, text)
	for _, m := range mutants(t) {
		want := unchanged.clone()
		apply(t, &want, m)
		require.Equal(t, want, read(t, m.Text), m.Name)
		require.NotEqual(t, want, unchanged, m.Name)
		keepsLines(t, text, m)
		if changed, err := spec.Parse(templates.TablePath, m.Text); err == nil {
			require.Equal(t, table.States, changed.States, m.Name)
			require.Equal(t, table.Events, changed.Events, m.Name)
			require.Equal(t, table.Effects, changed.Effects, m.Name)
			require.Equal(t, table.Pending, changed.Pending, m.Name)
			require.Equal(t, table.Timing, changed.Timing, m.Name)
		}
	}
}

// keepsLines checks that nothing but the line of a row, and an ignore that was added, differs.
func keepsLines(t *testing.T, text []byte, m Mutant) {
	t.Helper()
	before, after := strings.Split(string(text), "\n"), strings.Split(string(m.Text), "\n")
	if m.Kind == IgnoredRow {
		added := slices.IndexFunc(after, func(line string) bool { return strings.HasSuffix(line, "why: A mutant.}") })
		require.Positive(t, added, m.Name)
		after = slices.Delete(after, added, added+1)
	}
	require.Len(t, after, len(before), m.Name)
	differ := 0
	for i := range before {
		if before[i] != after[i] {
			differ++
			require.True(t, strings.HasPrefix(before[i], "  - {"), m.Name)
		}
	}
	require.Equal(t, 1, differ, m.Name)
}

// apply makes the change that the name tells of.
func apply(t *testing.T, r *rows, m Mutant) {
	t.Helper()
	state, event, _ := strings.Cut(m.Row, "/")
	what := strings.Fields(strings.TrimPrefix(m.Name, m.Row+": "))
	at := slices.IndexFunc(r.Transitions, func(r row) bool { return r.From == state && r.On == event })
	switch m.Kind {
	case OtherTarget:
		require.Equal(t, "to", what[0])
		r.Transitions[at].To = what[1]
	case DroppedEffect:
		do := r.Transitions[at].Do
		i := slices.Index(do, what[1])
		r.Transitions[at].Do = slices.Delete(do, i, i+1)
	case ExchangedEffects:
		do := r.Transitions[at].Do
		i := slices.Index(do, what[0])
		require.Equal(t, what[2], do[i-1], m.Name)
		do[i-1], do[i] = do[i], do[i-1]
	case ReplacedEffect:
		do := r.Transitions[at].Do
		do[slices.Index(do, what[2])] = what[0]
	case MissingRow:
		r.Transitions = slices.Delete(r.Transitions, at, at+1)
	case IgnoredRow:
		r.Transitions = slices.Delete(r.Transitions, at, at+1)
		r.Ignore = append(r.Ignore, r.Ignore[0])
		last := &r.Ignore[len(r.Ignore)-1]
		last.On, last.In, last.Why = event, []string{state}, "A mutant."
	case MissingIgnore:
		for i := range r.Ignore {
			if in := slices.Index(r.Ignore[i].In, state); r.Ignore[i].On == event && in >= 0 {
				r.Ignore[i].In = slices.Delete(r.Ignore[i].In, in, in+1)
				if len(r.Ignore[i].In) == 0 {
					r.Ignore = slices.Delete(r.Ignore, i, i+1)
				}
				return
			}
		}
		t.Errorf("%s: no such ignore", m.Name)
	}
}

// A table whose rows are written in another way gives an error, not mutants that are the table itself.
func TestARowThatCannotBeEditedIsAnError(t *testing.T) {
	text := strings.Replace(string(source(t)), "{from: idle, on: close, to: closed, do: []", "{from: idle, on: close, to: closed, do: [ ]", 1)
	_, err := spec.Parse(templates.TablePath, []byte(text))
	require.NoError(t, err)
	_, err = All([]byte(text))
	require.ErrorContains(t, err, "idle, on: close")
	_, err = All([]byte("machine: 1"))
	require.Error(t, err)
}

package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tablemutants"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// tableMutants is one run of the verb table-mutants.
type tableMutants struct {
	*session
	all, chosen    []tablemutants.Mutant
	forModel       []tablemutants.Mutant // those of the sample that are not given to the tests
	judges         []tablemutants.Judge
	earlier        map[string]tablemutants.Result
	every, json    bool
	sampled        bool // neither all nor named ones are judged
	asked, log     string
	parallel       int
	stdout, stderr io.Writer
}

func tableMutantsVerb() *cli.Verb {
	return &cli.Verb{
		Name: "table-mutants", Summary: "plant faults in the lifecycle table, and see that each is noticed",
		Args: "[names]",
		Intro: `table-mutants plants faults in the lifecycle table, one at a time: a row that leads elsewhere, that lacks an effect, that
does another, that is not there. Each must be refused: by the validator, by the tests of the Go that is generated from
it, or by TLC. A mutant that all of them accept must be one of those that survivors.yaml explains. Without -all the
mutants of sample.yaml are judged, after the validator has judged all.
`,
		Examples: `  modelcheck table-mutants
  modelcheck table-mutants -judges validator,tests         without TLC
  modelcheck table-mutants -all -log results.jsonl    hours; run it again to go on where it was interrupted
  modelcheck table-mutants 'leading/deadline: to following'
`,
		Define: defineTableMutants,
	}
}

func defineTableMutants(f *cli.Flags) cli.Action {
	root := rootFlag(f)
	all := f.Bool("all", false, "judge every mutant")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	asked := f.String("judges", everyJudge, "the `judges` to ask, with commas between")
	log := f.String("log", "", "the `file` that results are added to; what it settles already is not judged again")
	parallel := f.Number("parallel", runtime.GOMAXPROCS(0), 1, mostWorkers, "how many mutants are judged at once")
	return func(ctx context.Context, call *cli.Call) int {
		m := &tableMutants{
			every: *all, json: *asJSON, asked: *asked, log: *log, parallel: *parallel, stdout: call.Stdout, stderr: call.Stderr,
		}
		var code int
		if m.session, code = begin(call, *root); m.session == nil {
			return code
		}
		if err := m.choose(call.Args); err != nil {
			return call.Wrong(strings.TrimPrefix(err.Error(), "tenure: "))
		}
		if code := m.prepare(ctx); code != exitHeld {
			return code
		}
		return m.run(ctx)
	}
}

const everyJudge = tablemutants.ByValidator + "," + tablemutants.ByTests + "," + tablemutants.ByModel

// choose picks the mutants: those named, all, or the sample.
func (m *tableMutants) choose(given []string) error {
	for judge := range strings.SplitSeq(m.asked, ",") {
		if !slices.Contains(strings.Split(everyJudge, ","), judge) {
			return fmt.Errorf("there is no judge %q", judge)
		}
	}
	source, err := os.ReadFile(filepath.Join(m.root, tablePath))
	if err != nil {
		return err
	}
	if m.all, err = tablemutants.All(source); err != nil {
		return err
	}
	if m.every {
		if len(given) > 0 {
			return errors.New("either -all or names")
		}
		m.chosen = m.all
		return nil
	}
	if len(given) == 0 {
		return m.chooseSample()
	}
	m.chosen, err = tablemutants.Pick(m.all, given)
	return err
}

func (m *tableMutants) chooseSample() error {
	sample, err := tablemutants.Sample()
	if err != nil {
		return err
	}
	var given, forModel []string
	for _, expected := range sample {
		if expected.KilledBy == tablemutants.ByModel {
			forModel = append(forModel, expected.Mutant)
		} else {
			given = append(given, expected.Mutant)
		}
	}
	m.sampled = true
	if m.chosen, err = tablemutants.Pick(m.all, given); err == nil {
		m.forModel, err = tablemutants.Pick(m.all, forModel)
	}
	return err
}

// prepare makes the judges ready, and reads what is settled.
func (m *tableMutants) prepare(ctx context.Context) int {
	if m.earlier = map[string]tablemutants.Result{}; m.log != "" {
		if err := m.readLog(); err != nil {
			return m.failed(err)
		}
	}
	// The model needs a table without faults, so the validator is always asked.
	m.judges = []tablemutants.Judge{tablemutants.Validator()}
	if strings.Contains(m.asked, tablemutants.ByTests) {
		tests, err := tablemutants.Tests(m.root)
		if err == nil {
			source, readErr := os.ReadFile(filepath.Join(m.root, tablePath))
			err = errors.Join(readErr, tablemutants.CheckTests(ctx, tests, m.table, source))
		}
		if err != nil {
			return m.failed(err)
		}
		m.judges = append(m.judges, tests)
	}
	if strings.Contains(m.asked, tablemutants.ByModel) {
		if !m.find(ctx) {
			return exitUnchecked
		}
		m.judges = append(m.judges, tablemutants.Model(m.model()))
	}
	return exitHeld
}

// model returns what asks TLC: the configurations of the short set one after the other, the lightest first, until one
// finds a violation. Other numbers of states are no violation.
func (m *tableMutants) model() tablemutants.ModelJudge {
	var short []checks.Configuration
	for _, c := range m.list.Configurations {
		if c.Set == checks.Short {
			short = append(short, c)
		}
	}
	slices.SortStableFunc(short, func(a, b checks.Configuration) int { return cmp.Compare(a.Weight, b.Weight) })
	return func(ctx context.Context, participantTLA []byte) (string, error) {
		for _, c := range short {
			job := m.job(c, 1, nil)
			job.Replace = map[string][]byte{"Participant.tla": participantTLA}
			result, err := m.tools.Run(ctx, job)
			switch {
			case err != nil:
				return "", fmt.Errorf("%s: %w", c.Name, err)
			case result.Verdict == tlc.Violated || result.Verdict == tlc.Deadlocked:
				return c.Name + ": " + described(c, result), nil
			case result.Verdict != tlc.Holds:
				return "", fmt.Errorf("%s: there is no verdict", c.Name)
			}
		}
		return "", nil
	}
}

func (m *tableMutants) run(ctx context.Context) int {
	begun := time.Now()
	var judged []tablemutants.Result
	if m.sampled {
		before := tablemutants.Campaign{Base: m.table, Judges: m.judges[:1], Parallel: m.parallel}
		var err error
		if judged, err = before.Run(ctx, m.all); err != nil {
			return m.failed(err)
		}
		if !m.json {
			fmt.Fprintf(m.stdout, "all mutants, before the validator alone:\n%s\n", tablemutants.ScoreOf(judged))
		}
	}
	var lost error
	campaign := tablemutants.Campaign{
		Base: m.table, Judges: m.judges, Parallel: m.parallel, Earlier: m.earlier,
		Done: func(r tablemutants.Result) {
			lost = errors.Join(lost, m.keep(r))
			m.tell(r)
		},
	}
	results, err := campaign.Run(ctx, m.chosen)
	if err == nil && len(m.forModel) > 0 {
		campaign.Judges = slices.DeleteFunc(slices.Clone(m.judges), func(j tablemutants.Judge) bool { return j.Name == tablemutants.ByTests })
		var more []tablemutants.Result
		more, err = campaign.Run(ctx, m.forModel)
		results = append(results, more...)
	}
	if err := errors.Join(err, lost); err != nil {
		return m.failed(err)
	}
	return m.finish(judged, results, time.Since(begun))
}

func (m *tableMutants) tell(r tablemutants.Result) {
	if m.json {
		fmt.Fprint(m.stdout, jsonLine(r))
		return
	}
	fmt.Fprintf(m.stdout, "%-10s %6.1fs  %s", cmp.Or(r.Outcome(), "NOT JUDGED"), r.Seconds, r.Mutant)
	if what, _, _ := strings.Cut(r.By+r.Fault, "\n"); what != "" {
		fmt.Fprintf(m.stdout, "   %s", what)
	}
	fmt.Fprintln(m.stdout)
}

// finish tells the score and what is not as it must be, and returns the exit code.
func (m *tableMutants) finish(judged, results []tablemutants.Result, took time.Duration) int {
	explained, err := tablemutants.ExplainedSurvivors()
	sample, sampleErr := tablemutants.Sample()
	if err := errors.Join(err, sampleErr); err != nil {
		return m.failed(err)
	}
	code := exitHeld
	for _, r := range results {
		if r.Outcome() == "" {
			code = exitUnchecked
		}
	}
	if !m.json {
		fmt.Fprintf(m.stdout, "\n%s\n%s\n", tablemutants.ScoreOf(results), took.Round(time.Second))
	}
	// What the validator alone said of all mutants concerns those that were not chosen.
	faults := tablemutants.Unexpected(m.all, append(rest(judged, results), results...), explained, sample)
	for _, fault := range faults {
		code = gravest(code, exitViolated)
		fmt.Fprintf(m.stderr, "modelcheck table-mutants: %s\n", fault)
	}
	return code
}

// rest returns the results of mutants of which others has none.
func rest(all, others []tablemutants.Result) []tablemutants.Result {
	has := map[string]bool{}
	for _, r := range others {
		has[r.Mutant] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(r tablemutants.Result) bool { return has[r.Mutant] })
}

// keep adds a result to the log.
func (m *tableMutants) keep(r tablemutants.Result) (err error) {
	if m.log == "" {
		return nil
	}
	file, err := os.OpenFile(m.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.WriteString(file, jsonLine(r))
	return err
}

// readLog reads the results of earlier runs; the last one of a mutant counts.
func (m *tableMutants) readLog() error {
	file, err := os.Open(m.log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var r tablemutants.Result
		if json.Unmarshal(lines.Bytes(), &r) == nil { // the last line may be cut off
			m.earlier[r.Mutant] = r
		}
	}
	return lines.Err()
}

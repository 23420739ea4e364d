package tlc

import (
	"regexp"
	"strconv"
	"strings"
)

// The codes of the messages that matter here.
const (
	codeInvariantAtStart = 2107
	codePropertyAtStart  = 2108
	codeInvariant        = 2110
	codeAction           = 2112
	codeDeadlock         = 2114
	codeTemporal         = 2116
	codeBehavior         = 2121 // the counterexample follows
	codeBackTo           = 2122
	codeFinished         = 2186
	codeSuccess          = 2193
	codeDepth            = 2194
	codeCounts           = 2199
	codeProgress         = 2200
	codeCoverageBegins   = 2201
	codeState            = 2217
	codeStuttering       = 2218
	codeParsed           = 2219
	codeParsing          = 2220
	codeTemporalTrace    = 2264 // the counterexample follows
	codeActionCount      = 2772
)

var (
	violationText = map[int]*regexp.Regexp{
		codeInvariantAtStart: regexp.MustCompile(`^Invariant (\S+) is violated by the initial state`),
		codePropertyAtStart:  regexp.MustCompile(`^Property (.+) is violated by the initial state`),
		codeInvariant:        regexp.MustCompile(`^Invariant (\S+) is violated\.`),
		codeAction:           regexp.MustCompile(`^Action property (.+) is violated\.`),
		codeTemporal:         regexp.MustCompile(`^Temporal propert(?:ies were|y (\S+) (?:is|was)) violated`),
		codeDeadlock:         regexp.MustCompile(`^Deadlock reached`),
	}
	countsText   = regexp.MustCompile(`^([\d,]+) states generated, ([\d,]+) distinct states found, ([\d,]+) states left on queue`)
	progressText = regexp.MustCompile(`^Progress\((\d+)\) .*?: ([\d,]+) states generated.*?, ([\d,]+) distinct states found.*?, ([\d,]+) states left on queue`)
	depthText    = regexp.MustCompile(`^The depth of the complete state graph search is (\d+)`)
	actionText   = regexp.MustCompile(`^<(\S+) (line .+? of module (\S+?)(?: \([\d ]+\))?)>: (\d+):(\d+)$`)
)

// violation is what TLC says about a property that fails.
type violation struct {
	code int
	name string
}

// transcript is what matters of the output of one run.
type transcript struct {
	progress func(Progress)

	violations        []violation
	success, finished bool
	errors            []message // those that belong to no violation
	counted           bool
	last              Progress
	depth             int
	trace             []State
	backTo            int
	stuttering        bool
	actions           []ActionCount
	printed           []string
	seen              map[string]bool
	unfinished        string   // a printed value whose end has not come yet
	parsing           bool     // the parser is at work; what it says stands outside messages
	lines             []string // the last lines outside messages that are no printed values
	truncated         bool
}

func (t *transcript) message(m message) {
	if pattern, ok := violationText[m.code]; ok {
		t.violation(m, pattern)
		return
	}
	switch m.code {
	case codeBehavior, codeTemporalTrace:
	case codeParsing, codeParsed:
		t.parsing = m.code == codeParsing
	case codeSuccess:
		t.success = true
	case codeFinished:
		t.finished = true
	case codeState:
		if state, ok := parseState(m.text); ok {
			t.trace = append(t.trace, state)
		}
	case codeBackTo:
		if found := backTo.FindStringSubmatch(m.text); found != nil {
			t.backTo, _ = strconv.Atoi(found[1])
		}
	case codeStuttering:
		t.stuttering = stutters.MatchString(m.text)
	case codeCoverageBegins: // the counts that follow replace those of an earlier report
		t.actions = nil
	case codeActionCount:
		t.action(m.text)
	case codeCounts, codeProgress, codeDepth:
		t.count(m)
	default:
		if m.severity == severityError {
			t.errors = append(t.errors, m)
		}
	}
}

func (t *transcript) violation(m message, pattern *regexp.Regexp) {
	found := pattern.FindStringSubmatch(m.text)
	if found == nil {
		t.errors = append(t.errors, m)
		return
	}
	v := violation{code: m.code, name: Deadlock}
	if m.code != codeDeadlock {
		v.name = found[1]
	}
	t.violations = append(t.violations, v)
	if m.code == codeInvariantAtStart || m.code == codePropertyAtStart {
		_, state, _ := strings.Cut(m.text, "\n")
		t.trace = []State{{Number: 1, Action: "Initial predicate", Variables: parseVariables(state)}}
	}
}

func (t *transcript) count(m message) {
	switch m.code {
	case codeDepth:
		if found := depthText.FindStringSubmatch(m.text); found != nil {
			t.depth, _ = strconv.Atoi(found[1])
		}
	case codeCounts:
		if found := countsText.FindStringSubmatch(m.text); found != nil {
			t.counted = true
			t.last = Progress{t.last.Depth, number(found[1]), number(found[2]), number(found[3])}
		}
	case codeProgress:
		if found := progressText.FindStringSubmatch(m.text); found != nil {
			t.depth, _ = strconv.Atoi(found[1])
			t.last = Progress{t.depth, number(found[2]), number(found[3]), number(found[4])}
			if t.progress != nil {
				t.progress(t.last)
			}
		}
	}
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	return n
}

// action reads how often an action was taken: the new states, a colon, all states.
func (t *transcript) action(text string) {
	if found := actionText.FindStringSubmatch(text); found != nil {
		t.actions = append(t.actions, ActionCount{
			Name: found[1], Location: found[2], Module: found[3], Distinct: number(found[4]), Taken: number(found[5]),
		})
	}
}

// Bounds on what is kept of the lines outside messages.
const (
	mostLines   = 40
	mostPrinted = 100_000
)

// line takes a line that stands outside messages: of a value that the model printed, or of something to quote.
func (t *transcript) line(line string) {
	if !t.parsing && (t.unfinished != "" || strings.HasPrefix(line, "<<")) {
		if t.unfinished != "" {
			line = t.unfinished + " " + strings.TrimSpace(line)
		}
		t.unfinished = ""
		if strings.Count(line, "<<") > strings.Count(line, ">>") && len(line) < longest {
			t.unfinished = line
			return
		}
		t.print(line)
		return
	}
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "Parsing file ") || strings.HasPrefix(line, "Semantic processing of ") {
		return
	}
	t.lines = append(t.lines, strings.TrimRight(line, " \t"))
	if len(t.lines) > mostLines {
		t.lines = t.lines[1:]
	}
}

func (t *transcript) print(line string) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if !t.seen[line] && len(t.printed) < mostPrinted {
		t.seen[line] = true
		t.printed = append(t.printed, line)
	}
}

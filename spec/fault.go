package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in the file. Lines and columns count from 1; the zero value is no place.
type Pos struct{ Line, Column int }

// String returns the place as line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Fault is one thing that is wrong with a table.
type Fault struct {
	File       string // as given to Load or Parse
	Pos        Pos
	Message    string
	Suggestion string // empty where there is none
}

// Error returns "file:line:column: message (suggestion)", the form that editors turn into a link.
func (f Fault) Error() string {
	if f.Suggestion == "" {
		return fmt.Sprintf("%s:%s: %s", f.File, f.Pos, f.Message)
	}
	return fmt.Sprintf("%s:%s: %s (%s)", f.File, f.Pos, f.Message, f.Suggestion)
}

// Faults is everything that is wrong with a table, in the order of the file. It is the error that Parse returns, and
// errors.As finds it, or its first Fault.
type Faults []Fault

// Error returns one fault per line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single faults, for errors.As and errors.Is.
func (f Faults) Unwrap() []error {
	errs := make([]error, len(f))
	for i, fault := range f {
		errs[i] = fault
	}
	return errs
}

// sorted orders the faults by position, and those of one position by their text, so that a report is the same for the
// same table whatever the order of the checks.
func (f Faults) sorted() Faults {
	slices.SortFunc(f, func(a, b Fault) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return f
}

// A bound on the names compared for a suggestion: a hostile file must not cost more than its size suggests.
const (
	maxCandidates = 256
	maxNameLength = 64
)

// nearest returns the candidate that name was most probably meant to be, or "" if none is near enough.
func nearest(name string, candidates []string) string {
	if len(name) > maxNameLength || len(candidates) > maxCandidates {
		return ""
	}
	best, distance := "", (len(name)+2)/3+1
	for _, candidate := range candidates {
		if len(candidate) > maxNameLength {
			continue
		}
		if d := editDistance(name, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return "did you mean " + name + "?"
}

// editDistance counts the insertions, deletions and replacements that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

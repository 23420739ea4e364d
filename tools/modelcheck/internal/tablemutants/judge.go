package tablemutants

import (
	"context"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/spec"
	"github.com/tenure-go/tenure/tools/fsmgen/templates"
)

// The names of the judges, and of what a mutant is said to be killed by that none of them kills.
const (
	ByValidator = "validator"
	ByTests     = "tests"
	ByModel     = "model"
	ByNobody    = "nobody"
)

// Judge tries to kill mutants. It may be asked by several goroutines at once.
type Judge struct {
	Name string
	// Kill returns what the mutant fails at, or nothing if the judge sees no fault. Its error says that the mutant could not
	// be judged.
	Kill func(ctx context.Context, c *Candidate) (by string, err error)
}

// Candidate is a mutant before its judges.
type Candidate struct {
	Mutant

	base  *spec.Table
	table *spec.Table
	files map[string][]byte
}

// NewCandidate prepares a mutant of the base table for its judges.
func NewCandidate(base *spec.Table, m Mutant) *Candidate { return &Candidate{Mutant: m, base: base} }

// Validator returns the judge that refuses what package spec refuses.
func Validator() Judge {
	return Judge{Name: ByValidator, Kill: func(_ context.Context, c *Candidate) (string, error) {
		var faults spec.Faults
		switch err := c.parse(); {
		case errors.As(err, &faults):
			return faults[0].Message, nil
		default:
			return "", err
		}
	}}
}

// ModelJudge checks the model with another generated module Participant. It returns the property that is broken, or
// nothing if all hold, also if the numbers of states changed. Whatever keeps it from an answer is an error.
type ModelJudge func(ctx context.Context, participantTLA []byte) (killedBy string, err error)

// Model returns the judge that asks the model.
func Model(judge ModelJudge) Judge {
	return Judge{Name: ByModel, Kill: func(ctx context.Context, c *Candidate) (string, error) {
		files, err := c.generated()
		if err != nil {
			return "", err
		}
		return judge(ctx, files[participantTLA])
	}}
}

const participantTLA = "tla/Participant.tla"

// parse reads the mutant's table, unless that has been done.
func (c *Candidate) parse() error {
	if c.table != nil {
		return nil
	}
	table, err := spec.Parse(templates.TablePath, c.Text)
	c.table = table
	return err
}

// generated returns the files that follow from the mutant, by their paths. They bear the hash of the base table, so that
// only those differ from the committed ones in which the change shows.
func (c *Candidate) generated() (map[string][]byte, error) {
	if c.files != nil {
		return c.files, nil
	}
	if err := c.parse(); err != nil {
		return nil, fmt.Errorf("tenure: nothing is generated from a table with faults: %w", err)
	}
	table := *c.table
	table.Hash = c.base.Hash
	set, err := templates.For(&table)
	if err != nil {
		return nil, err
	}
	c.files, err = set.Files()
	return c.files, err
}

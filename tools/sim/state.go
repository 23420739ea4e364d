package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tenure-go/tenure/proptest"
)

// state is all that is kept of a campaign. Its size does not depend on the number of seeds.
type state struct {
	// Code identifies the code under test, First the first seed, Planted the fault in every run, Trouble what goes beyond
	// the assumptions. A state belongs to a campaign with the same ones only.
	Code             string
	First            uint64
	Planted, Trouble string
	// Next is the first seed that was not run yet.
	Next uint64
	// Stats are those of all runs; Spent is how long they took.
	Stats proptest.Stats
	Spent time.Duration
	// Kills are the first seeds that showed the planted faults, 0 for those that no seed showed.
	Kills []kill
	// Broken are the checks that were broken, in the order in which they first were.
	Broken []*broken
}

// kill is the first seed that showed a planted fault.
type kill struct {
	Name, Check string
	Seed        uint64
}

// seedsKept is how many seeds that broke a check are named.
const seedsKept = 10

// broken is one check that was broken.
type broken struct {
	Check string
	// Runs is the number of runs that broke it first of all; Seeds are the first of them.
	Runs  uint64
	Seeds []uint64
	// Whole is the first of them, and Small the same, shrunk; Replay replays that.
	Whole, Small, Replay string
}

// failed tells whether something was broken, or too little was seen in as many seeds as it takes to see everything.
func (s *state) failed() bool {
	if s.Planted == "" && s.Trouble == "" && s.Next-s.First >= proptest.FullBudget && len(s.Stats.Unreached()) > 0 {
		return true
	}
	for _, k := range s.Kills {
		if k.Seed == 0 {
			return true
		}
	}
	return len(s.Broken) > 0
}

// file is a state as it is stored: with a sum over its bytes, so that a damaged one is noticed.
type file struct {
	Sum   string
	State json.RawMessage
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// save replaces the file at once, so that it is whole whenever the program ends.
func (s *state) save(path string) error {
	if path == "" {
		return nil
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(file{Sum: sum(data), State: data})
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(whole)
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// load reads a state; nil if there is none yet.
func load(path string) (*state, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no state is no error
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no state is no error
	}
	if err != nil {
		return nil, err
	}
	var f file
	if err := strictly(data, &f); err != nil || f.Sum != sum(f.State) {
		return nil, fmt.Errorf("%s is damaged, or no state of a campaign", path)
	}
	s := &state{}
	if err := strictly(f.State, s); err != nil {
		return nil, fmt.Errorf("%s was written by another version: %w", path, err)
	}
	return s, nil
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

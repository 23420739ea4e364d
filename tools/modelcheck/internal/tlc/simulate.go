package tlc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// Simulate lets TLC walk at random through the model, so many times and so many steps far, and returns the states of
// each walk. The same seed gives the same walks. A walk that cannot go on is shorter. Timeout and Progress of the job mean
// nothing here.
func (t Toolchain) Simulate(ctx context.Context, job Job, walks, steps int, seed int64) (states [][]State, err error) {
	err = inFolder(job, func(dir string) error {
		states, err = t.walk(ctx, dir, job, walks, steps, seed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// walk runs TLC on what is laid out in dir.
func (t Toolchain) walk(ctx context.Context, dir string, job Job, walks, steps int, seed int64) ([][]State, error) {
	args := t.Arguments(job, filepath.Join(dir, metadata))
	args[slices.Index(args, "-seed")+1] = strconv.FormatInt(seed, 10)
	args = slices.Insert(args, len(args)-1, "-simulate", fmt.Sprintf("file=%s,num=%d", walkFile, walks), "-depth", strconv.Itoa(steps))
	transcript := &transcript{}
	end, err := t.process(ctx, dir, args, transcript)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("tlc: %s: %w", job.Name, context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("tlc: %s: %w", job.Name, err)
	case end.code != exitSuccess || end.signal != "" || len(transcript.errors) > 0 || len(transcript.violations) > 0 || !transcript.finished:
		return nil, &RunError{Job: job.Name, Reason: "TLC did not walk to the end", Exit: end.code, Quote: quote(transcript, end)}
	}
	var states [][]State
	for n := range walks {
		walk, err := readWalk(filepath.Join(dir, fmt.Sprintf("%s_0_%d", walkFile, n)))
		if err != nil {
			return nil, fmt.Errorf("tlc: %s: %w", job.Name, err)
		}
		states = append(states, walk)
	}
	return states, nil
}

// walkFile is how the names of the files begin that TLC writes walks to.
const walkFile = "walk"

var walkState = regexp.MustCompile(`(?m)^STATE_(\d+) ==\s*$`)

func readWalk(path string) ([]State, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	heads := walkState.FindAllSubmatchIndex(text, -1)
	if len(heads) == 0 {
		return nil, errors.New("a walk has no states")
	}
	end := regexp.MustCompile(`(?m)^====+$`).FindIndex(text)
	if end == nil {
		return nil, errors.New("a walk has no end")
	}
	var states []State
	for i, head := range heads {
		until := end[0]
		if i+1 < len(heads) {
			until = heads[i+1][0]
		}
		states = append(states, State{Number: i + 1, Variables: parseVariables(string(text[head[1]:until]))})
	}
	return states, nil
}

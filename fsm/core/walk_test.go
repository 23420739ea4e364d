package core_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/proptest"
)

var walksFlag = flag.String("walks", "testdata/walks.jsonl", "the file with the walks through the model of TestWalks")

// TestWalks takes the steps of walks that TLC made through the model in tla/, with the core and the store in memory, and
// compares both with the model after each step. The walks in testdata are a few; make check-traces makes many more. They
// are made anew by
//
//	go run ./tools/modelcheck walks -number 25 -seed 3 -out fsm/core/testdata/walks.jsonl
func TestWalks(t *testing.T) {
	const many, rare = 500, 3
	walks, steps, short := readWalks(t, *walksFlag), 0, 0
	taken := map[string]bool{}
	for n, walk := range walks {
		f := newFollower(walk)
		done, err := f.all(walk)
		if errors.Is(err, errUnreal) {
			short++
		} else {
			require.NoError(t, err, "walk %d, step %d: %s", n+1, done+1, &walk.Lines[min(done, len(walk.Lines)-1)])
		}
		steps += done
		maps.Copy(taken, f.rows)
	}
	missing := rowsWithout(taken)
	t.Logf("%d walks, %d steps compared, %d of %d rows taken; %d walks were left where a request of theirs cannot have been sent",
		len(walks), steps, len(taken), len(taken)+len(missing), short)
	require.NotZero(t, steps)
	require.Less(t, short, len(walks)/2)
	if len(walks) >= many {
		require.LessOrEqual(t, len(missing), rare, "no walk takes %s", missing)
	}
}

// rowsWithout returns the rows of the table that are not among those taken.
func rowsWithout(taken map[string]bool) (missing []string) {
	for s := range lifecycle.State(lifecycle.StateCount) {
		for e := range lifecycle.Event(lifecycle.EventCount) {
			if row := s.String() + " " + e.String(); lifecycle.Lookup(s, e).Verdict == lifecycle.Moves && !taken[row] {
				missing = append(missing, row)
			}
		}
	}
	return missing
}

// TestAWalkThatDiffersIsNoticed changes one thing in what the model says after a step.
func TestAWalkThatDiffersIsNoticed(t *testing.T) {
	onCore := func(spoil func(c *proptest.TraceCore)) func(*proptest.TraceLine) bool {
		return func(l *proptest.TraceLine) bool {
			if l.Core == nil || l.Core.Left == 0 {
				return false
			}
			spoil(l.Core)
			return true
		}
	}
	for name, spoil := range map[string]func(l *proptest.TraceLine) bool{
		"state":    func(l *proptest.TraceLine) bool { was := l.To; l.To = "overdue"; return was == "leading" },
		"deadline": onCore(func(c *proptest.TraceCore) { c.Left++ }),
		"fence":    onCore(func(c *proptest.TraceCore) { c.Fence++ }),
		"call":     onCore(func(c *proptest.TraceCore) { c.Op = "lookup" }),
		"timers":   onCore(func(c *proptest.TraceCore) { c.Armed = append(c.Armed, "drain") }),
		"workload": onCore(func(c *proptest.TraceCore) { c.Work = "told" }),
		"news":     onCore(func(c *proptest.TraceCore) { c.News = "loss" }),
		"event": func(l *proptest.TraceLine) bool {
			was := l.What
			l.What = "granted"
			return was == "refused" && l.Step == proptest.StepReply
		},
		"owner": func(l *proptest.TraceLine) bool { was := l.Store.Owner; l.Store.Owner = "p2"; return was == "p1" },
		"time left": func(l *proptest.TraceLine) bool {
			l.Store.Left++
			return l.Store.Owner != "" && l.Step == proptest.StepTick
		},
		"revoked": func(l *proptest.TraceLine) bool {
			was := l.Store.Revoked
			l.Store.Revoked = true
			return !was && l.Store.Owner != ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, walk := range readWalks(t, *walksFlag) {
				at := slices.IndexFunc(walk.Lines, func(l proptest.TraceLine) bool {
					store, spoilt := *l.Store, l
					spoilt.Store = &store
					if l.Core != nil {
						core := *l.Core
						spoilt.Core = &core
					}
					return spoil(&spoilt)
				})
				if at < 0 {
					continue
				}
				spoil(&walk.Lines[at])
				done, err := newFollower(walk).all(walk)
				if errors.Is(err, errUnreal) {
					continue
				}
				require.Error(t, err)
				require.Equal(t, at, done)
				return
			}
			t.Fatal("no walk lends itself to it")
		})
	}
}

func readWalks(t *testing.T, path string) (walks []*proptest.Trace) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		walk := &proptest.Trace{}
		require.NoError(t, json.Unmarshal(lines.Bytes(), walk))
		walks = append(walks, walk)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, walks)
	return walks
}

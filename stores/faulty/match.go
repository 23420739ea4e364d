package faulty

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/stores"
)

// Op is a method of a store.
type Op string

// The methods of [stores.Watcher].
const (
	Acquire Op = "acquire"
	Renew   Op = "renew"
	Release Op = "release"
	Revoke  Op = "revoke"
	Get     Op = "get"
	List    Op = "list"
	Watch   Op = "watch"
)

// Match says which calls or which wake-ups a rule is for. It is a value: each method returns a changed copy.
type Match struct {
	ops     []Op
	notices bool
	kinds   []stores.NoticeKind
	skip    int
	times   int // 0: no limit
	every   int
	chance  float64 // 0: always
	seed    uint64
}

// Calls matches the calls of the given methods, or all calls if none is given.
func Calls(ops ...Op) Match { return Match{ops: ops} }

// Notices matches the wake-ups of the given kinds, or all if none is given.
func Notices(kinds ...stores.NoticeKind) Match { return Match{notices: true, kinds: kinds} }

// Times is m for only the next n that match.
func (m Match) Times(n int) Match {
	m.times = n
	return m
}

// After is m without the next n that match.
func (m Match) After(n int) Match {
	m.skip = n
	return m
}

// Every is m for only the k-th of those that match, the 2k-th, and so on.
func (m Match) Every(k int) Match {
	m.every = k
	return m
}

// Randomly is m for a share of those that match, above 0 and at most 1. Each is drawn by itself, from a generator with
// this seed.
func (m Match) Randomly(share float64, seed uint64) Match {
	m.chance, m.seed = share, seed
	return m
}

// String names the match as errors do.
func (m Match) String() string {
	var names []string
	for _, op := range m.ops {
		names = append(names, string(op))
	}
	text := strings.Join(names, " or ")
	switch {
	case m.notices:
		text = "notices"
	case text == "":
		text = "any call"
	}
	if m.skip > 0 {
		text += fmt.Sprintf(", after %d", m.skip)
	}
	if m.every > 1 {
		text += fmt.Sprintf(", 1 of %d", m.every)
	}
	if m.chance > 0 {
		text += fmt.Sprintf(", at random %v with seed %d", m.chance, m.seed)
	}
	if m.times > 0 {
		text += fmt.Sprintf(", %d times", m.times)
	}
	return text
}

func (m Match) call(op Op) bool {
	return !m.notices && (len(m.ops) == 0 || slices.Contains(m.ops, op))
}

func (m Match) notice(kind stores.NoticeKind) bool {
	return m.notices && (len(m.kinds) == 0 || slices.Contains(m.kinds, kind))
}

package proptest

import (
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/fsm/core"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// recordKind tells what a line of the transcript is about.
type recordKind uint8

const (
	recRow recordKind = iota
	recSend
	recAbandon
	recLost
	recServed
	recReply
	recNotice
	recLead
	recExtend
	recDemote
	recTold
	recBegan
	recReturned
	recGained
	recLostNews
	recCommand
	recFault
	recResumed
	recRestarted
	recEnded
	recWrite
	recTrouble
	recPhase
)

// record is one line of the transcript, kept as numbers: it is formatted only when somebody reads it.
type record struct {
	at      int64
	a, b, c uint64
	kind    recordKind
	who     int8
}

const (
	tailLength = 80
	ringLength = 128
)

// transcript keeps the last lines of a run, and a hash of all.
type transcript struct {
	hash uint64
	n    int
	ring [ringLength]record
	// sink is given every line, if it is set.
	sink func(record)
}

func (t *transcript) add(at int64, kind recordKind, who int, a, b, c uint64) {
	r := record{at: at, a: a, b: b, c: c, kind: kind, who: int8(who)}
	t.ring[t.n%ringLength] = r
	t.n++
	// FNV-1a over words, with a rotation so that the high bits take part.
	const prime = 1099511628211
	h := t.hash
	for _, word := range [...]uint64{uint64(at), uint64(kind)<<8 | uint64(uint8(who)), a, b, c} {
		h = (h ^ word) * prime
		h ^= h >> 29
	}
	t.hash = h
	if t.sink != nil {
		t.sink(r)
	}
}

// tail returns the last lines.
func (t *transcript) tail() []string {
	var lines []string
	for i := max(0, t.n-tailLength); i < t.n; i++ {
		lines = append(lines, t.ring[i%ringLength].String())
	}
	return lines
}

// String formats the line.
func (r record) String() string {
	who := "store"
	if r.who >= 0 {
		who = fmt.Sprintf("p%d", r.who)
	}
	return fmt.Sprintf("%16v %-5s %s", time.Duration(r.at), who, r.text())
}

func (r record) text() string {
	switch r.kind {
	case recRow:
		return fmt.Sprintf("%s --%s--> %s (%s)", lifecycle.State(r.a>>8), lifecycle.Event(r.b),
			lifecycle.State(r.a&0xff), lifecycle.Verdict(r.c))
	case recSend:
		return fmt.Sprintf("sends %s, call %d, attempt %d", core.Op(r.a), r.b, r.c)
	case recAbandon:
		return fmt.Sprintf("abandons call %d", r.a)
	case recLost:
		return fmt.Sprintf("call %d: %s", r.a, FaultKind(r.b))
	case recServed:
		return fmt.Sprintf("serves %s of p%d: %s", core.Op(r.a>>8), r.a&0xff, answer(r.b, r.c))
	case recReply:
		return fmt.Sprintf("is answered call %d: %s", r.a, answer(r.b, r.c))
	case recNotice:
		return fmt.Sprintf("is notified: kind %d, fence %d", r.a, r.b)
	case recLead:
		return fmt.Sprintf("leads under fence %d until %d, now %d", r.a, int64(r.b), int64(r.c))
	case recExtend:
		return fmt.Sprintf("leads on under fence %d until %d, now %d", r.a, int64(r.b), int64(r.c))
	case recDemote:
		return fmt.Sprintf("leads no longer under fence %d (%s)", r.a, lifecycle.Event(r.b))
	case recTold:
		return fmt.Sprintf("tells workload %d to end", r.a)
	case recBegan:
		return fmt.Sprintf("begins workload %d under fence %d", r.a, r.b)
	case recReturned:
		return fmt.Sprintf("workload %d has returned", r.a)
	case recGained:
		return fmt.Sprintf("announces fence %d", r.a)
	case recLostNews:
		return fmt.Sprintf("announces the loss of fence %d", r.a)
	case recCommand:
		return fmt.Sprintf("is asked to %s", command(r.a))
	case recFault:
		return fmt.Sprintf("fault: %s for %v", FaultKind(r.a), time.Duration(r.b))
	case recResumed:
		return "resumes"
	case recRestarted:
		return fmt.Sprintf("starts as incarnation %d", r.a)
	case recEnded:
		return fmt.Sprintf("the lease under fence %d ends before its time", r.a)
	case recWrite:
		return fmt.Sprintf("a write under fence %d arrives: %s", r.a, [...]string{"refused", "accepted"}[r.b])
	case recTrouble:
		return fmt.Sprintf("trouble beyond the assumptions: %v", time.Duration(r.a)) //nolint:gosec // it was one
	case recPhase:
		return fmt.Sprintf("phase %d", r.a)
	}
	return fmt.Sprintf("%d %d %d %d", r.kind, r.a, r.b, r.c)
}

// outcome is a store's answer as a number.
func outcome(err error) uint64 {
	if err == nil {
		return 0
	}
	if held, refused := errors.AsType[*stores.HeldError](err); refused {
		return held.Lease.Fence<<4 | 1
	}
	switch {
	case errors.Is(err, stores.ErrLost):
		return 2
	case errors.Is(err, stores.ErrVacant):
		return 3
	case errors.Is(err, stores.ErrInvalid):
		return 4
	default:
		return 5
	}
}

func answer(result, fence uint64) string {
	switch result & 0xf {
	case 0:
		return fmt.Sprintf("done, fence %d", fence)
	case 1:
		return fmt.Sprintf("held under fence %d", result>>4)
	default:
		return [...]string{2: "lost", 3: "vacant", 4: "invalid", 5: "failed"}[result&0xf]
	}
}

package demo

import (
	"slices"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
)

// kind is what a strike does to the leader.
type kind uint8

const (
	kindStop kind = iota + 1
	kindKill
	kindPause
	kindStall
	kindCut
)

// kinds are all kinds, in the order of a summary.
var kinds = [...]kind{kindStop, kindKill, kindPause, kindStall, kindCut}

func (k kind) String() string {
	return [...]string{"none", "stop", "kill", "pause", "pause in a write", "cut"}[k]
}

// instant is time on the run's one clock, since its start.
type instant = time.Duration

// who is one incarnation of a participant.
type who struct{ Participant, Incarnation string }

// look is one check of a term. The check itself was made at some instant from Before to After.
type look struct {
	who
	Fence         uint64
	Before, After instant
	// Leads is what the check said.
	Leads bool
	// Waking tells that it is the first look after a pause.
	Waking bool
}

// write is one write as it arrived at the resource.
type write struct {
	who
	Fence    uint64
	At       instant
	Accepted bool
}

// call is one call of an elector to the store.
type call struct {
	who
	Op             string
	Fence          uint64
	Sent, Returned instant
	// Reached tells whether it arrived at the store. OK is what the store said: granted, renewed, freed, answered.
	Reached, OK bool
}

// ending is a workload's leave of its term.
type ending struct {
	who
	Fence uint64
	At    instant
	// Reason is why the term is over. StillLeads tells that, although it was told so, a check said the opposite.
	Reason     elector.Event
	StillLeads bool
}

// strike is what was done to a leader under a fence.
type strike struct {
	who
	Kind  kind
	Fence uint64
	// At is when it began; Until is when it was undone, or 0.
	At, Until instant
}

// attendance is the time for which a participant took part; Until is 0 for one who takes part to the end.
type attendance struct {
	Participant string
	From, Until instant
	Died        bool
}

// evidence is all that was recorded in a run. Records of one participant are in the order in which it made them; writes
// are in the order of their arrival.
type evidence struct {
	Looks       []look
	Writes      []write
	Calls       []call
	Endings     []ending
	Strikes     []strike
	Attendances []attendance
	// Failures are errors that ended an elector and should not have.
	Failures []string
	// Over is when the script ended; what participants did afterwards is its clearing away.
	Over instant
}

func (e *evidence) clone() *evidence {
	c := *e
	c.Looks, c.Writes, c.Calls = slices.Clone(e.Looks), slices.Clone(e.Writes), slices.Clone(e.Calls)
	c.Endings, c.Strikes = slices.Clone(e.Endings), slices.Clone(e.Strikes)
	c.Attendances, c.Failures = slices.Clone(e.Attendances), slices.Clone(e.Failures)
	return &c
}

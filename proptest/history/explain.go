package history

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/tenure-go/tenure/stores"
)

// ViolationError says which answers of an election contradict one another.
type ViolationError struct {
	// Election is its name.
	Election string
	// Answers are a smallest set of calls whose answers no order explains: with any one of them left unanswered, there is
	// one, whatever the others answered. Where time did not suffice to find it, there are more of them.
	Answers []Operation
	// Operations are the calls of the election up to the answer with which the contradiction was complete. List is among
	// them as a Get.
	Operations []Operation

	part *election
}

func (e *ViolationError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%v: election %q: of %d calls, the answers of these contradict one another, whatever the others did:",
		ErrViolated, e.Election, len(e.Operations))
	for _, op := range e.Answers {
		fmt.Fprintf(&text, "\n  %s", op)
	}
	return text.String()
}

// Is makes a ViolationError an [ErrViolated].
func (e *ViolationError) Is(target error) bool { return target == ErrViolated }

// Visualize writes a page of HTML that shows the calls, and how far they can be explained, in a browser.
func (e *ViolationError) Visualize(w io.Writer) error {
	operations := e.part.operations()
	slices.SortStableFunc(operations, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var lanes []int64 // when each line of the picture is free again
	for i, op := range operations {
		lane := slices.IndexFunc(lanes, func(until int64) bool { return until < op.Call })
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, 0)
		}
		lanes[lane], operations[i].ClientId = op.Return, lane
	}
	_, info := porcupine.CheckOperationsVerbose(rules(false), operations, e.part.opts.Timeout)
	return porcupine.Visualize(rules(false), info, w)
}

func (e *event) String() string {
	if e.end {
		return "the end"
	}
	return e.asked() + ": " + e.told()
}

func (s state) String() string {
	switch {
	case s.over:
		return "all is explained"
	case !s.held:
		return fmt.Sprintf("vacant, last fence %d", s.last)
	default:
		text := fmt.Sprintf("%s, %v to %v left", tenure(s.holder), s.left.low, s.left.high)
		if s.revoked {
			text += ", revoked"
		}
		return text
	}
}

// explain finds the smallest set of answers that is a violation by itself. What is left out is not taken as not having
// happened but as not answered, which explains everything that it explained before.
func explain(el *election) error {
	deadline := time.Now().Add(el.opts.Timeout)
	var all []Operation
	for _, e := range el.events {
		all = append(all, e.Operation)
	}
	all = upTo(all, firstViolation(el, all, deadline))
	answered := suspects(el, all, deadline)
	for part := len(answered) / 2; part >= 1; part /= 2 {
		for i := 0; i < len(answered) && time.Now().Before(deadline); {
			fewer := slices.Delete(slices.Clone(answered), i, min(i+part, len(answered)))
			if violates(el, keeping(all, fewer)) {
				answered = fewer
			} else {
				i += part
			}
		}
	}
	found := &ViolationError{Election: el.name, Operations: all, part: split(all, el.opts)[0]}
	for _, op := range all {
		if slices.Contains(answered, op.Sent) {
			found.Answers = append(found.Answers, op)
		}
	}
	slices.SortFunc(found.Answers, func(a, b Operation) int { return cmp.Compare(a.Sent, b.Sent) })
	return found
}

// suspects are the calls of which some are to be found that contradict one another: the last answer, those that tell of the
// same tenure, and as few of those before as suffice. Few answers are searched sooner than many of which some are taken back.
func suspects(el *election, all []Operation, deadline time.Time) []uint64 {
	answered := answeredOf(all)
	last := all[slices.IndexFunc(all, func(o Operation) bool { return o.Sent == answered[len(answered)-1] })]
	for _, op := range all {
		if op.Answered > last.Answered {
			last = op
		}
	}
	for before := 0; before < len(answered) && time.Now().Before(deadline); before = 2*before + 1 {
		var some []uint64
		for i, sent := range answered {
			if i >= len(answered)-before || sent == last.Sent {
				some = append(some, sent)
			}
		}
		for _, op := range all {
			if op.Outcome != Unknown && op.tellsOf(last) && !slices.Contains(some, op.Sent) {
				some = append(some, op.Sent)
			}
		}
		slices.Sort(some)
		if violates(el, keeping(all, some)) {
			return some
		}
	}
	return answered
}

// tellsOf tells whether two calls are about one tenure or attempt.
func (o Operation) tellsOf(other Operation) bool {
	for _, a := range o.tenures() {
		for _, b := range other.tenures() {
			if (a.Fence != 0 && a.Fence == b.Fence) || (a.Attempt == b.Attempt && a.Number != 0) {
				return true
			}
		}
	}
	return false
}

// tenures are those that a call names, and that its answer tells of.
func (o Operation) tenures() []stores.Tenure {
	all := []stores.Tenure{o.Tenure, {Attempt: o.Request.Attempt}}
	for _, lease := range o.Leases {
		all = append(all, lease.Tenure)
	}
	return all
}

// firstViolation is the place of the answer that completes the violation.
func firstViolation(el *election, all []Operation, deadline time.Time) uint64 {
	places := []uint64{}
	for _, op := range all {
		if op.Outcome != Unknown {
			places = append(places, op.Answered)
		}
	}
	slices.Sort(places)
	low, high := 0, len(places)-1 // With all answers it is complete.
	for low < high && time.Now().Before(deadline) {
		middle := (low + high) / 2
		if violates(el, upTo(all, places[middle])) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return places[high]
}

// upTo is the history when the answer with the place given had just come.
func upTo(all []Operation, place uint64) []Operation {
	var part []Operation
	for _, op := range all {
		switch {
		case op.Sent > place:
		case op.Answered > place:
			part = append(part, op.unanswered())
		default:
			part = append(part, op)
		}
	}
	return part
}

// answeredOf are the places of the sending of the calls that were answered.
func answeredOf(all []Operation) (answered []uint64) {
	for _, op := range all {
		if op.Outcome != Unknown {
			answered = append(answered, op.Sent)
		}
	}
	return answered
}

// keeping takes the answers of all calls but those given.
func keeping(all []Operation, answered []uint64) []Operation {
	part := slices.Clone(all)
	for i, op := range part {
		if !slices.Contains(answered, op.Sent) {
			part[i] = op.unanswered()
		}
	}
	return part
}

func (o Operation) unanswered() Operation {
	o.Outcome, o.Leases, o.Revoked, o.Answered, o.Until = Unknown, nil, false, 0, 0
	return o
}

// violates searches for a short time only: what takes longer is taken for no violation.
func violates(el *election, part []Operation) bool {
	const short = 100 * time.Millisecond
	elections := split(part, el.opts)
	return len(elections) == 1 && elections[0].search(min(short, el.opts.Timeout)) == porcupine.Illegal
}

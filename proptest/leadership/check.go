package leadership

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/stores/fencing"
)

// Rule names what a history broke.
type Rule string

// The rules.
const (
	TwoLeaders  Rule = "two leaders"
	FenceOrder  Rule = "fence order"
	GainAndLoss Rule = "gain and loss"
	LedAgain    Rule = "led again"
	Writes      Rule = "writes"
)

// ErrViolated is the class of a broken rule. The error is a *[ViolationError], or several joined.
var ErrViolated = errors.New("leadership: a rule is broken")

// ErrNobodyLed says that the history has no tenure, so nothing could be checked.
var ErrNobodyLed = errors.New("leadership: nobody led, so nothing was checked")

// ViolationError says which rule was broken in which election, by what, and which events show it.
type ViolationError struct {
	Rule     Rule
	Election string
	// What says what is wrong about the events.
	What string
	// Events are those that show it.
	Events []Event
}

func (v *ViolationError) Error() string {
	lines := make([]string, 0, 1+len(v.Events))
	lines = append(lines, fmt.Sprintf("leadership: %s in election %q: %s", v.Rule, v.Election, v.What))
	for _, e := range v.Events {
		lines = append(lines, "\t"+e.String())
	}
	return strings.Join(lines, "\n")
}

// Is makes a ViolationError an [ErrViolated].
func (v *ViolationError) Is(target error) bool { return target == ErrViolated }

// Check holds events, in any order, against the rules. The error is [ErrNobodyLed], or one *[ViolationError] for each rule that
// each election broke, joined: the first that was found.
func Check(events []Event) error {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.End, b.End) })
	elections := map[string][]Event{}
	var names []string
	for _, e := range events {
		if elections[e.Election] == nil {
			names = append(names, e.Election)
		}
		elections[e.Election] = append(elections[e.Election], e)
	}
	led := func(e Event) bool { return e.Kind == Led || e.Kind == Gained }
	if !slices.ContainsFunc(events, led) {
		return ErrNobodyLed
	}
	var errs []error
	for _, name := range names {
		own := elections[name]
		for _, rule := range []func([]Event) *ViolationError{twoLeaders, fenceOrder, gainAndLoss, ledAgain, writes} {
			if v := rule(own); v != nil {
				v.Election = name
				errs = append(errs, v)
			}
		}
	}
	return errors.Join(errs...)
}

// reign is what the looks prove of one tenure: the first and the last that found it leading.
type reign struct{ first, last Event }

func (r reign) sure() (from, to uint64) { return r.first.End, r.last.Begin }

// reigns are those of all tenures that were seen to lead, in the order of their first looks.
func reigns(events []Event) []reign {
	index, all := map[tenure]int{}, []reign(nil)
	for _, e := range events {
		if e.Kind != Led {
			continue
		}
		i, known := index[e.tenure()]
		if !known {
			index[e.tenure()] = len(all)
			all = append(all, reign{first: e, last: e})
			continue
		}
		all[i].last = e
	}
	return all
}

// contains tells whether r led all through the look.
func (r reign) contains(look Event) bool {
	from, to := r.sure()
	return from <= look.Begin && look.End <= to
}

func (r reign) overlaps(other reign) bool {
	from, to := r.sure()
	otherFrom, otherTo := other.sure()
	return max(from, otherFrom) <= min(to, otherTo) ||
		r.contains(other.first) || r.contains(other.last) || other.contains(r.first) || other.contains(r.last)
}

func twoLeaders(events []Event) *ViolationError {
	all := reigns(events)
	for i, one := range all {
		for _, other := range all[i+1:] {
			if one.overlaps(other) {
				return &ViolationError{
					Rule: TwoLeaders, Events: inOrder(one.first, other.first, one.last, other.last),
					What: fmt.Sprintf("%s under fence %d and %s under fence %d led at one instant",
						one.first.Participant, one.first.Fence, other.first.Participant, other.first.Fence),
				}
			}
		}
	}
	return nil
}

// inOrder returns the events in order, each once.
func inOrder(events ...Event) []Event {
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.End, b.End) })
	return slices.Compact(events)
}

// fenceOrder compares the tenures that were seen to lead one after the other, and the gains of each incarnation.
func fenceOrder(events []Event) *ViolationError {
	by := map[uint64]Event{}
	for _, e := range events {
		if e.Fence == 0 || e.Kind == Admitted || e.Kind == Refused {
			continue
		}
		if before, known := by[e.Fence]; known && before.Incarnation != e.Incarnation {
			return &ViolationError{
				Rule: FenceOrder, Events: []Event{before, e}, What: fmt.Sprintf("two tenures have fence %d", e.Fence),
			}
		}
		by[e.Fence] = e
	}
	all := reigns(events)
	for i, one := range all {
		for _, later := range all[i+1:] {
			if one.first.End <= later.first.Begin && one.first.Fence > later.first.Fence {
				return backwards(one.first, later.first)
			}
		}
	}
	last := map[string]Event{}
	for _, e := range events {
		if e.Kind != Gained {
			continue
		}
		if before, known := last[e.Incarnation]; known && before.Fence >= e.Fence {
			return backwards(before, e)
		}
		last[e.Incarnation] = e
	}
	return nil
}

func backwards(before, after Event) *ViolationError {
	return &ViolationError{
		Rule: FenceOrder, Events: []Event{before, after},
		What: fmt.Sprintf("fence %d came after fence %d", after.Fence, before.Fence),
	}
}

func gainAndLoss(events []Event) *ViolationError {
	open := map[string]*Event{}
	broken := func(what string, events ...Event) *ViolationError {
		return &ViolationError{Rule: GainAndLoss, What: what, Events: events}
	}
	for _, e := range events {
		before := open[e.Incarnation]
		switch {
		case e.Kind == Gained && before != nil:
			return broken("a gain before the loss of the last one", *before, e)
		case e.Kind == Gained:
			open[e.Incarnation] = &e
		case e.Kind == Lost && before == nil:
			return broken("a loss without a gain", e)
		case e.Kind == Lost && before.Fence != e.Fence:
			return broken("the loss of another tenure than was gained", *before, e)
		case e.Kind == Lost:
			open[e.Incarnation] = nil
		}
	}
	return nil
}

// ledAgain looks for a look that found a tenure leading and began after its end was seen or told.
func ledAgain(events []Event) *ViolationError {
	for _, r := range reigns(events) {
		for _, e := range events {
			ended := (e.Kind == NotLed || e.Kind == Lost) && e.Incarnation == r.first.Incarnation && e.Fence == r.first.Fence
			// A look that found no tenure at all may have been before this one began.
			none := e.Kind == NotLed && e.Incarnation == r.first.Incarnation && e.Fence == 0 && e.Begin >= r.first.End
			if (ended || none) && e.End <= r.last.Begin {
				return &ViolationError{
					Rule: LedAgain, Events: inOrder(r.first, e, r.last),
					What: fmt.Sprintf("%s leads under fence %d after that was over", e.Participant, r.first.Fence),
				}
			}
		}
	}
	return nil
}

// writes takes each resource's writes in their order, as far as that is known.
func writes(events []Event) *ViolationError {
	known, top := map[tenure]bool{}, uint64(0)
	for _, e := range events {
		if e.Kind != Admitted && e.Kind != Refused {
			known[e.tenure()] = true
			top = max(top, e.Fence)
		}
	}
	broken := func(what string, events ...Event) *ViolationError {
		return &ViolationError{Rule: Writes, What: what, Events: events}
	}
	highest := map[string]Event{}
	for _, e := range events {
		before, wrote := highest[e.Resource]
		admits := fencing.Admits(token(before), token(e))
		switch {
		case e.Kind == Refused && e.Fence >= top && known[e.tenure()]:
			return broken("a write was refused though nobody led with a higher fence", e)
		case e.Kind != Admitted:
			continue
		case !known[e.tenure()]:
			return broken("a write under a fence that nobody led with was admitted", e)
		case wrote && !admits && before.End <= e.Begin:
			return broken("a write of an earlier tenure was admitted after a later one's", before, e)
		case admits:
			highest[e.Resource] = e
		}
	}
	return nil
}

func token(e Event) fencing.Token {
	return fencing.Token{Fence: e.Fence, Incarnation: e.Incarnation}
}

package proptest

import (
	"fmt"
	"slices"
	"time"
)

// shrinkRuns is how many runs are spent on making one smaller. Most need a tenth of it.
const shrinkRuns = 4000

// Extent is how large a run is, up to the instant at which it broke a check.
type Extent struct {
	// Participants, Commands, Faults and Hazards count what of each there is.
	Participants, Commands, Faults, Hazards int
	// Lines is the length of the transcript, Virtual the time in the world.
	Lines   int
	Virtual time.Duration
}

func (e Extent) String() string {
	return fmt.Sprintf("%d participants, %d commands, %d faults, %d hazards, %d lines, %v",
		e.Participants, e.Commands, e.Faults, e.Hazards, e.Lines, e.Virtual)
}

// Shrunk is a failing run made small.
type Shrunk struct {
	// Violation is what the small run broke: the same check as the whole one. It has what was kept, and its replay.
	Violation *Violation
	// From and To are the extents of the whole run and of the small one; Runs is how many were tried.
	From, To Extent
	Runs     int
	// Transcript is all of the small run.
	Transcript []string
}

// String is the violation, and the transcript from the beginning.
func (s *Shrunk) String() string {
	v := *s.Violation
	v.Tail = s.Transcript
	return fmt.Sprintf("%s\nshrunk in %d runs, from %v\nto %v", &v, s.Runs, s.From, s.To)
}

// Shrink makes a failing run smaller, as long as the check that it breaks first stays the same: it takes away
// participants, commands, faults and hazards (delta debugging: Zeller and Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", 2002), ends the faults earlier, and cuts the run where the check breaks. What is kept is drawn
// as in the whole run. The same options give the same small run. It returns nil if the run breaks nothing.
func Shrink(opt Options) *Shrunk {
	opt.KeepGoing, opt.Log = false, nil
	s := &shrinker{opt: opt}
	w := newWorld(opt)
	w.run()
	if len(w.violations) == 0 {
		return nil
	}
	s.check = w.violations[0].Check
	s.keep = wholeOf(w)
	result := &Shrunk{From: extentOf(w, &s.keep)}
	// What was broken in the whole run is broken when all of it is kept: this only cuts the end off.
	if !s.breaks(s.keep) {
		result.Violation, result.To = w.violations[0], result.From
		return result
	}
	for s.smaller() {
		continue
	}
	s.opt.Keep = &s.keep
	s.opt.Log = func(line string) { result.Transcript = append(result.Transcript, line) }
	w = newWorld(s.opt)
	w.run()
	result.Violation, result.To, result.Runs = w.violations[0], extentOf(w, &s.keep), s.runs
	return result
}

// wholeOf keeps all of a run that has ended; of one that was restricted, as much.
func wholeOf(w *world) Keep {
	k := Keep{Hazards: Hazards(), Until: time.Duration(w.now)}
	if w.opt.Keep != nil {
		k = *w.opt.Keep
		k.Until = time.Duration(w.now)
		return k
	}
	for i := range w.participants {
		k.Participants = append(k.Participants, i)
	}
	for n := range w.commands {
		k.Commands = append(k.Commands, n+1)
	}
	for n := range w.faults {
		k.Faults = append(k.Faults, n+1)
	}
	return k
}

func extentOf(w *world, k *Keep) Extent {
	return Extent{
		Participants: len(k.Participants), Commands: len(k.Commands), Faults: len(k.Faults), Hazards: len(k.Hazards),
		Lines: w.log.n, Virtual: time.Duration(w.now),
	}
}

// shrinker holds the smallest run so far.
type shrinker struct {
	opt   Options
	check Check
	keep  Keep
	runs  int
}

// breaks tells whether a run still breaks the check, and before any other. If it does, that is the smallest one so far.
func (s *shrinker) breaks(k Keep) bool {
	if s.runs >= shrinkRuns {
		return false
	}
	s.runs++
	opt := s.opt
	opt.Keep = &k
	_, violations := Simulate(opt)
	if len(violations) == 0 || violations[0].Check != s.check {
		return false
	}
	k.Until = violations[0].At
	s.keep = k
	return true
}

// smaller goes once through all that can be taken away; it reports whether anything was.
func (s *shrinker) smaller() bool {
	before := s.keep.String()
	s.endEarlier()
	reduce(s.keep.Hazards, func(items []string) bool { k := s.keep; k.Hazards = items; return s.breaks(k) })
	reduce(s.keep.Faults, func(items []int) bool { k := s.keep; k.Faults = items; return s.breaks(k) })
	reduce(s.keep.Participants, func(items []int) bool { k := s.keep; k.Participants = items; return s.breaks(k) })
	reduce(s.keep.Commands, func(items []int) bool { k := s.keep; k.Commands = items; return s.breaks(k) })
	return s.keep.String() != before
}

// endEarlier halves the time of the faults as long as the check still breaks after its end.
func (s *shrinker) endEarlier() {
	for part := s.keep.Until / 2; part > time.Millisecond; part /= 2 {
		k := s.keep
		k.Ends = max(k.Until-part, time.Millisecond).Truncate(time.Millisecond)
		if s.keep.Ends == 0 || k.Ends < s.keep.Ends {
			s.breaks(k)
		}
	}
}

// reduce takes away as much of a list as it can: all of it, halves, quarters, and so on down to single items.
func reduce[T any](items []T, breaks func([]T) bool) {
	for size := len(items); size > 0; size /= 2 {
		for at := 0; at < len(items); {
			rest := slices.Concat(items[:at], items[min(at+size, len(items)):])
			if breaks(rest) {
				items = rest
			} else {
				at += size
			}
		}
	}
}

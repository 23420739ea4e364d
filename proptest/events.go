package proptest

import "math"

// eventKind tells what happens at an event.
type eventKind uint8

const (
	// evTick: a participant's timer fires.
	evTick eventKind = iota
	// evRequest, evReply and evNotice: a message arrives, at the store or at a participant.
	evRequest
	evReply
	evNotice
	// evReturn: a workload returns.
	evReturn
	// evReported: a planted fault says that a workload has returned.
	evReported
	// evWrite: a workload begins a write; evApply: a write arrives at the resource.
	evWrite
	evApply
	// evCommand: a caller asks a participant for something.
	evCommand
	// evScript and evChaos: the next command, or the next fault, is drawn.
	evScript
	evChaos
	// evTrouble: the next trouble beyond the assumptions is drawn.
	evTrouble
	// evResume and evRestart: a pause, or the time after a crash, ends.
	evResume
	evRestart
	// evProbe: a lease ends at the store, so that the checks look at that very instant.
	evProbe
	// evPhase: the next phase of the run begins.
	evPhase
)

// event is something that happens at a true time. Events at one time happen in the order in which they were made.
type event struct {
	at   int64
	seq  uint64
	gen  uint32
	ref  int32
	who  int16
	kind eventKind
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// agenda is what is still to happen: a heap of four branches, which takes fewer steps than one of two.
type agenda struct {
	heap []event
	// timers has a place for each participant's only timer: most of what happens are timers, and most are moved before they
	// fire.
	timers []event
	seq    uint64
	// grain is what every time is a multiple of, if it is set.
	grain int64
}

const branches = 4

// never is a time that no event has.
const never = math.MaxInt64

// addTimer makes a place for one more timer, which is not set.
func (a *agenda) addTimer() { a.timers = append(a.timers, event{at: never}) }

// setTimer sets the timer that an event is of, in place of what it was set to before.
func (a *agenda) setTimer(e event) {
	a.stamp(&e)
	a.timers[e.who] = e
}

func (a *agenda) stopTimer(who int) { a.timers[who].at = never }

// stamp puts an event after all that were made before for the same time.
func (a *agenda) stamp(e *event) {
	if a.grain > 0 {
		e.at = a.whole(e)
	}
	a.seq++
	e.seq = a.seq
}

func (a *agenda) push(e event) {
	a.stamp(&e)
	a.heap = append(a.heap, e)
	i := len(a.heap) - 1
	for i > 0 {
		up := (i - 1) / branches
		if !e.before(&a.heap[up]) {
			break
		}
		a.heap[i] = a.heap[up]
		i = up
	}
	a.heap[i] = e
}

// whole rounds the time of an event down, which is not before now, where that is whole; but no timer may fire early.
func (a *agenda) whole(e *event) int64 {
	at := e.at
	if e.kind == evTick {
		at += a.grain - 1
	}
	return at - at%a.grain
}

// pop takes the next event. There must be one that is no timer.
func (a *agenda) pop() event {
	next := &a.heap[0]
	for i := range a.timers {
		if t := &a.timers[i]; t.before(next) {
			next = t
		}
	}
	if next != &a.heap[0] {
		e := *next
		next.at = never
		return e
	}
	return a.popHeap()
}

func (a *agenda) popHeap() event {
	last := len(a.heap) - 1
	first, e, heap := a.heap[0], a.heap[last], a.heap[:last]
	a.heap = heap
	i := 0
	for {
		child := branches*i + 1
		if child >= len(heap) {
			break
		}
		least := child
		for child++; child <= branches*(i+1) && child < len(heap); child++ {
			if heap[child].before(&heap[least]) {
				least = child
			}
		}
		if !heap[least].before(&e) {
			break
		}
		heap[i] = heap[least]
		i = least
	}
	if len(heap) > 0 {
		heap[i] = e
	}
	return first
}

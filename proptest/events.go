package proptest

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
	// evCommand: a caller asks a participant for something.
	evCommand
	// evScript and evChaos: the next command, or the next fault, is drawn.
	evScript
	evChaos
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
	seq  uint64
	// grain is what every time is a multiple of, if it is set.
	grain int64
}

const branches = 4

func (a *agenda) push(e event) {
	if a.grain > 0 {
		e.at = a.whole(&e)
	}
	a.seq++
	e.seq = a.seq
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

// pop takes the next event. There must be one.
func (a *agenda) pop() event {
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

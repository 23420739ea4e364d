//go:build linux || darwin

package runner

import "time"

// How much may wait to be told, and for how long the end of a run waits for it.
const (
	tellLimit = 64
	tellTime  = time.Second
)

// teller tells of events in a goroutine of its own: whoever listens may block, and what ends a program must not wait for that.
type teller struct {
	events     chan Event
	over, done chan struct{}
}

func newTeller(tell func(Event)) *teller {
	t := &teller{events: make(chan Event, tellLimit), over: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		for {
			select {
			case e := <-t.events:
				tell(e)
				continue
			default:
			}
			select {
			case e := <-t.events:
				tell(e)
			case <-t.over:
				return
			}
		}
	}()
	return t
}

// tell never blocks. What does not fit is left out.
func (t *teller) tell(e Event) {
	select {
	case t.events <- e:
	default:
	}
}

// close waits until all is told, but not for ever. What comes later is left out.
func (t *teller) close() {
	close(t.over)
	select {
	case <-t.done:
	case <-time.After(tellTime):
	}
}

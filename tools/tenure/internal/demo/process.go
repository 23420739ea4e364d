package demo

import (
	"sync"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
)

// process is the part of an operating system's process that a pause acts upon. All that goes on in a participant passes
// by it: its timers, what it sends to the store, the answers, and its wake-ups.
type process struct {
	mu     sync.Mutex
	thawed chan struct{} // closed while the process runs
}

func newProcess() *process {
	p := &process{thawed: make(chan struct{})}
	close(p.thawed)
	return p
}

// wait returns at once in a process that runs, and otherwise when its pause is over.
func (p *process) wait() { p.pass(func() {}) }

// pass waits likewise and then runs f, which is short, at an instant at which the process is not paused.
func (p *process) pass(f func()) {
	for {
		p.mu.Lock()
		thawed := p.thawed
		select {
		case <-thawed:
			f()
			p.mu.Unlock()
			return
		default:
		}
		p.mu.Unlock()
		<-thawed
	}
}

func (p *process) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.thawed = make(chan struct{})
}

func (p *process) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.thawed)
}

// processClock is the machine's clock as a process sees it: it shows the true time always, since a pause stops the
// process and not the time, but a timer that is due in a pause fires when the pause is over.
type processClock struct {
	clock.Clock
	process *process
}

// AfterFunc implements [clock.Clock].
func (c processClock) AfterFunc(d time.Duration, f func()) clock.Timer {
	return c.Clock.AfterFunc(d, func() {
		c.process.wait()
		f()
	})
}

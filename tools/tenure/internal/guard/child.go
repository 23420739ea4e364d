//go:build linux || darwin

package guard

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// writeLimit is how long a guardian may leave its pipe full, before it is taken for one that does nothing any more.
const writeLimit = 100 * time.Millisecond

// Command is a program to run.
type Command struct {
	// Guardian are the arguments with which this very program becomes a guardian; it calls [Guardian] with Path and Args,
	// which are added.
	Guardian []string
	// Path is the program's file, Args what it is called with, its name first.
	Path string
	Args []string
	// Env is its environment.
	Env []string
}

// Child is a program that runs under guard. Its methods may be called from many goroutines, also after its end, when they
// do nothing.
type Child struct {
	owner    *owner
	group    processGroup
	guardian int
	// buried: the guardian's end was seen, and its number may mean another process.
	buried bool
	orders *os.File
	asks   chan func(now Instant)
	told   chan struct{}
	exited chan struct{}
	done   chan struct{}
}

// Start starts a guardian and has it start the program, with this process's standard input, output and error. It returns
// before that is done; [Child.Result] tells what became of it.
//
// Where the guardian dies, this process becomes the parent of what it has started, and looks at the ends of all its children: it
// must not wait for others by itself. [Reap] does so when no child is guarded.
func Start(c Command, b Bounds) (*Child, error) {
	program, err := self()
	if err != nil {
		return nil, fmt.Errorf("which program is this: %w", err)
	}
	adopt()
	ordersOut, orders, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("a pipe to the guardian: %w", err)
	}
	reports, reportsIn, err := os.Pipe()
	if err != nil {
		_, _ = ordersOut.Close(), orders.Close()
		return nil, fmt.Errorf("a pipe from the guardian: %w", err)
	}
	argv := append(append(append([]string{os.Args[0]}, c.Guardian...), c.Path), c.Args...)
	pid, err := syscall.ForkExec(program, argv, &syscall.ProcAttr{
		Env: c.Env, Sys: &syscall.SysProcAttr{Setsid: true},
		Files: []uintptr{0, 1, 2, ordersOut.Fd(), reportsIn.Fd()},
	})
	_, _ = ordersOut.Close(), reportsIn.Close()
	if err != nil {
		_, _ = orders.Close(), reports.Close()
		return nil, fmt.Errorf("start the guardian: %w", err)
	}
	child := &Child{
		guardian: pid, orders: orders, asks: make(chan func(Instant)),
		told: make(chan struct{}), exited: make(chan struct{}), done: make(chan struct{}),
	}
	child.owner = newOwner(child, b)
	go child.own(reports)
	return child, nil
}

// Extend says that the lease was renewed.
func (c *Child) Extend(b Bounds) { c.ask(func(now Instant) { c.owner.extend(now, b) }) }

// Signal passes a signal on to the program's group.
func (c *Child) Signal(sig syscall.Signal) { c.ask(func(Instant) { c.owner.pass(sig) }) }

// Tell tells the program's group to end, by sig, and kills it at limit at the latest. Told again, only the nearer limit
// counts.
func (c *Child) Tell(sig syscall.Signal, limit Instant) {
	c.ask(func(now Instant) { c.owner.tell(now, sig, limit) })
}

// Kill kills the program's group.
func (c *Child) Kill() { c.ask(c.owner.kill) }

// Told is closed when the program was told to end, for whatever reason: also by a guardian that was asked to, or in place of
// one that died. It stays open for a program that ended before. Whoever holds the lease then has to set a limit with Tell.
func (c *Child) Told() <-chan struct{} { return c.told }

// Exited is closed when the program's first process has ended, and at the latest with Done.
func (c *Child) Exited() <-chan struct{} { return c.exited }

// Done is closed when no process of the program's group is left.
func (c *Child) Done() <-chan struct{} { return c.done }

// Result waits for Done and tells how the program ended.
func (c *Child) Result() Result {
	<-c.done
	return c.owner.result
}

func (c *Child) ask(f func(now Instant)) {
	select {
	case c.asks <- f:
	case <-c.done:
	}
}

// own is the owner's loop.
func (c *Child) own(pipe *os.File) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	reports := listen[report](pipe)
	for !c.owner.over {
		asleep := Now()
		var asked func(Instant)
		select {
		case r, open := <-reports:
			reports = c.hear(r, open, reports)
		case asked = <-c.asks:
		case <-ended:
		case <-time.After(pause(c.owner.wake(), c.owner.inCharge)):
		}
		if Now() > asleep+stopped {
			reports = c.catchUp(reports)
		}
		if asked != nil {
			asked(Now())
		}
		c.look()
	}
	c.leave(pipe, reports)
}

// stopped is how long the loop sleeps only where this process was stopped, or starved.
const stopped = Instant(2 * clockPeriod)

// catchUp hears what the guardian has said while this process was stopped: that comes before what has fallen due.
func (c *Child) catchUp(reports <-chan report) <-chan report {
	for quiet := time.After(groupPeriod); ; {
		select {
		case r, open := <-reports:
			reports = c.hear(r, open, reports)
		case <-quiet:
			return reports
		}
	}
}

// hear takes a report, or the end of the pipe: the guardian is dead then, as soon as it is buried its children are this
// process's, and nobody else signals them. It returns where more may come from.
func (c *Child) hear(r report, open bool, reports <-chan report) <-chan report {
	if open {
		c.owner.hear(r)
		c.group.id = c.owner.group
		return reports
	}
	c.bury()
	c.owner.alone(Now())
	return nil
}

// look does what is due and sees who has ended. As long as the guardian lives, it alone is looked at: an end of another that
// was seen before the owner is in charge would be lost.
func (c *Child) look() {
	c.owner.tick(Now())
	switch {
	case c.owner.over:
	case !c.owner.inCharge:
		c.buried = c.buried || ended(c.guardian)
	default:
		reap(func(pid int, status syscall.WaitStatus) {
			if pid == c.group.id {
				c.owner.exited(status)
			}
		})
		if c.group.id != 0 && c.group.gone(Now(), c.owner.schedule.killed) {
			c.owner.gone()
		}
	}
	if c.owner.schedule.told {
		once(c.told)
	}
	if c.owner.result.Exited {
		once(c.exited)
	}
}

// once closes a channel unless it is closed. Only the loop calls it.
func once(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// leave ends a guardian that has nothing left to do and may be stopped all the same, and what reads from it.
func (c *Child) leave(pipe *os.File, reports <-chan report) {
	c.dismiss()
	c.bury()
	if reports != nil {
		for range reports {
		}
	}
	_, _ = pipe.Close(), c.orders.Close()
	once(c.exited)
	close(c.done)
}

// send implements reins.
func (c *Child) send(o order) {
	_ = c.orders.SetWriteDeadline(time.Now().Add(writeLimit))
	if err := json.NewEncoder(c.orders).Encode(o); err != nil {
		c.dismiss()
	}
}

// dismiss implements reins.
func (c *Child) dismiss() {
	if !c.buried {
		_ = syscall.Kill(c.guardian, syscall.SIGKILL)
	}
}

// bury waits for the end of a guardian that is about to end.
func (c *Child) bury() {
	if !c.buried {
		bury(c.guardian)
	}
	c.buried = true
}

// signal implements reins.
func (c *Child) signal(group int, sig syscall.Signal) { signalGroup(group, sig) }

// sweep implements reins.
func (c *Child) sweep() int { return sweepSession(c.guardian) }

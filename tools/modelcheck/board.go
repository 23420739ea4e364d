package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// How often the progress is shown: as a line that is drawn again on a terminal, as a plain line elsewhere.
const (
	redrawn = 250 * time.Millisecond
	plainly = 30 * time.Second
)

// board shows how far the runs have come and prints what they found. Its methods may be called from many goroutines.
type board struct {
	mu             sync.Mutex
	stdout, stderr io.Writer
	terminal       bool
	quiet          bool
	all, done      int
	running        []*lane
	drawn          bool // a line of progress stands on the terminal
	stop           chan struct{}
	stopped        chan struct{}
}

// lane is one run under way.
type lane struct {
	name  string
	begin time.Time
	last  tlc.Progress
}

// newBoard begins to show the progress of so many runs. It must be closed.
func newBoard(stdout, stderr io.Writer, all int, quiet bool) *board {
	b := &board{
		stdout: stdout, stderr: stderr, terminal: isTerminal(stderr), quiet: quiet, all: all,
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go b.show()
	return b
}

// isTerminal reports whether what is written is seen by somebody as it comes.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

func (b *board) show() {
	defer close(b.stopped)
	pause := plainly
	if b.terminal {
		pause = redrawn
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-ticker.C:
			b.mu.Lock()
			b.draw()
			b.mu.Unlock()
		}
	}
}

func (b *board) draw() {
	if b.quiet || len(b.running) == 0 {
		return
	}
	lanes := make([]string, len(b.running))
	for i, l := range b.running {
		lanes[i] = fmt.Sprintf("%s %s", l.name, time.Since(l.begin).Round(time.Second))
		if l.last.Distinct > 0 {
			lanes[i] += fmt.Sprintf(" (%s states, %s queued)", grouped(l.last.Distinct), grouped(l.last.Queue))
		}
	}
	line := fmt.Sprintf("%d of %d done; running: %s", b.done, b.all, strings.Join(lanes, ", "))
	if !b.terminal {
		fmt.Fprintln(b.stderr, line)
		return
	}
	const width = 110
	if len(line) > width {
		line = line[:width-3] + "..."
	}
	fmt.Fprint(b.stderr, "\r\x1b[K", line)
	b.drawn = true
}

func (b *board) clear() {
	if b.drawn {
		fmt.Fprint(b.stderr, "\r\x1b[K")
		b.drawn = false
	}
}

// begins notes that a run has begun, and returns what is to be told of its progress.
func (b *board) begins(name string) (*lane, func(tlc.Progress)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := &lane{name: name, begin: time.Now()}
	b.running = append(b.running, l)
	return l, func(p tlc.Progress) {
		b.mu.Lock()
		defer b.mu.Unlock()
		l.last = p
	}
}

// ends notes that a run is over.
func (b *board) ends(l *lane) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running = slices.DeleteFunc(b.running, func(other *lane) bool { return other == l })
	b.done++
}

// print writes a finding, whole.
func (b *board) print(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	fmt.Fprint(b.stdout, text)
}

// close ends the progress.
func (b *board) close() {
	close(b.stop)
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

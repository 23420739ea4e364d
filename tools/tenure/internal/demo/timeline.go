package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// timeline prints what happens as it happens, a line each. Its methods may be called from many goroutines.
type timeline struct {
	journal     *journal
	out         *printer
	json, quiet bool

	mu sync.Mutex
}

// event is a line of the timeline as JSON.
type event struct {
	Type        string  `json:"type"`
	MS          float64 `json:"ms"`
	Participant string  `json:"participant"`
	Term        int     `json:"term,omitempty"`
	Fence       uint64  `json:"fence,omitempty"`
	Text        string  `json:"text"`
}

// say prints a line about a participant and, if fence is not 0, its term. The stamp is taken under the lock, so lines
// are in the order of their stamps.
func (t *timeline) say(participant string, fence uint64, text string) {
	number := 0
	if fence != 0 {
		number = t.journal.number(fence)
	}
	if t.quiet {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.journal.now()
	if t.json {
		t.out.object(event{"event", millis(now), participant, number, fence, text})
		return
	}
	term := ""
	if number != 0 {
		term = fmt.Sprintf("#%d", number)
	}
	t.out.printf("%9s  %s %-4s %s\n", ms(now), t.out.name(participant), term, t.out.mark(text))
}

// ms shows a time in milliseconds, and what is shorter than ten of them with a decimal.
func ms(d time.Duration) string {
	if d > 0 && d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", millis(d))
	}
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// printer writes, remembers the first error of writing, and knows whether colour is welcome.
type printer struct {
	out    io.Writer
	colour bool
	err    error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

func (p *printer) object(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		p.err = errors.Join(p.err, err)
		return
	}
	p.printf("%s\n", line)
}

const (
	red, green, yellow, bold = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1m"
	plain                    = "\x1b[0m"
)

func (p *printer) paint(code, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return code + text + plain
}

func (p *printer) name(participant string) string {
	return p.paint(bold, fmt.Sprintf("%-4s", participant))
}

// mark colours the lines that matter: strikes, and who leads.
func (p *printer) mark(text string) string {
	first, _, _ := strings.Cut(text, " ")
	switch strings.TrimRight(first, ":,") {
	case "KILLED":
		return p.paint(red, text)
	case "PAUSED", "CUT":
		return p.paint(yellow, text)
	case "leads":
		return p.paint(green, text)
	}
	return text
}

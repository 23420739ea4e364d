package doctor

import (
	"encoding/json"
	"fmt"
	"io"
)

// Printer writes checks, one a line, and counts them.
type Printer struct {
	Out    io.Writer
	JSON   bool
	counts map[Verdict]int
	err    error
}

// Print writes one check.
func (p *Printer) Print(c Check) {
	if p.counts == nil {
		p.counts = map[Verdict]int{}
	}
	p.counts[c.Verdict]++
	if p.JSON {
		p.object(c.object())
		return
	}
	line := fmt.Sprintf("%-7s %-12s ", c.Verdict, c.Topic)
	if c.Server != "" {
		line += "[" + c.Server + "] "
	}
	line += c.What
	if c.Why != "" {
		line += ": " + c.Why
	}
	if c.Change != "" {
		line += ". Change: " + c.Change
	}
	p.printf("%s\n", line)
}

// Close writes how many checks came out how, and returns what kept it from writing.
func (p *Printer) Close() error {
	n := p.counts
	if p.JSON {
		p.object(struct {
			Type   string `json:"type"`
			OK     int    `json:"ok"`
			Advice int    `json:"advice"`
			Fault  int    `json:"fault"`
		}{"summary", n[OK], n[Advice], n[Fault]})
	} else {
		p.printf("\n%d ok, %d advice, %d fault\n", n[OK], n[Advice], n[Fault])
	}
	return p.err
}

// Faults tells how many faults were printed.
func (p *Printer) Faults() int { return p.counts[Fault] }

func (c Check) object() any {
	return struct {
		Type    string  `json:"type"`
		Verdict Verdict `json:"verdict"`
		Topic   string  `json:"topic"`
		Server  string  `json:"server,omitempty"`
		What    string  `json:"what"`
		Why     string  `json:"why,omitempty"`
		Change  string  `json:"change,omitempty"`
	}{"check", c.Verdict, c.Topic, c.Server, c.What, c.Why, c.Change}
}

func (p *Printer) object(object any) {
	encoder := json.NewEncoder(p.Out)
	encoder.SetEscapeHTML(false)
	p.note(encoder.Encode(object))
}

func (p *Printer) printf(format string, args ...any) {
	_, err := fmt.Fprintf(p.Out, format, args...)
	p.note(err)
}

// note keeps the first error.
func (p *Printer) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

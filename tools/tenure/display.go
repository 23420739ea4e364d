package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// display shows what is found. Its errors are those of printing.
type display interface {
	// change is called where somebody else leads, or nobody, or the tenure was revoked.
	change(stores.Lease) error
	// now is called after each look, with all that is known.
	now(all []stores.Lease, trouble string) error
}

// lines shows one line for each change.
type lines struct {
	out  io.Writer
	text func(stores.Lease) string
}

func (l lines) change(lease stores.Lease) error {
	_, err := io.WriteString(l.out, l.text(lease))
	return err
}

func (lines) now([]stores.Lease, string) error { return nil }

// changeLine tells of a change to a person.
func changeLine(at time.Time, l stores.Lease) string {
	what := "nobody leads"
	if l.Fence != 0 {
		what = fmt.Sprintf("%s leads, fence %d, remaining %s", plain(l.Participant), l.Fence, remaining(l))
	}
	return fmt.Sprintf("%s  %s: %s\n", at.UTC().Format("2006-01-02T15:04:05.000Z"), plain(l.Election), what)
}

// screen shows a table that is drawn again in place.
type screen struct{ out io.Writer }

// The sequences of ANSI X3.64: to the first place, and delete from the cursor to the end of the line, and of the screen.
const (
	home, endOfLine, endOfScreen = "\x1b[H", "\x1b[K", "\x1b[J"
	firstClear                   = "\x1b[2J"
)

func (screen) change(stores.Lease) error { return nil }

func (s screen) now(all []stores.Lease, trouble string) error {
	text := table(all)
	if trouble != "" {
		text += "\n" + trouble + "; waiting for it\n"
	}
	_, err := io.WriteString(s.out, home+strings.ReplaceAll(text, "\n", endOfLine+"\n")+endOfScreen)
	return err
}

// onScreen shows a table, which also tells of trouble, and moves it on each second.
func (w *watching) onScreen(out io.Writer) {
	_, _ = io.WriteString(out, firstClear) // The table itself would fail as well.
	w.show, w.note = screen{out}, func(string) {}
	w.refresh = min(w.refresh, time.Second)
}

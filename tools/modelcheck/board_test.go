package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

func TestProgressOnATerminalIsDrawnAgain(t *testing.T) {
	var screen bytes.Buffer
	b := &board{stdout: &screen, stderr: &screen, terminal: true, all: 3}
	lane, progress := b.begins("two")
	progress(tlc.Progress{Distinct: 1234567, Queue: 1000})
	b.draw()
	require.Equal(t, "\r\x1b[K0 of 3 done; running: two 0s (1,234,567 states, 1,000 queued)", screen.String())

	screen.Reset()
	b.ends(lane)
	b.print("found\n")
	require.Equal(t, "\r\x1b[Kfound\n", screen.String(), "the line of progress is gone before anything is printed")

	screen.Reset()
	b.draw()
	b.print("more\n")
	require.Equal(t, "more\n", screen.String(), "nothing runs, so there is no progress")
}

func TestProgressElsewhereIsPlain(t *testing.T) {
	var out, errs bytes.Buffer
	b := &board{stdout: &out, stderr: &errs, all: 1}
	b.begins("two")
	b.draw()
	b.print("found\n")
	require.Equal(t, "0 of 1 done; running: two 0s\n", errs.String())
	require.Equal(t, "found\n", out.String())
	require.False(t, isTerminal(&errs))

	errs.Reset()
	b.quiet = true
	b.draw()
	require.Empty(t, errs.String())
}

func TestALongLineOfProgressIsCut(t *testing.T) {
	var screen bytes.Buffer
	b := &board{stdout: &screen, stderr: &screen, terminal: true, all: 9}
	for range 9 {
		b.begins("a-rather-long-name-of-a-configuration")
	}
	b.draw()
	require.LessOrEqual(t, screen.Len(), 120)
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		require.Equal(t, want, grouped(n))
	}
}

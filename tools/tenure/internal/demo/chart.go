package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

const chartWidth = 72

// chart draws a row for each participant. A column shows what was so at the instant in its middle, so two rows can both
// show a leader there only if both led at that instant.
func chart(p *printer, ev *evidence, r *Report) {
	if ev.Over <= 0 {
		return
	}
	p.printf("\n#  leads   .  does not   z  paused   -  stopped   x  dead\n\n")
	at := func(column int) instant { return ev.Over * instant(2*column+1) / (2 * chartWidth) }
	for _, name := range names(ev) {
		row := make([]byte, chartWidth)
		for c := range row {
			row[c] = cell(ev, r, name, at(c))
		}
		p.printf("  %s %s\n", p.name(name), paintRow(p, string(row)))
	}
	p.printf("  %-4s %s\n", "", axis(ev.Over))
}

// names are those of all participants, in the order of their numbers.
func names(ev *evidence) []string {
	var list []string
	seen := map[string]bool{}
	for _, a := range ev.Attendances {
		if !seen[a.Participant] {
			seen[a.Participant] = true
			list = append(list, a.Participant)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	return list
}

// cell is what a participant was at an instant.
func cell(ev *evidence, r *Report, name string, at instant) byte {
	for _, t := range r.tenures {
		if t.Participant == name && t.From <= at && at <= t.To {
			return '#'
		}
	}
	for _, s := range ev.Strikes {
		if s.Participant == name && (s.Kind == kindPause || s.Kind == kindStall) && s.At <= at && at < s.Until {
			return 'z'
		}
	}
	state := byte(' ')
	for _, a := range ev.Attendances {
		switch {
		case a.Participant != name || at < a.From:
		case a.Until == 0 || at < a.Until:
			state = '.'
		case a.Died:
			state = 'x'
		default:
			state = '-'
		}
	}
	return state
}

func paintRow(p *printer, row string) string {
	if !p.colour {
		return row
	}
	colours := map[rune]string{'#': green, 'z': yellow, 'x': red}
	var b strings.Builder
	for _, c := range row {
		b.WriteString(p.paint(colours[c], string(c)))
	}
	return b.String()
}

// axis marks the time below the columns, about eight times.
func axis(total time.Duration) string {
	step := time.Duration(0)
	for _, s := range []time.Duration{
		1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 600_000, 3_600_000, 36_000_000,
	} {
		if step = s * time.Millisecond; total/step <= 8 {
			break
		}
	}
	line := []byte(strings.Repeat(" ", chartWidth+12))
	for t := time.Duration(0); t < total; t += step {
		copy(line[int(t*chartWidth/total):], fmt.Sprintf("|%v", t))
	}
	return strings.TrimRight(string(line), " ")
}

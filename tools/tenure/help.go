package main

import (
	"context"
	"fmt"
	"io"
	"slices"
)

const exitCodes = `exit codes:
  0  it ran, and every promise held
  1  it ran, and a promise was broken
  2  it was called wrongly; nothing was done
  3  it could not run, or was interrupted before its end
`

// help tells about all verbs, or about one.
func help(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0 || args[0] == "help":
		overview(stdout)
		return exitHeld
	case len(args) > 1:
		fmt.Fprintf(stderr, "tenure help: one verb at a time, not also %q. See: tenure help\n", args[1])
		return exitUsage
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(ctx, []string{"-h"}, stdout, stderr)
		}
	}
	return unknownVerb(args[0], stderr)
}

func overview(out io.Writer) {
	fmt.Fprint(out, "tenure shows leader election at work.\n\nusage: tenure <verb> [flags]\n\nverbs:\n")
	for _, v := range verbs() {
		fmt.Fprintf(out, "  %-8s %s\n", v.name, v.summary)
	}
	fmt.Fprintf(out, "  %-8s %s\n", "help", "tell about all verbs, or with a name about one: tenure help demo")
	fmt.Fprint(out, "\n", exitCodes)
}

func unknownVerb(name string, stderr io.Writer) int {
	known := []string{"help"}
	for _, v := range verbs() {
		known = append(known, v.name)
	}
	fmt.Fprintf(stderr, "tenure: unknown verb %q%s. See: tenure help\n", name, suggestion(name, "", known))
	return exitUsage
}

// suggestion names what was probably meant, or nothing.
func suggestion(given, prefix string, known []string) string {
	const near = 2
	best, distance := "", near+1
	for _, name := range known {
		if d := edits(given, name); d < min(distance, len(name)) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, best)
}

// edits is the least number of letters to insert, delete, replace or swap with their neighbour to turn a into b.
func edits(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		above := slices.Clone(row)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before = above
	}
	return row[len(b)]
}

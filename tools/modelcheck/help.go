package main

import (
	"context"
	"fmt"
	"io"
	"slices"
)

const exitCodes = `exit codes, the gravest where several apply (2, then 4, 1, 5, 3):
  0  everything is as it must be
  1  a property is violated; or a mutant survived or was caught by another property than it should; or a witness was
     not reached; or the edges differ
  2  it was called wrongly, or tla/checks.yaml is faulty; nothing was checked
  3  safe, but counts changed: the distinct states are not the pinned ones, or not pinned; or a document is out of date
  4  it could not be checked: no Java, no TLC, a broken module, a JVM that was killed, a full disk, no time; never a pass
  5  an action is never taken and is not listed as unexplored, or is listed and taken
`

const environment = `environment:
  JAVA_HOME       the Java to use, before any on the path
  TENURE_TLC_JAR  the TLC to use, a tla2tools.jar, instead of fetching one
`

// help tells about all verbs, or about one.
func help(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 0 || args[0] == "help":
		overview(stdout)
		return exitHeld
	case len(args) > 1:
		fmt.Fprintf(stderr, "modelcheck help: one verb at a time, not also %q. See: modelcheck help\n", args[1])
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
	fmt.Fprint(out, "modelcheck checks the lease protocol in tla/ with TLC.\n\n"+
		"usage: modelcheck [verb] [flags] [names]     without a verb: check\n\nverbs:\n")
	for _, v := range verbs() {
		fmt.Fprintf(out, "  %-13s %s\n", v.name, v.summary)
	}
	fmt.Fprintf(out, "  %-13s %s\n", "help", "tell about all verbs, or with a name about one: modelcheck help mutants")
	fmt.Fprint(out, "\n", exitCodes, "\n", environment)
}

func unknownVerb(name string, stderr io.Writer) int {
	known := []string{"help"}
	for _, v := range verbs() {
		known = append(known, v.name)
	}
	fmt.Fprintf(stderr, "modelcheck: unknown verb %q%s. See: modelcheck help\n", name, suggestion(name, "", known))
	return exitUsage
}

// suggestion names what was probably meant, or nothing.
func suggestion(given, prefix string, known []string) string {
	const near = 3
	best, distance := "", near
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

// edits is the least number of letters to insert, delete or replace to turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
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
		}
	}
	return row[len(b)]
}

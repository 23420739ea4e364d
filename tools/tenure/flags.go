package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// flags is a verb's set of flags. What is wrong with a command line is one line on stderr, not a page of usage.
type flags struct {
	*flag.FlagSet
	verb, intro, examples string
}

func newFlags(verb, intro, examples string) *flags {
	set := flag.NewFlagSet(verb, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	return &flags{FlagSet: set, verb: verb, intro: intro, examples: examples}
}

// read parses the arguments. Unless it reports that the verb may go on, code is what the verb returns.
func (f *flags) read(args []string, stdout, stderr io.Writer) (code int, goOn bool) {
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.usage(stdout)
		return exitHeld, false
	case err != nil:
		return f.wrong(stderr, f.explain(err)), false
	case f.NArg() > 0:
		return f.wrong(stderr, fmt.Sprintf("unexpected argument %q", f.Arg(0))), false
	}
	return exitHeld, true
}

// wrong says in one line what is wrong with how the verb was called.
func (f *flags) wrong(stderr io.Writer, what string) int {
	fmt.Fprintf(stderr, "tenure %s: %s. See: tenure help %s\n", f.verb, strings.TrimSuffix(what, "."), f.verb)
	return exitUsage
}

// explain adds to an error of package flag what was probably meant.
func (f *flags) explain(err error) string {
	const undefined = "flag provided but not defined: -"
	name, unknown := strings.CutPrefix(err.Error(), undefined)
	if !unknown {
		return err.Error()
	}
	var known []string
	f.VisitAll(func(fl *flag.Flag) { known = append(known, fl.Name) })
	return fmt.Sprintf("unknown flag -%s%s", name, suggestion(name, "-", known))
}

func (f *flags) usage(out io.Writer) {
	fmt.Fprintf(out, "usage: tenure %s [flags]\n\n%s\nflags:\n", f.verb, f.intro)
	f.VisitAll(func(fl *flag.Flag) {
		kind, text := flag.UnquoteUsage(fl)
		if fl.DefValue != "false" {
			text += fmt.Sprintf(" (default %s)", fl.DefValue)
		}
		fmt.Fprintf(out, "  %-22s %s\n", strings.TrimSpace("-"+fl.Name+" "+kind), text)
	})
	fmt.Fprintf(out, "\nexamples:\n%s\n%s", f.examples, exitCodes)
}

// positive defines a flag for a duration above 0. Zero would mean "the default" to what it is handed to, which nobody who
// writes it on a command line expects.
func (f *flags) positive(name string, value time.Duration, usage string) *time.Duration {
	d := durationValue(value)
	f.Var(&d, name, usage)
	return (*time.Duration)(&d)
}

// between defines a flag for a whole number within bounds.
func (f *flags) between(name string, value, least, most int, usage string) *int {
	n := &numberValue{value: value, least: least, most: most}
	f.Var(n, name, usage)
	return &n.value
}

type durationValue time.Duration

func (d *durationValue) String() string { return time.Duration(*d).String() }

func (d *durationValue) Set(text string) error {
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed <= 0 {
		return errors.New("want a time above 0, such as 1s or 300ms")
	}
	*d = durationValue(parsed)
	return nil
}

type numberValue struct{ value, least, most int }

func (n *numberValue) String() string { return strconv.Itoa(n.value) }

func (n *numberValue) Set(text string) error {
	parsed, err := strconv.Atoi(text)
	if err != nil || parsed < n.least || parsed > n.most {
		return fmt.Errorf("want a whole number from %d to %d", n.least, n.most)
	}
	n.value = parsed
	return nil
}

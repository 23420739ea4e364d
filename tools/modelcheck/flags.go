package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// flags is a verb's set of flags. What is wrong with a command line is one line on stderr, not a page of usage.
type flags struct {
	*flag.FlagSet
	verb, names, intro, examples string
	root                         *string
}

// newFlags begins a set with the flag that every verb has. names says what the verb's arguments are; it is empty for a
// verb without.
func newFlags(verb, names, intro, examples string) *flags {
	set := flag.NewFlagSet(verb, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	root := set.String("root", ".", "the `folder` that holds tla/, spec/ and proptest/")
	return &flags{FlagSet: set, verb: verb, names: names, intro: intro, examples: examples, root: root}
}

// read parses the arguments; flags may stand before and after names. Unless it reports that the verb may go on, code is
// what the verb returns.
func (f *flags) read(args []string, stdout, stderr io.Writer) (names []string, code int, goOn bool) {
	for {
		err := f.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			f.usage(stdout)
			return nil, exitHeld, false
		case err != nil:
			return nil, wrong(stderr, f.verb, f.explain(err)), false
		case f.NArg() == 0:
			return names, exitHeld, true
		case f.names == "":
			return nil, wrong(stderr, f.verb, fmt.Sprintf("unexpected argument %q", f.Arg(0))), false
		}
		names, args = append(names, f.Arg(0)), f.Args()[1:]
	}
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
	fmt.Fprintf(out, "usage: modelcheck %s [flags]%s\n\n%s\nflags:\n", f.verb, strings.TrimRight(" "+f.names, " "), f.intro)
	f.VisitAll(func(fl *flag.Flag) {
		kind, text := flag.UnquoteUsage(fl)
		if fl.DefValue != "false" && fl.DefValue != "" && fl.DefValue != "0" {
			text += fmt.Sprintf(" (default %s)", fl.DefValue)
		}
		fmt.Fprintf(out, "  %-18s %s\n", strings.TrimSpace("-"+fl.Name+" "+kind), text)
	})
	fmt.Fprintf(out, "\nexamples:\n%s\n%s\n%s", f.examples, exitCodes, environment)
}

// choice defines a flag that takes one of some words.
func (f *flags) choice(name string, words []string, usage string) *string {
	c := &choiceValue{value: words[0], words: words}
	f.Var(c, name, usage)
	return &c.value
}

type choiceValue struct {
	value string
	words []string
}

func (c *choiceValue) String() string { return c.value }

func (c *choiceValue) Set(text string) error {
	for _, word := range c.words {
		if word == text {
			c.value = text
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(c.words, ", "))
}

package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	lib "github.com/urfave/cli/v3"
)

// Flags are the flags of one call of a verb. Each method defines one, and returns where its value is once it is read.
type Flags struct {
	defined []*defined
	note    string
}

// Note is for what help says of the environment beside the flags: whole lines.
func (f *Flags) Note(text string) { f.note += text }

// defined is a flag.
type defined struct {
	name, usage, kind string
	byDefault         string
	value             lib.Value
	required          bool
}

func (f *Flags) define(name, usage string, value lib.Value) {
	kind, usage := flag.UnquoteUsage(&flag.Flag{Usage: usage, Value: value})
	if kind == "value" {
		switch value.Get().(type) {
		case time.Duration:
			kind = "time"
		case int, uint64:
			kind = "number"
		}
	}
	f.defined = append(f.defined, &defined{name: name, usage: usage, kind: kind, byDefault: value.String(), value: value})
}

// Required says which flags must be given, on the command line or by the environment.
func (f *Flags) Required(names ...string) {
	for _, d := range f.defined {
		d.required = d.required || slices.Contains(names, d.name)
	}
}

// sorted returns the flags by name.
func (f *Flags) sorted() []*defined {
	return slices.SortedFunc(slices.Values(f.defined), func(a, b *defined) int { return strings.Compare(a.name, b.name) })
}

// forLibrary returns the flags as the library wants them.
func (f *Flags) forLibrary() []lib.Flag {
	var all []lib.Flag
	for _, d := range f.sorted() {
		all = append(all, &lib.GenericFlag{Name: d.name, Usage: d.usage, Value: d.value})
	}
	return all
}

// read reads the command line, and for what it does not give the environment. It returns the other arguments.
func (f *Flags) read(ctx context.Context, args []string, variable func(string) string) (given []string, err error) {
	root := &lib.Command{
		Flags: f.forLibrary(), HideHelp: true, HideVersion: true, Writer: io.Discard, ErrWriter: io.Discard,
		ExitErrHandler: func(context.Context, *lib.Command, error) {},
		OnUsageError:   func(_ context.Context, _ *lib.Command, err error, _ bool) error { return f.explain(err) },
		Action: func(_ context.Context, cmd *lib.Command) error {
			given = cmd.Args().Slice()
			return f.complete(cmd.IsSet, variable)
		},
	}
	return given, root.Run(ctx, append([]string{""}, args...))
}

// complete reads the environment and looks for flags that are missing.
func (f *Flags) complete(onCommandLine func(string) bool, variable func(string) string) error {
	for _, d := range f.sorted() {
		if onCommandLine(d.name) {
			continue
		}
		name := variable(d.name)
		text := ""
		if name != "" {
			text = os.Getenv(name)
		}
		switch {
		case text != "":
			if err := d.value.Set(text); err != nil {
				return fmt.Errorf("invalid value %q in %s: %w", text, name, err)
			}
		case d.required:
			return fmt.Errorf("-%s is missing", d.name)
		}
	}
	return nil
}

// explain adds to an error of the library what was probably meant.
func (f *Flags) explain(err error) error {
	const undefined = "flag provided but not defined: -"
	name, unknown := strings.CutPrefix(err.Error(), undefined)
	if !unknown {
		return err
	}
	var known []string
	for _, d := range f.defined {
		known = append(known, d.name)
	}
	return errors.New("unknown flag -" + name + Suggestion(name, "-", known))
}

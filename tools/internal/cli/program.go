package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// The exit codes that every program has.
const (
	// ExitOK: it did what it is for.
	ExitOK = 0
	// ExitUsage: it was called wrongly, and nothing was done.
	ExitUsage = 2
)

// Exit says what an exit code means.
type Exit struct {
	Code    int
	Meaning string
}

// Program is a command: its verbs and what they have in common.
type Program struct {
	Name string
	// About is the first line of the help.
	About string
	// Synopsis follows the name in the usage line.
	Synopsis string
	// Verbs lists all verbs but help and completion, in the order in which help shows them.
	Verbs []*Verb
	// Default is the verb that runs where none is named; empty if one must be named.
	Default string
	// EnvPrefix begins the names of the variables that give flags. Without it, none does.
	EnvPrefix string
	// Environment is what help says about other variables.
	Environment string
	// Exits are the exit codes.
	Exits []Exit
	// ExitsTitle heads them; "exit codes" if empty.
	ExitsTitle string
	// Redact takes secrets out of what is printed on stderr. It may be nil.
	Redact func(string) string
}

// Verb is one thing that a program can do.
type Verb struct {
	Name, Summary string
	// Args says in the usage line what the arguments are. A verb without takes none.
	Args string
	// Words are arguments that a shell can complete.
	Words []string
	// Command says in the usage line what may stand after --. A verb without takes nothing there.
	Command string
	// Intro and Examples are for help. Both end in a new line.
	Intro, Examples string
	// Exits are the exit codes that it can return; all those of the program if nil.
	Exits []int
	// Hidden verbs work, but help does not list them.
	Hidden bool
	// Define defines the flags of one call, and returns what the verb does with them.
	Define func(*Flags) Action
}

// Action is what a verb does. It returns the exit code.
type Action func(context.Context, *Call) int

// Call is one call of a verb.
type Call struct {
	// Args are the arguments that are not flags.
	Args []string
	// Command is what stood after --. It is nil if there was no --.
	Command        []string
	Stdout, Stderr io.Writer

	program *Program
	verb    string
}

// Heed has the channel notified of those signals that this process was not started with the wish to ignore, as nohup does and
// a shell does for jobs in the background. To be notified of one would undo that, also for the programs that it starts; for
// SIGHUP and SIGINT, that is, since Go itself resets the others.
func Heed(c chan<- os.Signal, signals ...os.Signal) {
	for _, s := range signals {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
}

// Main runs the verb that the arguments name until it ends or is interrupted, and returns the exit code. A second interrupt
// ends the program at once.
func (p *Program) Main(args []string, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupts := make(chan os.Signal, 1)
	Heed(interrupts, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupts)
	go func() {
		select {
		case <-interrupts:
			signal.Stop(interrupts)
			cancel()
		case <-ctx.Done():
		}
	}()
	return p.Run(ctx, args, stdout, stderr)
}

// Run runs the verb that the arguments name, and returns the exit code.
func (p *Program) Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if asksForCompletion(args) {
		return p.complete(ctx, args, stdout)
	}
	call := &Call{program: p, Stdout: stdout, Stderr: stderr}
	if at := slices.Index(args, "--"); at >= 0 {
		args, call.Command = args[:at], slices.Clone(args[at+1:])
	}
	name := p.Default
	switch {
	case len(args) > 0 && isHelp(args[0]):
		name, args = helpVerb, args[1:]
	case len(args) > 0 && (name == "" || !strings.HasPrefix(args[0], "-")):
		name, args = args[0], args[1:]
	case name == "":
		return call.Wrong("which verb?")
	}
	v := p.find(name)
	if v == nil {
		return p.unknownVerb(call, name)
	}
	call.verb = v.Name
	if slices.ContainsFunc(args, isHelp) && v.Name != helpVerb {
		p.tellAbout(v, stdout)
		return ExitOK
	}
	return call.run(ctx, v, args)
}

// all returns the program's verbs and those that every program has.
func (p *Program) all() []*Verb {
	return append(slices.Clone(p.Verbs), p.completionVerb(), p.helpVerb())
}

func (p *Program) find(name string) *Verb {
	for _, v := range p.all() {
		if v.Name == name {
			return v
		}
	}
	return nil
}

func (p *Program) unknownVerb(call *Call, name string) int {
	if strings.HasPrefix(name, "-") {
		return call.Wrong("a verb comes first, not " + name)
	}
	var known []string
	for _, v := range p.all() {
		if !v.Hidden {
			known = append(known, v.Name)
		}
	}
	return call.Wrong(fmt.Sprintf("unknown verb %q%s", name, Suggestion(name, "", known)))
}

// run reads the flags and does what the verb does.
func (c *Call) run(ctx context.Context, v *Verb, args []string) int {
	flags := &Flags{}
	action := v.Define(flags)
	given, err := flags.read(ctx, args, c.program.variable)
	switch {
	case err != nil:
		return c.Wrong(err.Error())
	case v.Command == "" && c.Command != nil:
		return c.Wrong("nothing can follow --")
	case v.Args == "" && len(given) > 0 && v.Command != "" && c.Command == nil:
		return c.Wrong(fmt.Sprintf("unexpected argument %q (a command stands after --)", given[0]))
	case v.Args == "" && len(given) > 0:
		return c.Wrong(fmt.Sprintf("unexpected argument %q", given[0]))
	}
	c.Args = given
	return action(ctx, c)
}

// Wrong says in one line what is wrong with how the verb was called.
func (c *Call) Wrong(what string) int {
	read := c.program.Name + " help"
	if c.verb != "" && c.verb != helpVerb {
		read += " " + c.verb
	}
	if !strings.HasSuffix(what, "?") {
		what = strings.TrimSuffix(what, ".") + "."
	}
	return c.Fail(ExitUsage, fmt.Sprintf("%s See: %s", what, read))
}

// Fail says in one line why the verb ends with that exit code.
func (c *Call) Fail(code int, why string) int {
	c.Note(why)
	return code
}

// Note says something in one line on stderr, with the verb's name before it.
func (c *Call) Note(what string) {
	line := strings.TrimRight(c.program.Name+" "+c.verb, " ") + ": " + strings.ReplaceAll(what, "\n", "; ")
	if c.program.Redact != nil {
		line = c.program.Redact(line)
	}
	fmt.Fprintln(c.Stderr, line)
}

// variable is the name of the variable that gives a flag, or nothing.
func (p *Program) variable(flag string) string {
	if p.EnvPrefix == "" {
		return ""
	}
	return p.EnvPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

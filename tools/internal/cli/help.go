package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

const helpVerb = "help"

func isHelp(arg string) bool {
	return slices.Contains([]string{"-h", "-help", "--h", "--help"}, arg)
}

func (p *Program) helpVerb() *Verb {
	example := helpVerb
	if len(p.Verbs) > 0 {
		example += " " + p.Verbs[0].Name
	}
	return &Verb{
		Name: helpVerb, Summary: fmt.Sprintf("tell about all verbs, or with a name about one: %s %s", p.Name, example),
		Args: "[verb]", Words: p.names(), Exits: []int{ExitOK, ExitUsage},
		Define: func(*Flags) Action { return p.help },
	}
}

// help tells about all verbs, or about one.
func (p *Program) help(_ context.Context, call *Call) int {
	if len(call.Args) > 1 {
		return call.Wrong(fmt.Sprintf("one verb at a time, not also %q", call.Args[1]))
	}
	if len(call.Args) == 0 || call.Args[0] == helpVerb {
		p.overview(call.Stdout)
		return ExitOK
	}
	v := p.find(call.Args[0])
	if v == nil {
		call.verb = ""
		return p.unknownVerb(call, call.Args[0])
	}
	p.tellAbout(v, call.Stdout)
	return ExitOK
}

// names are those of the verbs that are not hidden.
func (p *Program) names() []string {
	var names []string
	for _, v := range p.Verbs {
		if !v.Hidden {
			names = append(names, v.Name)
		}
	}
	return names
}

func (p *Program) overview(out io.Writer) {
	fmt.Fprintf(out, "%s\n\nusage: %s %s\n\nverbs:\n", p.About, p.Name, p.Synopsis)
	width := 0
	for _, v := range p.all() {
		if !v.Hidden {
			width = max(width, len(v.Name))
		}
	}
	for _, v := range p.all() {
		if !v.Hidden {
			fmt.Fprintf(out, "  %-*s %s\n", width+1, v.Name, v.Summary)
		}
	}
	p.tellExits(nil, out)
	p.tellEnvironment(true, "", out)
}

// tellAbout is the help of one verb.
func (p *Program) tellAbout(v *Verb, out io.Writer) {
	flags := &Flags{}
	v.Define(flags)
	usage := []string{"usage:", p.Name, v.Name}
	if len(flags.defined) > 0 {
		usage = append(usage, "[flags]")
	}
	if v.Args != "" {
		usage = append(usage, v.Args)
	}
	if v.Command != "" {
		usage = append(usage, "--", v.Command)
	}
	intro := v.Intro
	if intro == "" {
		intro = v.Summary + "\n"
	}
	fmt.Fprintf(out, "%s\n\n%s", strings.Join(usage, " "), intro)
	flags.tell(out)
	if v.Examples != "" {
		fmt.Fprintf(out, "\nexamples:\n%s", v.Examples)
	}
	p.tellExits(v.Exits, out)
	p.tellEnvironment(len(flags.defined) > 0, flags.note, out)
}

func (f *Flags) tell(out io.Writer) {
	width := 0
	for _, d := range f.defined {
		width = max(width, len(d.title()))
	}
	for i, d := range f.sorted() {
		if i == 0 {
			fmt.Fprint(out, "\nflags:\n")
		}
		text := d.usage
		switch {
		case d.required:
			text += " (required)"
		case !slices.Contains([]string{"", "false", "0", "0s"}, d.byDefault):
			text += fmt.Sprintf(" (default %s)", d.byDefault)
		}
		fmt.Fprintf(out, "  %-*s   %s\n", width, d.title(), text)
	}
}

func (d *defined) title() string { return strings.TrimRight("-"+d.name+" "+d.kind, " ") }

// tellExits lists the exit codes given, or all.
func (p *Program) tellExits(codes []int, out io.Writer) {
	title := p.ExitsTitle
	if title == "" {
		title = "exit codes"
	}
	fmt.Fprintf(out, "\n%s:\n", title)
	for _, e := range p.Exits {
		if codes == nil || slices.Contains(codes, e.Code) {
			fmt.Fprintf(out, "  %-2d %s\n", e.Code, strings.ReplaceAll(e.Meaning, "\n", "\n     "))
		}
	}
}

// tellEnvironment says which variables matter, and once for all flags how they are given.
func (p *Program) tellEnvironment(flags bool, note string, out io.Writer) {
	var text string
	if p.EnvPrefix != "" && flags {
		text = fmt.Sprintf("  %[1]s<FLAG>  gives a flag, with _ for -: %[1]sA_FLAG for -a-flag; the command line wins\n", p.EnvPrefix)
	}
	if text += note + p.Environment; text != "" {
		fmt.Fprintf(out, "\nenvironment:\n%s", text)
	}
}

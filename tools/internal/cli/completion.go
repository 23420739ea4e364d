package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	lib "github.com/urfave/cli/v3"
)

const (
	completionVerb = "completion"
	// askCompletion is the last argument where a shell asks, which the library's scripts have it do.
	askCompletion = "--generate-shell-completion"
)

func asksForCompletion(args []string) bool {
	return len(args) > 0 && args[len(args)-1] == askCompletion && !slices.Contains(args, "--")
}

func (p *Program) completionVerb() *Verb {
	shells := []string{"bash", "zsh", "fish"}
	return &Verb{
		Name: completionVerb, Summary: "print a script that completes verbs and flags in a shell",
		Args: strings.Join(shells, "|"), Words: shells, Exits: []int{ExitOK, ExitUsage},
		Examples: fmt.Sprintf(`  source <(%[1]s completion bash)      with the package bash-completion; in ~/.bashrc
  source <(%[1]s completion zsh)       in ~/.zshrc, after compinit
  %[1]s completion fish | source       in ~/.config/fish/config.fish
`, p.Name),
		Define: func(*Flags) Action {
			return func(ctx context.Context, call *Call) int {
				if len(call.Args) != 1 || !slices.Contains(shells, call.Args[0]) {
					return call.Wrong("want one of " + strings.Join(shells, ", "))
				}
				return p.complete(ctx, []string{completionVerb, call.Args[0]}, call.Stdout)
			}
		},
	}
}

// complete lets the library print its script, or complete what was typed.
func (p *Program) complete(ctx context.Context, args []string, stdout io.Writer) int {
	root := &lib.Command{
		Name: p.Name, EnableShellCompletion: true, HideHelp: true, HideVersion: true, Writer: stdout, ErrWriter: io.Discard,
		ExitErrHandler: func(context.Context, *lib.Command, error) {},
		ConfigureShellCompletionCommand: func(own *lib.Command) {
			own.Hidden, own.Usage, own.ShellComplete = false, p.completionVerb().Summary, completed(&Flags{}, p.completionVerb().Words)
		},
	}
	for _, v := range p.all() {
		if v.Name == completionVerb {
			continue
		}
		flags := &Flags{}
		v.Define(flags)
		root.Commands = append(root.Commands, &lib.Command{
			Name: v.Name, Usage: v.Summary, Hidden: v.Hidden, Flags: flags.forLibrary(), ShellComplete: completed(flags, v.Words),
		})
	}
	if err := root.Run(ctx, append([]string{p.Name}, args...)); err != nil {
		return ExitUsage
	}
	return ExitOK
}

// completed completes flags, with as many dashes as were typed, and arguments from a list.
func completed(flags *Flags, words []string) lib.ShellCompleteFunc {
	return func(_ context.Context, cmd *lib.Command) {
		last := ""
		if typed := cmd.Args().Slice(); len(typed) > 0 {
			last = typed[len(typed)-1]
		}
		out := cmd.Root().Writer
		if !strings.HasPrefix(last, "-") {
			for _, word := range words {
				fmt.Fprintln(out, word)
			}
			return
		}
		dashes := "-"
		if strings.HasPrefix(last, "--") {
			dashes = "--"
		}
		for _, d := range flags.sorted() {
			fmt.Fprintf(out, "%s%s:%s\n", dashes, d.name, d.usage)
		}
	}
}

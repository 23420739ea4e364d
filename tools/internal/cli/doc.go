// Package cli is what the command lines of this repository share: a [Program] is a table of verbs, each [Verb] with flags,
// help, examples and the exit codes that it can return.
//
// It is a layer of conventions over github.com/urfave/cli, which reads the flags and completes in shells:
//
//   - Wrong use is one line on stderr that says what was probably meant and where to read on; nothing on stdout, and the
//     exit code [ExitUsage].
//   - A flag is written -flag or --flag, before or after arguments. What follows the first -- is never looked at: a verb that
//     runs a command gets it word for word. So no flag's value can be --.
//   - Each flag can be given by the environment, under one prefix. The command line wins. An empty variable counts as unset.
//   - Help is asked for with help, help VERB, or -h anywhere before --.
//
// The library's own help and suggestions are not used: it prints a page where a line is wanted, and it suggests the nearest
// word however far away that is.
package cli

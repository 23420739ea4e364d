// Command fsmgen generates everything that follows from the lifecycle table: the packages in gen/, the TLA+ module
// tla/Participant.tla, and the marked parts of the documents.
//
//	go run ./tools/fsmgen            write them
//	go run ./tools/fsmgen -check     write nothing; name every missing, different and extra file, and fail if there is one
//
// The output depends on the table, on the templates and examples beside this program, and on nothing else.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/tenure-go/tenure/spec"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fsmgen:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("fsmgen", flag.ContinueOnError)
	flags.SetOutput(out)
	root := flags.String("root", ".", "the folder that holds spec/, gen/, tla/ and the documents")
	check := flags.Bool("check", false, "write nothing; fail if a file is missing, different or extra")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	tree, err := os.OpenRoot(*root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tree.Close()) }()

	data, err := tree.ReadFile(tablePath)
	if err != nil {
		return err
	}
	table, err := spec.Parse(tablePath, data)
	if err != nil {
		return err
	}
	want, err := generate(table, tree)
	if err != nil {
		return err
	}
	if *check {
		return compare(tree, want, out)
	}
	return write(tree, want)
}

package cli

import (
	"io"
	"os"
)

// IsTerminal tells whether out is a terminal that a cursor can be moved on.
func IsTerminal(out io.Writer, getenv func(string) string) bool {
	file, ok := out.(*os.File)
	return ok && getenv("TERM") != "dumb" && OnTerminal(file)
}

// Colourful tells whether colour is welcome: on a terminal that knows it, unless the user said no (no-color.org).
func Colourful(out io.Writer, getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && IsTerminal(out, getenv)
}

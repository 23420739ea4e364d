package cli

import (
	"io"
	"os"
)

// IsTerminal tells whether out is a terminal that a cursor can be moved on.
func IsTerminal(out io.Writer, getenv func(string) string) bool {
	file, ok := out.(*os.File)
	if !ok || getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Colourful tells whether colour is welcome: on a terminal that knows it, unless the user said no (no-color.org).
func Colourful(out io.Writer, getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && IsTerminal(out, getenv)
}

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func none(string) string { return "" }

func TestColourIsForTerminals(t *testing.T) {
	require.False(t, Colourful(&bytes.Buffer{}, none))
	for _, path := range []string{filepath.Join(t.TempDir(), "out"), os.DevNull} {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600) //nolint:gosec // one of two
		require.NoError(t, err)
		require.False(t, Colourful(file, none), "%s is no terminal", path)
		require.NoError(t, file.Close())
	}
}

func TestColourCanBeUnwelcome(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("how to make a terminal is known for Linux")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, terminal.Close()) }()
	require.True(t, Colourful(terminal, none))
	for _, name := range []string{"NO_COLOR", "TERM"} {
		require.False(t, Colourful(terminal, func(asked string) string {
			return map[bool]string{true: "dumb"}[asked == name]
		}), name)
	}
}

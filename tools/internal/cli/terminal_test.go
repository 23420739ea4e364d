package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColourIsForTerminals(t *testing.T) {
	none := func(string) string { return "" }
	require.False(t, Colourful(&bytes.Buffer{}, none))
	file, err := os.Create(filepath.Join(t.TempDir(), "out")) //nolint:gosec // a folder of this test
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	require.False(t, Colourful(file, none), "a file is no terminal")

	// The one character device that every machine of this kind has.
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, device.Close()) }()
	require.True(t, Colourful(device, none))
	for _, name := range []string{"NO_COLOR", "TERM"} {
		require.False(t, Colourful(device, func(asked string) string {
			return map[bool]string{true: "dumb"}[asked == name]
		}), name)
	}
}

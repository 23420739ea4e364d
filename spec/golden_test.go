package spec_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestFaultsGolden keeps the text of every fault where a person can read it: a change of a message is a change of a
// golden file, to be understood before it is committed.
func TestFaultsGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			_, err := spec.Load(path)
			report := "no faults\n"
			if err != nil {
				report = filepath.ToSlash(err.Error()) + "\n"
			}
			golden(t, name, report)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/spec"
)

// FuzzParse: whatever the bytes, Parse returns a table or Faults, each with a place; it neither panics nor hangs.
func FuzzParse(f *testing.F) {
	f.Add([]byte(source(f)))
	paths, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := spec.Parse("fuzz.yaml", data)
		if err == nil {
			require.NotNil(t, table)
			return
		}
		require.Nil(t, table)
		var faults spec.Faults
		require.ErrorAs(t, err, &faults)
		for _, fault := range faults {
			require.NotEmpty(t, fault.Message)
			require.Positive(t, fault.Pos.Line)
			require.Positive(t, fault.Pos.Column)
		}
	})
}

// TestHostileInput holds what would cost the YAML parser all memory or hours: the bounds must refuse it before.
func TestHostileInput(t *testing.T) {
	for name, test := range map[string]struct{ input, want string }{
		"too large":         {strings.Repeat("#", 1<<20), "1:1: the file has 1048576 bytes"},
		"nested lists":      {strings.Repeat("[", 1<<17), "1:101: more than 100 levels of nesting"},
		"nested mappings":   {strings.Repeat("{a: ", 1<<15), "1:401: more than 100 levels of nesting"},
		"nested list items": {strings.Repeat("- ", 1<<16), "1:201: more than 100 levels of nesting"},
		"nested keys":       {strings.Repeat("? ", 1<<16), "more than 100 levels of nesting"},
		"many keys":         {strings.Repeat("a: 1\n", 1<<15), `the table has the unknown key "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := spec.Parse("hostile.yaml", []byte(test.input))
			require.ErrorContains(t, err, test.want)
		})
	}
}

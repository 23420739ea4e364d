//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc/tlctest"
)

func TestTheSameSeedGivesTheSameWalks(t *testing.T) {
	tlctest.Real(t)
	walks := func(seed string) string {
		path := filepath.Join(t.TempDir(), "walks.jsonl")
		code, out, errs := runAtHome("walks", "-number", "3", "-steps", "20", "-seed", seed, "-out", path)
		require.Equal(t, exitHeld, code, errs)
		require.Contains(t, out, "3 walks, ")
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(text)
	}
	once := walks("5")
	require.Equal(t, once, walks("5"))
	require.NotEqual(t, once, walks("6"))
	require.Contains(t, once, `{"Step":"tick"`)
}

func TestWalksIsCalledWrongly(t *testing.T) {
	for want, args := range map[string][]string{
		"-out is missing":       {"-number", "3"},
		"from 1 to":             {"-out", "x", "-number", "0"},
		"from 2 to":             {"-out", "x", "-steps", "1"},
		"unexpected argument":   {"-out", "x", "all"},
		"unknown flag -numbers": {"-numbers", "3"},
	} {
		code, _, errs := runAtHome("walks", args...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, errs, want)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
)

// TestReadme keeps what tla/README.md says of the model in step with the model.
func TestReadme(t *testing.T) {
	const root = "../.."
	text, err := os.ReadFile(filepath.Join(root, "tla", "README.md"))
	require.NoError(t, err)
	list, err := checks.Load(filepath.Join(root, "tla", "checks.yaml"))
	require.NoError(t, err)
	has := func(what string) { require.Contains(t, string(text), what, "tla/README.md does not mention it") }

	for property := range list.Meanings {
		has("`" + property + "`")
	}
	for _, c := range list.Configurations {
		has("`" + c.Name + "`")
		has(thousands(c.Distinct))
	}
	modules, err := filepath.Glob(filepath.Join(root, "tla", "*.tla"))
	require.NoError(t, err)
	require.NotEmpty(t, modules)
	for _, module := range modules {
		has("`" + strings.TrimSuffix(filepath.Base(module), ".tla"))
	}
}

// thousands writes a number as the README does.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

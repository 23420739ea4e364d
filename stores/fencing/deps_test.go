package fencing_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nobody pays for a guard that he does not use.
func TestEachGuardNeedsNoMoreThanItsResource(t *testing.T) {
	const module = "github.com/tenure-go/tenure/stores"
	for guard, want := range map[string][]string{
		"/fencing":             {},
		"/fencing/fencingtest": {},
		"/fencing/sqlguard":    {},
		"/fencing/redisguard":  {"github.com/redis/go-redis/v9"},
	} {
		t.Run(guard, func(t *testing.T) {
			require.Equal(t, want, outside(t, `{{join .Imports "\n"}}`, module+guard))
		})
	}
	const each = "{{if not .Standard}}{{.ImportPath}}{{end}}"
	require.Empty(t, outside(t, each, "-deps", module+"/fencing", module+"/fencing/fencingtest", module+"/fencing/sqlguard"))
	require.Contains(t, outside(t, each, "-deps", module+"/fencing/redisguard"), "github.com/redis/go-redis/v9")
}

// outside lists packages beyond the standard library and package stores and below.
func outside(t *testing.T, format string, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", format}, args...)...).Output()
	require.NoError(t, err)
	found := []string{}
	for path := range strings.FieldsSeq(string(out)) {
		host, _, _ := strings.Cut(path, "/")
		if strings.Contains(host, ".") && !strings.HasPrefix(path, "github.com/tenure-go/tenure/stores") {
			found = append(found, path)
		}
	}
	return found
}

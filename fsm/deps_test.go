package fsm_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Users of the library do not pay for the tools.
func TestAnElectorInMemoryNeedsTheStandardLibraryAndLooplabOnly(t *testing.T) {
	outside := dependencies(t, "github.com/tenure-go/tenure/gen/elector", "github.com/tenure-go/tenure/stores/memory")
	require.Equal(t, []string{"github.com/looplab/fsm"}, outside)
}

// What the client of Redis imports is its own affair; the list says what a user of the store gets.
func TestTheStoreOnRedisAddsItsClientAndWhatThatImports(t *testing.T) {
	var modules []string
	for _, path := range dependencies(t, "github.com/tenure-go/tenure/stores/redis") {
		if !strings.HasPrefix(path, "github.com/redis/go-redis/v9") {
			modules = append(modules, path)
		}
	}
	require.ElementsMatch(t, []string{"github.com/cespare/xxhash/v2", "go.uber.org/atomic", "golang.org/x/sys/cpu"}, modules)
}

func TestTheCheckOfDependenciesSeesOthers(t *testing.T) {
	require.Contains(t, dependencies(t, "github.com/tenure-go/tenure/spec"), "github.com/goccy/go-yaml")
}

// The house: what may import what, from the ground up.
func TestEachPackageImportsOnlyWhatIsBelowIt(t *testing.T) {
	const module = "github.com/tenure-go/tenure/"
	for importer, allowed := range map[string][]string{
		"spec":                      {},
		"stores":                    {},
		"gen/lifecycle":             {},
		"gen/lifecycle/looplab":     {},
		"fsm/clock":                 {},
		"stores/memory":             {"stores"},
		"stores/redis":              {"stores"},
		"stores/faulty":             {"fsm/clock", "stores"},
		"stores/redis/redistest":    {},
		"stores/storetest":          {"stores"},
		"stores/storetest/property": {"stores", "stores/storetest"},
		"proptest/history":          {"stores"},
		"fsm/core":                  {"gen/lifecycle", "stores"},
		"fsm":                       {"fsm/clock", "fsm/core", "gen/lifecycle", "gen/lifecycle/looplab", "stores"},
		"gen/elector":               {"fsm", "gen/lifecycle", "stores"},
		"tools/fsmgen":              {"spec", "tools/fsmgen/templates"},
		"tools/fsmgen/templates":    {"spec"},
	} {
		for path := range strings.FieldsSeq(goList(t, `{{join .Imports " "}}`, module+importer)) {
			if below, ours := strings.CutPrefix(path, module); ours {
				require.Contains(t, allowed, below, "%s imports %s", importer, below)
			}
		}
	}
}

// Porcupine is for tests: nothing that a user runs pulls it in.
func TestOnlyTheHistoryCheckerNeedsPorcupine(t *testing.T) {
	const module, porcupine = "github.com/tenure-go/tenure/", "github.com/anishathalye/porcupine"
	require.Contains(t, dependencies(t, module+"proptest/history"), porcupine)
	require.NotContains(t, dependencies(t, module+"gen/...", module+"stores/...", module+"fsm/...", module+"tools/..."), porcupine)
}

// dependencies lists the packages outside the standard library and this module that the given ones pull in.
func dependencies(t *testing.T, packages ...string) []string {
	t.Helper()
	var outside []string
	const each = "{{if not .Standard}}{{.ImportPath}}{{end}}"
	for path := range strings.FieldsSeq(goList(t, each, append([]string{"-deps"}, packages...)...)) {
		if !strings.HasPrefix(path, "github.com/tenure-go/tenure/") {
			outside = append(outside, path)
		}
	}
	return outside
}

func goList(t *testing.T, format string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-f", format}, args...)...).Output()
	require.NoError(t, err)
	return string(out)
}

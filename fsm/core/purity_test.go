package core_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// allowed is what the core may import: nothing that starts, reads a clock, draws a number, locks or sends.
var allowed = []string{
	"errors", "fmt", "math", "time",
	"github.com/tenure-go/tenure/gen/lifecycle", "github.com/tenure-go/tenure/stores",
}

// allowedOfTime is what the core may use of package time: a type and its units.
var allowedOfTime = []string{"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second"}

func TestTheCoreIsPure(t *testing.T) {
	files := 0
	for name, source := range sources(t, ".") {
		files++
		require.Empty(t, impurities(t, name, source))
	}
	require.Greater(t, files, 4)
}

func TestTheLifecycleIsPure(t *testing.T) {
	for name, source := range sources(t, "../../gen/lifecycle") {
		require.Empty(t, impurities(t, name, source))
	}
}

func TestTheCheckOfPuritySeesWhatIsNotPure(t *testing.T) {
	for name, source := range map[string]string{
		"a clock":     "package p; import \"time\"; var x = time.Now()",
		"a timer":     "package p; import t \"time\"; var x = t.AfterFunc",
		"a network":   "package p; import _ \"net\"",
		"a lock":      "package p; import _ \"sync\"",
		"randomness":  "package p; import _ \"math/rand/v2\"",
		"a context":   "package p; import _ \"context\"",
		"a goroutine": "package p; func f() { go f() }",
		"a channel":   "package p; var c chan int",
	} {
		require.NotEmpty(t, impurities(t, "planted.go", source), name)
	}
}

func sources(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	packages, err := parser.ParseDir(token.NewFileSet(), dir, nil, parser.ImportsOnly) //nolint:staticcheck // one folder, no build tags
	require.NoError(t, err)
	for _, p := range packages {
		for name := range p.Files {
			if !strings.HasSuffix(name, "_test.go") {
				found[name] = ""
			}
		}
	}
	return found
}

// impurities lists what a file uses that a pure function cannot. An empty source means the file itself.
func impurities(t *testing.T, name, source string) []string {
	t.Helper()
	var text any
	if source != "" {
		text = source
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	require.NoError(t, err)
	var found []string
	clock := "time"
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if !slices.Contains(allowed, path) {
			found = append(found, "import "+path)
		}
		if path == "time" && spec.Name != nil {
			clock = spec.Name.Name
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, "go statement")
		case *ast.ChanType:
			found = append(found, "channel")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == clock && !slices.Contains(allowedOfTime, n.Sel.Name) {
				found = append(found, "time."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

package redis_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func TestTheTestsThatTheDocumentNamesAreThere(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, file := range files {
		source.WriteString(read(t, file))
	}
	named := regexp.MustCompile("`(Test[A-Za-z]+)(…?)`").FindAllStringSubmatch(read(t, "README.md"), -1)
	require.NotEmpty(t, named)
	for _, name := range named {
		function := "func " + name[1]
		if name[2] == "" {
			function += "("
		}
		require.Contains(t, source.String(), function)
	}
}

func TestThePermissionsThatTheDocumentsNameAreThoseThatAreTested(t *testing.T) {
	rules := strings.Fields(strings.Replace(aclLine, ">secret", ">password", 1))
	for _, document := range []string{"README.md", "doc.go"} {
		words := strings.Fields(strings.ReplaceAll(read(t, document), "\n//", "\n"))
		require.Contains(t, strings.Join(words, " "), "ACL SETUSER "+strings.Join(rules, " "), document)
	}
}

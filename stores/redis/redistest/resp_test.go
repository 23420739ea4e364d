package redistest

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFrames(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		words []string
	}{
		"a status":            {"+OK\r\n", nil},
		"an error":            {"-ERR no\r\n", nil},
		"a number":            {":12\r\n", nil},
		"a string":            {"$2\r\nab\r\n", nil},
		"an empty string":     {"$0\r\n\r\n", nil},
		"a string with lines": {"$4\r\n\r\n\r\n\r\n", nil},
		"no string":           {"$-1\r\n", nil},
		"no array":            {"*-1\r\n", nil},
		"an empty array":      {"*0\r\n", nil},
		"an array":            {"*3\r\n$1\r\na\r\n:1\r\n$-1\r\n", []string{"a", "1", ""}},
		"nested arrays":       {"*3\r\n$1\r\na\r\n*2\r\n*0\r\n*1\r\n:1\r\n$1\r\nb\r\n", []string{"a"}},
		"a null":              {"_\r\n", nil},
		"a boolean":           {"#t\r\n", nil},
		"a double":            {",1.5\r\n", nil},
		"a big number":        {"(123\r\n", nil},
		"a long error":        {"!3\r\nERR\r\n", nil},
		"a verbatim string":   {"=5\r\ntxt:a\r\n", nil},
		"a map":               {"%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n:2\r\n", []string{"a", "1", "b"}},
		"a set":               {"~2\r\n+a\r\n+b\r\n", []string{"a", "b"}},
		"a push":              {">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n", []string{"message", "a", "x"}},
		"with an attribute":   {"|1\r\n+a\r\n:1\r\n*1\r\n:2\r\n", []string{"a", "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			const after = "+after\r\n"
			r := bufio.NewReader(strings.NewReader(c.text + after))
			f, err := readFrame(r)
			require.NoError(t, err)
			require.Equal(t, c.text, string(f.raw))
			var words []string
			for _, word := range f.words {
				words = append(words, string(word))
			}
			require.Equal(t, c.words, words)
			left, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, after, string(left))
		})
	}
}

func TestWhatIsNoFrameIsAnError(t *testing.T) {
	for _, text := range []string{
		"", "+OK", "\r\n", "?\r\n", "x1\r\n", "*x\r\n", "$x\r\n", "$?\r\n", "$5\r\nab", "*2\r\n:1\r\n", "$99999999999\r\n",
	} {
		_, err := readFrame(bufio.NewReader(strings.NewReader(text)))
		require.Error(t, err, "%q", text)
	}
}

// FuzzFrames looks for input that is not taken whole, or that breaks the reader.
func FuzzFrames(f *testing.F) {
	f.Add("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
	f.Add("|1\r\n+a\r\n:1\r\n%1\r\n_\r\n#t\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "0000") {
			t.Skip("long strings take long")
		}
		fr, err := readRequest(bufio.NewReader(strings.NewReader(text)))
		if err == nil {
			require.True(t, strings.HasPrefix(text, string(fr.raw)))
		}
	})
}

package tlc_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

func TestValues(t *testing.T) {
	for written, want := range map[string]string{
		`p1`:                                `p1`,
		`"idle"`:                            `"idle"`,
		`"a \"b\" \\ c"`:                    `"a \"b\" \\ c"`,
		`12`:                                `12`,
		`-3`:                                `-3`,
		`TRUE`:                              `TRUE`,
		`{}`:                                `{}`,
		`{"b", "a"}`:                        `{"a", "b"}`,
		`{10, 9}`:                           `{9, 10}`,
		`1..3`:                              `{1, 2, 3}`,
		`<<>>`:                              `<<>>`,
		"<<\"edge\",\n  \"a\">>":            `<<"edge", "a">>`,
		`[b |-> 1, a |-> [c |-> {}]]`:       `[a |-> [c |-> {}], b |-> 1]`,
		`(p2 :> 1 @@ p1 :> <<2>>)`:          `(p1 :> <<2>> @@ p2 :> 1)`,
		"( p1 :> [n |-> 0] @@\n  p2 :> 2 )": `(p1 :> [n |-> 0] @@ p2 :> 2)`,
	} {
		value, err := tlc.ParseValue(written)
		require.NoError(t, err, written)
		require.Equal(t, want, value.String())
	}
}

func TestWhatIsNoValue(t *testing.T) {
	for _, text := range []string{``, `{`, `{1`, `<<1, >>`, `[a 1]`, `[a |-> ]`, `(p1 :> 1 p2 :> 2)`, `"a`, `1 2`, `1..x`, `1..99999999`, `=`} {
		_, err := tlc.ParseValue(text)
		require.Error(t, err, text)
	}
}

// values draws a value of any kind.
func values(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		leaf := rapid.SampledFrom([]string{`p1`, `"idle"`, `0`, `-7`, `42`, `TRUE`, `FALSE`, `{}`, `<<>>`, `"a\"b"`})
		if depth == 0 {
			return leaf.Draw(t, "leaf")
		}
		a, b := values(depth-1).Draw(t, "a"), values(depth-1).Draw(t, "b")
		return rapid.SampledFrom([]string{
			a, "{" + a + ", " + b + "}", "<<" + a + ",\n " + b + ">>", "[x |-> " + a + ", w |-> " + b + "]",
			"(p2 :> " + a + " @@ p1 :> " + b + ")",
		}).Draw(t, "shape")
	})
}

func TestAValueThatIsWrittenAndReadIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value, err := tlc.ParseValue(values(4).Draw(t, "value"))
		require.NoError(t, err)
		again, err := tlc.ParseValue(value.String())
		require.NoError(t, err)
		require.True(t, value.Equal(again), "%s\n%s", value, again)
		require.Equal(t, value.String(), again.String())
	})
}

func TestNoTextStopsTheParser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, _ = tlc.ParseValue(rapid.StringMatching(`[-{}<>()\[\]|:@"\\, p1.]*`).Draw(t, "text"))
	})
}

func TestGet(t *testing.T) {
	value, err := tlc.ParseValue(`[lease |-> (p1 :> "x" @@ p2 :> TRUE)]`)
	require.NoError(t, err)
	require.True(t, value.Get("lease").Get("p1").Is("x"))
	require.True(t, value.Get("lease").Get("p2").Truth)
	require.Equal(t, tlc.NoValue, value.Get("rent").Get("p1").Kind)
}

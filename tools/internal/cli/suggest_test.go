package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSuggestionsAreNear(t *testing.T) {
	known := []string{"demo", "run", "status"}
	for given, want := range map[string]string{
		"dem": "demo", "demos": "demo", "dmeo": "demo", "stauts": "status", "rnu": "run",
		"elephant": "", "": "", "xyz": "", "ab": "",
	} {
		got := Suggestion(given, "", known)
		if want == "" {
			require.Empty(t, got, given)
			continue
		}
		require.Equal(t, " (did you mean "+want+"?)", got, given)
	}
}

package proptest_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/proptest"
)

// TestReadme keeps what the README says of the simulation in step with it.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	require.Contains(t, string(text), fmt.Sprintf("[%d planted faults]", len(proptest.PlantedFaults())))
}

package memory_test

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
	"github.com/tenure-go/tenure/stores/storetest"
	"github.com/tenure-go/tenure/stores/storetest/property"
)

func TestAnyOrderOfCallsKeepsThePromisesMade(t *testing.T) {
	if underRace {
		checks := flag.Lookup("rapid.checks")
		before := checks.Value.String()
		require.NoError(t, flag.Set("rapid.checks", "10"))
		defer func() { require.NoError(t, flag.Set("rapid.checks", before)) }()
	}
	c := newClock()
	property.Check(t, storetest.InProcess(storetest.Harness{
		New:     func(*testing.T) stores.Store { return memory.New(memory.WithClock(c.Now)) },
		Advance: func(_ *testing.T, d time.Duration) { c.Advance(d) },
	}))
}

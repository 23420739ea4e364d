package doctor_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/doctor"
)

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	goleak.VerifyTestMain(m)
}

// silent is a logger of the client that says nothing.
type silent struct{}

// Printf implements the client's logger.
func (silent) Printf(context.Context, string, ...any) {}

func clientOf(t *testing.T, opts goredis.UniversalOptions) goredis.UniversalClient {
	t.Helper()
	client := goredis.NewUniversalClient(redis.ForLeases(opts))
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func on(t *testing.T, addrs ...string) doctor.Case {
	t.Helper()
	return doctor.Case{
		Client: clientOf(t, goredis.UniversalOptions{Addrs: addrs}), Timings: elector.Config{}, Samples: 20, Call: 30 * time.Second,
	}
}

func examine(t *testing.T, c doctor.Case) []doctor.Check {
	t.Helper()
	var checks []doctor.Check
	printer := doctor.Printer{Out: &bytes.Buffer{}}
	err := doctor.Examine(t.Context(), c, func(check doctor.Check) {
		checks = append(checks, check)
		printer.Print(check)
	})
	require.NoError(t, err)
	require.NoError(t, printer.Close())
	t.Log(printer.Out)
	return checks
}

func TestX(t *testing.T) {
	server := redistest.Start(t)
	c := on(t, server.Addr())
	c.Timings.Election = "x"
	examine(t, c)
}

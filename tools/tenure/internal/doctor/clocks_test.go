package doctor

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis"
)

func TestOffsetIsJudgedWithItsUncertainty(t *testing.T) {
	here := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		offset, off time.Duration
		verdict     Verdict
		what        string
	}{
		"none":                      {0, time.Millisecond, OK, "is at this machine's, give or take 1ms"},
		"less than is known":        {-time.Millisecond, time.Millisecond, OK, "is at this machine's"},
		"a little":                  {30 * time.Millisecond, time.Millisecond, OK, "is 30ms ahead of this machine's"},
		"a second":                  {-time.Second, 0, OK, "is 1s behind this machine's"},
		"more":                      {-1100 * time.Millisecond, 50 * time.Millisecond, Advice, "is 1.1s behind this machine's"},
		"more, ahead":               {time.Hour, 50 * time.Millisecond, Advice, "is 1h0m0s ahead of this machine's"},
		"more, and as much unknown": {-1100 * time.Millisecond, 100 * time.Millisecond, OK, "is 1.1s behind"},
	} {
		t.Run(name, func(t *testing.T) {
			check := judgeOffset(reading{server: here.Add(c.offset), at: here, off: c.off})
			require.Equal(t, c.verdict, check.Verdict)
			require.Contains(t, check.What, c.what)
		})
	}
}

func TestRateIsJudgedWithItsUncertainty(t *testing.T) {
	for name, c := range map[string]struct {
		there, off time.Duration // in ten seconds here
		verdict    Verdict
		what       string
	}{
		"the same":                     {10 * time.Second, time.Millisecond, OK, "at 100.00 % of this machine's, give or take 0.02 %, over 10s"},
		"as fast as the margin covers": {10100 * time.Millisecond, 0, OK, "at 101.00 %"},
		"faster":                       {10102 * time.Millisecond, 0, Fault, "at 101.02 %"},
		"slower":                       {9890 * time.Millisecond, 0, Fault, "at 98.90 %"},
		"perhaps slower":               {9890 * time.Millisecond, 20 * time.Millisecond, OK, "at 98.90 % of this machine's, give or take 0.40 %"},
		"stepped back":                 {-time.Hour, time.Millisecond, Fault, "-36000.00 %"},
		"hardly known":                 {10 * time.Second, 100 * time.Millisecond, Advice, "give or take 2.00 %"},
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			first := reading{server: begin, at: begin, off: c.off}
			second := reading{server: begin.Add(c.there), at: begin.Add(10 * time.Second), off: c.off}
			check := judgeRate(first, second)
			require.Equal(t, c.verdict, check.Verdict)
			require.Contains(t, check.What, c.what)
		})
	}
}

func TestServerWhoseClockIsWrong(t *testing.T) {
	server := miniredis.RunT(t)
	server.SetTime(time.Now().Add(-time.Hour)) // There it stands still.
	client := goredis.NewUniversalClient(redis.ForLeases(goredis.UniversalOptions{Addrs: []string{server.Addr()}}))
	defer func() { _ = client.Close() }()
	e := newExamination(Case{Client: client, Call: 30 * time.Second, Apart: 20 * time.Millisecond}, nil)
	var found []Check
	e.tell = func(c Check) { found = append(found, c) }
	for _, step := range []func() error{
		func() error { return e.connect(t.Context()) },
		func() error { return e.firstTime(t.Context()) },
		func() error { return e.secondTime(t.Context()) },
	} {
		require.NoError(t, step())
	}
	require.Len(t, found, 2)
	require.Equal(t, Advice, found[0].Verdict)
	require.Contains(t, found[0].What, "1h0m0s behind")
	require.Equal(t, Fault, found[1].Verdict)
}

func TestTimeThatIsNoTime(t *testing.T) {
	for _, answer := range []any{nil, "x", []any{"1"}, []any{"1", "x"}, []any{"x", "1"}} {
		_, err := instant(answer)
		require.ErrorIs(t, err, errNoTime)
	}
	at, err := instant([]any{"1700000000", "000123"})
	require.NoError(t, err)
	require.Equal(t, time.Unix(1700000000, 123000), at)
}

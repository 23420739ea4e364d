package redisguard_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
	"github.com/tenure-go/tenure/stores/fencing/redisguard"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	fenceKey = "{report}:fence"
	bodyKey  = "{report}:body"
	logKey   = "{report}:log"
)

func token(fence uint64, incarnation string) fencing.Token {
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

func clientOf(t testing.TB, addr string) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: addr, DisableIdentity: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func newGuard(t testing.TB, client redis.UniversalClient) *redisguard.Guard {
	t.Helper()
	guard, err := redisguard.New(client, fenceKey)
	require.NoError(t, err)
	return guard
}

// onEach runs the test on a double, and on the real thing.
func onEach(t *testing.T, test func(*testing.T, *redis.Client)) {
	t.Run("miniredis", func(t *testing.T) { test(t, clientOf(t, miniredis.RunT(t).Addr())) })
	t.Run("redis-server", func(t *testing.T) { test(t, clientOf(t, redistest.Start(t).Addr())) })
}

// log is a list in Redis, which a script adds to.
type log struct {
	client *redis.Client
	append func(context.Context, fencing.Token) error
}

func (l log) Append(ctx context.Context, t fencing.Token) error { return l.append(ctx, t) }

func (l log) Log(ctx context.Context) ([]fencing.Token, error) {
	entries, err := l.client.LRange(ctx, logKey, 0, -1).Result()
	var all []fencing.Token
	for _, entry := range entries {
		digits, incarnation, _ := strings.Cut(entry, " ")
		fence, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			return nil, err
		}
		all = append(all, token(fence, incarnation))
	}
	return all, err
}

const push = `return redis.call('RPUSH', KEYS[2], ARGV[1] .. ' ' .. ARGV[2])`

func TestConformance(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		script := redisguard.NewScript(push)
		fencingtest.Run(t, fencingtest.Harness{New: func(t testing.TB) fencingtest.Resource {
			require.NoError(t, client.FlushDB(t.Context()).Err())
			guard := newGuard(t, client)
			return log{client, func(ctx context.Context, t fencing.Token) error {
				return guard.Run(ctx, script, t, []string{logKey}).Err()
			}}
		}})
	})
}

// The old leader's value is on its way while the new leader sets its own.
func TestALateSetIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		require.NoError(t, guard.Set(t.Context(), bodyKey, "old", token(7, "a")))
		require.NoError(t, guard.Set(t.Context(), bodyKey, "new", token(8, "b")))
		require.NoError(t, guard.Set(t.Context(), bodyKey, "newer", token(8, "b")))
		for _, late := range []fencing.Token{token(7, "a"), token(7, "b"), token(8, "a")} {
			err := guard.Set(t.Context(), bodyKey, "late", late)
			var stale *fencing.StaleError
			require.ErrorAs(t, err, &stale)
			require.Equal(t, fencing.StaleError{Resource: fenceKey, Offered: late, Highest: token(8, "b")}, *stale)
		}
		require.Equal(t, "newer", client.Get(t.Context(), bodyKey).Val())
		require.Equal(t, "8 b", client.Get(t.Context(), fenceKey).Val())
	})
}

func TestARefusalNamesAnyIncarnation(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		for fence, incarnation := range []string{
			"", " two  blanks ", "%s%d", "caf\u00e9 \u4e16\u754c", "-ERR", "7 b", `"\`, strings.Repeat("i", stores.MaxName),
		} {
			if fence == 0 {
				continue
			}
			holder := token(uint64(fence), incarnation)
			require.NoError(t, guard.Check(t.Context(), holder))
			var stale *fencing.StaleError
			require.ErrorAs(t, guard.Check(t.Context(), token(uint64(fence), "x")), &stale)
			require.Equal(t, holder, stale.Highest)
		}
	})
}

func TestCheckShutsOutEarlierTenures(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		require.NoError(t, guard.Check(t.Context(), token(8, "new")))
		require.ErrorIs(t, guard.Set(t.Context(), bodyKey, "late", token(7, "old")), fencing.ErrStale)
		require.ErrorIs(t, client.Get(t.Context(), bodyKey).Err(), redis.Nil)
	})
}

func TestAValueThatIsNoTokenRefusesEverything(t *testing.T) {
	values := []string{
		"", "garbage", "7", "7 ", " 7 a", "07 a", "0 a", "-7 a", "+7 a", "1e3 a", "0x7 a", "7.0 a", "a 7",
		"9223372036854775808 a", "99999999999999999999 a",
	}
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		for _, value := range values {
			require.NoError(t, client.Set(t.Context(), fenceKey, value, 0).Err())
			err := guard.Set(t.Context(), bodyKey, "body", token(1<<62, "a"))
			var tampered *redisguard.TamperedError
			require.ErrorAs(t, err, &tampered, "%q", value)
			require.ErrorIs(t, err, redisguard.ErrTampered)
			require.Equal(t, redisguard.TamperedError{Key: fenceKey, Value: value}, *tampered)
			require.Equal(t, value, client.Get(t.Context(), fenceKey).Val())
		}
		require.NoError(t, client.Set(t.Context(), fenceKey, "a\r\nb\x00"+strings.Repeat("c", 400), 0).Err())
		var tampered *redisguard.TamperedError
		require.ErrorAs(t, guard.Check(t.Context(), token(7, "a")), &tampered)
		require.Equal(t, "a??b?"+strings.Repeat("c", 295), tampered.Value)

		require.NoError(t, client.Del(t.Context(), fenceKey).Err())
		require.NoError(t, client.HSet(t.Context(), fenceKey, "fence", "7").Err())
		require.ErrorAs(t, guard.Set(t.Context(), bodyKey, "body", token(7, "a")), &tampered)
		require.Equal(t, "a value of another type", tampered.Value)
		require.ErrorIs(t, client.Get(t.Context(), bodyKey).Err(), redis.Nil, "nothing was ever written")
	})
}

// A fence key that was given an expiry would let go of its token.
func TestAWriteTakesAnExpiryFromTheFenceKey(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		require.NoError(t, guard.Check(t.Context(), token(7, "a")))
		require.NoError(t, client.Expire(t.Context(), fenceKey, 3600e9).Err())
		require.NoError(t, guard.Check(t.Context(), token(7, "a")))
		require.Equal(t, int64(-1), client.TTL(t.Context(), fenceKey).Val().Nanoseconds())
	})
}

func TestAScriptThatTheServerForgotIsSentAgain(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard := newGuard(t, client)
		for range 2 {
			require.NoError(t, guard.Set(t.Context(), bodyKey, "body", token(7, "a")))
			require.NoError(t, client.ScriptFlush(t.Context()).Err())
		}
		require.NoError(t, guard.Set(t.Context(), bodyKey, "body", token(7, "a")))
	})
}

func TestRunAnswersWithWhatTheScriptReturns(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		guard, keys := newGuard(t, client), []string{bodyKey}
		run := func(source string, args ...any) *redis.Cmd {
			return guard.Run(t.Context(), redisguard.NewScript(source), token(7, "a"), keys, args...)
		}
		n, err := run(`return redis.call('INCRBY', KEYS[2], ARGV[3])`, 5).Int()
		require.NoError(t, err)
		require.Equal(t, 5, n)
		require.ErrorIs(t, run(`return nil`).Err(), redis.Nil)
		require.ErrorContains(t, run(`return redis.error_reply('MINE own words')`).Err(), "MINE own words")
		require.ErrorContains(t, run(`return redis.call('LPUSH', KEYS[2], 'x')`).Err(), "tenure: write guarded by")
		require.Error(t, run(`return higher('1', '2')`).Err(), "the Prelude's variables are its own")
		require.Equal(t, "7 a", client.Get(t.Context(), fenceKey).Val(), "the token stays admitted")
	})
}

// Other clients send the Prelude by themselves, with tokens that nobody has validated.
func TestThePreludeRefusesATokenThatIsNotValid(t *testing.T) {
	onEach(t, func(t *testing.T, client *redis.Client) {
		for _, args := range [][]any{
			{}, {"7"}, {"7", ""}, {"", "a"}, {"0", "a"}, {"07", "a"}, {"-7", "a"}, {"7.5", "a"}, {"1e3", "a"}, {"7 ", "a"},
			{"9223372036854775808", "a"}, {"10000000000000000000", "a"},
		} {
			err := client.Eval(t.Context(), redisguard.Prelude+push, []string{fenceKey, logKey}, args...).Err()
			require.ErrorContains(t, err, "TENUREINVALID", "%v", args)
		}
		require.Zero(t, client.Exists(t.Context(), fenceKey, logKey).Val())
		highest := []any{"9223372036854775807", "a"}
		require.NoError(t, client.Eval(t.Context(), redisguard.Prelude+push, []string{fenceKey, logKey}, highest...).Err())
	})
}

func TestKeysShareTheSlotOfTheFenceKey(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer func() { _ = client.Close() }()
	for _, c := range []struct {
		fenceKey, key, fault string
	}{
		{"{report}:fence", "{report}:body", ""},
		{"{report}:fence", "body:{report}", ""},
		{"{report}:fence", "report", ""},
		{"{report}:fence", "x{report}{other}", ""},
		{"{report}:fence", "{report}:fence", "the guard's own"},
		{"{report}:fence", "report:body", "hash tag {report}"},
		{"{report}:fence", "{reports}:body", "hash tag {report}"},
		{"{report}:fence", "{{report}}:body", "hash tag {report}"},
		{"{report}:fence", "{}{report}:body", "hash tag {report}"},
		{"{report}:fence", "{report:body", "hash tag {report}"},
		{"{report}:fence", "", "hash tag {report}"},
		{"report:fence", "", "{report}:fence"},
		{"{}report:fence", "", "{report}:fence"},
		{"", "", "{report}:fence"},
	} {
		t.Run(fmt.Sprintf("%q and %q", c.fenceKey, c.key), func(t *testing.T) {
			guard, err := redisguard.New(client, c.fenceKey)
			if err == nil {
				err = guard.Set(t.Context(), c.key, "value", token(7, "a"))
			}
			if c.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, stores.ErrInvalid)
			require.ErrorContains(t, err, c.fault)
		})
	}
}

func TestBadInputIsRefusedBeforeAnythingIsSent(t *testing.T) {
	_, err := redisguard.New(nil, "report")
	require.ErrorIs(t, err, stores.ErrInvalid)
	require.ErrorContains(t, err, "invalid client")
	require.ErrorContains(t, err, "invalid fence key")

	server := miniredis.RunT(t)
	guard := newGuard(t, clientOf(t, server.Addr()))
	before := server.CommandCount()
	err = guard.Run(t.Context(), redisguard.NewScript(push), fencing.Token{}, []string{"a", "b", bodyKey}).Err()
	require.ErrorIs(t, err, stores.ErrInvalid)
	for _, fault := range []string{"invalid fence: 0", "invalid incarnation", `invalid key: "a"`, `invalid key: "b"`} {
		require.ErrorContains(t, err, fault)
	}
	require.NotContains(t, err.Error(), bodyKey)
	require.Equal(t, before, server.CommandCount())
}

func TestErrorsOfTheServerArePassedOn(t *testing.T) {
	server := miniredis.RunT(t)
	guard := newGuard(t, clientOf(t, server.Addr()))
	server.SetError("LOADING the data")
	err := guard.Set(t.Context(), bodyKey, "body", token(7, "a"))
	require.ErrorContains(t, err, `tenure: write guarded by the fence key "{report}:fence": LOADING`)
	require.NotErrorIs(t, err, fencing.ErrStale)
	server.SetError("")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, guard.Set(ctx, bodyKey, "body", token(7, "a")), context.Canceled)
}

// A server without memory to spare refuses the token, and so the write.
func TestAServerOutOfMemoryWritesNeither(t *testing.T) {
	server := redistest.Start(t, redistest.Config("maxmemory", "1"), redistest.Config("maxmemory-policy", "noeviction"))
	client := clientOf(t, server.Addr())
	err := newGuard(t, client).Set(t.Context(), bodyKey, "body", token(7, "a"))
	require.ErrorContains(t, err, "OOM")
	require.False(t, errors.Is(err, fencing.ErrStale) || errors.Is(err, redisguard.ErrTampered))
	require.Zero(t, client.Exists(t.Context(), fenceKey, bodyKey).Val())
}

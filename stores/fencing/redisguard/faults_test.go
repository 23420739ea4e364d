package redisguard_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/fencing"
	"github.com/tenure-go/tenure/stores/fencing/fencingtest"
	"github.com/tenure-go/tenure/stores/fencing/redisguard"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// planted are faults in the Prelude, each with a check that must find it.
var planted = map[string]struct{ sound, fault, check string }{
	"none": {"", "", ""},
	"the same fence is enough": {
		"(f == fence and i ~= incarnation)", "false", "the_same_fence_of_another_incarnation_is_refused",
	},
	"only a higher fence will do": {
		"(f == fence and i ~= incarnation)", "f == fence", "the_same_tenure_is_admitted_again",
	},
	"the incarnation is enough": {
		"if higher(f, fence) or", "if higher(f, fence) and i ~= incarnation or", "a_late_write_of_an_earlier_tenure_is_refused",
	},
	"everybody is admitted": {"if stored then", "if false then", "a_late_write_of_an_earlier_tenure_is_refused"},
	"fences are floats": {
		"if #a ~= #b then return #a > #b end", "if true then return tonumber(a) > tonumber(b) end",
		"fences_are_compared_as_whole_numbers",
	},
	"fences are texts": {
		"if #a ~= #b then return #a > #b end", "if true then return a > b end", "fences_are_compared_as_whole_numbers",
	},
	"a refused write counts": {
		"return redis.error_reply('TENURESTALE ' .. stored)",
		"redis.call('SET', KEYS[1], fence .. ' ' .. incarnation) return redis.error_reply('TENURESTALE ' .. stored)",
		"a_refused_write_changes_nothing",
	},
	"the token is not kept": {"redis.call('SET', KEYS[1]", "redis.call('GET', KEYS[1]", "a_late_write_of_an_earlier_tenure_is_refused"},
	"the fence is kept without its incarnation": {
		"fence .. ' ' .. incarnation", "fence .. ' ' .. 'a'", "the_same_tenure_is_admitted_again",
	},
	"an incarnation has no blanks": {"([0-9]+) (.+)$", "([0-9]+) ([^ ]+)", "what_is_at_the_limits_is_admitted"},
}

// explained makes of the Prelude's replies what the guard makes of them.
func explained(err error, offered fencing.Token) error {
	if err == nil || !strings.HasPrefix(err.Error(), "TENURESTALE ") {
		return err
	}
	parts := strings.SplitN(err.Error(), " ", 3)
	fence, _ := strconv.ParseUint(parts[1], 10, 64)
	return &fencing.StaleError{Offered: offered, Highest: token(fence, parts[2])}
}

// judge runs the suite on a log whose writes are appended as given.
func judge(t *testing.T, client *redis.Client, appends func(context.Context, fencing.Token) error) map[string]error {
	return fencingtest.Judge(t, fencingtest.Harness{New: func(t testing.TB) fencingtest.Resource {
		require.NoError(t, client.FlushDB(t.Context()).Err())
		return log{client, func(ctx context.Context, t fencing.Token) error {
			if err := t.Validate(); err != nil {
				return err
			}
			return explained(appends(ctx, t), t)
		}}
	}})
}

func TestTheSuiteFindsFaultsInThePrelude(t *testing.T) {
	client := clientOf(t, miniredis.RunT(t).Addr())
	keys := []string{fenceKey, logKey}
	for name, fault := range planted {
		t.Run(name, func(t *testing.T) {
			prelude := strings.Replace(redisguard.Prelude, fault.sound, fault.fault, 1)
			require.Equal(t, fault.check != "", prelude != redisguard.Prelude, "the fault is not planted")
			script := redis.NewScript(prelude + push)
			found := judge(t, client, func(ctx context.Context, t fencing.Token) error {
				return script.Run(ctx, client, keys, strconv.FormatUint(t.Fence, 10), t.Incarnation).Err()
			})
			if fault.check == "" {
				require.Empty(t, found)
				return
			}
			require.Contains(t, slices.Collect(maps.Keys(found)), fault.check, "the fault survives: %v", found)
		})
	}
}

// A guard whose check is a call, and whose write is the next.
func TestTheSuiteFindsACheckBeforeTheWrite(t *testing.T) {
	client := clientOf(t, redistest.Start(t).Addr())
	guard := newGuard(t, client)
	found := judge(t, client, func(ctx context.Context, t fencing.Token) error {
		if err := guard.Check(ctx, t); err != nil {
			return err
		}
		return client.RPush(ctx, logKey, strconv.FormatUint(t.Fence, 10)+" "+t.Incarnation).Err()
	})
	require.Contains(t, found, "of_many_writers_the_accepted_never_go_down")
}

package redis_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/storetest"
)

// planted are faults in the scripts: a text of them, and what stands there instead. The conformance suite finds each.
var planted = map[string][2]string{
	"everybody is granted": {
		"if lease and not (lease.incarnation == incarnation and less(lease.attempt, attempt)) then", "if false then",
	},
	"goes by participant":                 {"not (lease.incarnation == incarnation and", "not (lease.participant == participant and"},
	"a lower attempt replaces":            {"less(lease.attempt, attempt)", "lease.attempt ~= attempt"},
	"a higher attempt is refused":         {"less(lease.attempt, attempt)", "false"},
	"a repeat is granted anew":            {"if again then\n  require_writable()\n  return answer(1, lease)\nend", "again = nil"},
	"a repeat extends":                    {"if again then\n", "if again then lease.left = tonumber(span) expire(lease)\n"},
	"claims are not limited":              {"claim > now + ahead", "false"},
	"claims are not exceeded":             {"claim + 1, ", ""},
	"the last fence is forgotten":         {"tonumber(last or '0') + 1", "0"},
	"the fence is not kept":               {"redis.call('SET', KEYS[2], fence)", ""},
	"the fence is not the clock":          {"math.max(now, claim", "math.max(1, claim"},
	"the lease does not expire":           {"granted.value, 'PX', span)", "granted.value, 'PX', span + 1e6)"},
	"acquired-at is not the clock":        {"acquired = text(now)", "acquired = '1'"},
	"the short renewal compares nothing":  {"redis.pcall('GET', KEYS[1]) == ARGV[6]", "true"},
	"the short renewal extends nothing":   {"redis.call('PEXPIRE', KEYS[1], ARGV[4])", ""},
	"the short renewal is no news":        {"redis.pcall('PUBLISH', ARGV[5]", "redis.pcall('PUBLISH', 'x'"},
	"a renewal compares nothing":          {"not is(lease, incarnation, attempt) or lease.fence ~= fence then return refuse(-1)", "false then return refuse(-1)"},
	"a renewal does not compare fences":   {"or lease.fence ~= fence then return refuse(-1)", "then return refuse(-1)"},
	"a revocation is ignored":             {"if lease.revoked == '1' then return refuse(-2) end", ""},
	"a renewal shortens":                  {"math.max(asked, lease.left)", "asked"},
	"a renewal does not raise the span":   {"if asked > tonumber(lease.span) then", "if false then"},
	"a renewal is no news":                {"expire(lease)\nheld(channel, lease)", "expire(lease)"},
	"a release compares nothing":          {"if not lease or not is(lease, incarnation, attempt) then return refuse(0)", "if not lease then return 0"},
	"a release does not compare fences":   {"if fence ~= '0' and fence ~= lease.fence then return refuse(0) end", ""},
	"a give-back frees nothing":           {"if fence ~= '0' and fence", "if fence"},
	"a release frees nothing":             {"redis.call('DEL', KEYS[1])", ""},
	"a release is no news":                {"vacated(channel)\nreturn 1", "return 1"},
	"a revocation does not compare":       {"lease.fence ~= ARGV[1]", "false"},
	"a revocation sets the end":           {"written(lease), 'KEEPTTL')\nreturn 1", "written(lease), 'PX', 1000)\nreturn 1"},
	"a grant is no news":                  {"held(channel, granted)", ""},
	"incarnations are not compared":       {"return lease.incarnation == incarnation and lease.attempt == attempt", "return lease.attempt == attempt"},
	"attempts are not compared":           {"return lease.incarnation == incarnation and lease.attempt == attempt", "return lease.incarnation == incarnation"},
	"time left is what the server counts": {"math.min(left, tonumber(lease.span))", "left"},
}

func TestEachFaultPlantedInAScriptIsFoundByTheConformanceSuite(t *testing.T) {
	scenario(t)
	var table strings.Builder
	for _, name := range slices.Sorted(maps.Keys(planted)) {
		t.Run(name, func(t *testing.T) {
			h, start := onDouble()
			h.New = func(t *testing.T) stores.Store {
				store := storeOn(t, clientOf(t, start(t)), redis.Options{})
				require.Positive(t, store.Plant(planted[name][0], planted[name][1]), "the fault is in no script")
				return store
			}
			h.Patience = 50 * time.Millisecond
			var found []string
			for _, v := range storetest.Judge(t, h) {
				require.NotEqual(t, storetest.Panicked, v.Outcome, v.Log)
				if v.Outcome == storetest.Failed {
					found = append(found, v.Check)
				}
			}
			require.NotEmpty(t, found, "the fault survives")
			fmt.Fprintf(&table, "%-38s found by %2d checks, the first %s\n", name, len(found), found[0])
		})
	}
	t.Logf("%d planted faults:\n%s", len(planted), table.String())
}

package doctor_test

import (
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/doctor"
)

const (
	everything = "resetkeys ~tenure:* resetchannels &tenure@* -@all +evalsha +eval +get +set +del +pexpire +pttl +time +publish " +
		"+subscribe +unsubscribe +ping +scan +info +hset +hmget +wait +select"
	login = "on >secret "
)

// setUser runs a line as doctor prints it.
func setUser(t *testing.T, admin *goredis.Client, line string) {
	t.Helper()
	var args []any
	for word := range strings.FieldsSeq(line) {
		args = append(args, word)
	}
	require.NoError(t, admin.Do(t.Context(), args...).Err(), line)
}

// demanding is the case of a user, with settings that need every permission.
func demanding(t *testing.T, server *redistest.Server, user string) doctor.Case {
	opts := as(server, user)
	opts.DB = 1
	c := on(t, opts)
	c.Samples = 1 // A server looks at the limit of a WAIT ten times a second.
	c.Store = redis.Options{Settle: time.Minute, Replicas: 1, ReplicaTimeout: time.Millisecond}
	return c
}

func TestEachMissingPermissionIsNamedAsTheLineThatMends(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(t)
	setUser(t, admin, "ACL SETUSER whole "+login+everything)
	require.Equal(t, doctor.OK, examine(t, demanding(t, server, "whole")).about("permissions")[0].Verdict)

	only := map[string]doctor.Verdict{
		"+publish": doctor.Advice, "+subscribe": doctor.Advice, "+unsubscribe": doctor.Advice, "+ping": doctor.Advice,
		"+scan": doctor.Advice, "&tenure@*": doctor.Advice,
	}
	for rule := range strings.FieldsSeq(everything) {
		if !strings.ContainsAny(rule[:1], "+~&") {
			continue
		}
		t.Run(rule, func(t *testing.T) {
			user := "no-" + strings.Trim(rule, "+~&:@*")
			setUser(t, admin, "ACL SETUSER "+user+" reset "+login+strings.ReplaceAll(everything+" ", " "+rule+" ", " "))
			check := examine(t, demanding(t, server, user)).about("permissions")[0]
			require.Equal(t, "ACL SETUSER "+user+" "+rule, check.Change)
			verdict := doctor.Fault
			if v, ok := only[rule]; ok {
				verdict = v
			}
			require.Equal(t, verdict, check.Verdict)
			setUser(t, admin, check.Change)
			require.Equal(t, doctor.OK, examine(t, demanding(t, server, user)).about("permissions")[0].Verdict)
		})
	}
}

func TestWhoMayDoNothingIsLedToWhatIsNeeded(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Client(t)
	setUser(t, admin, "ACL SETUSER app resetkeys resetchannels -@all "+login)
	c := on(t, as(server, "app"))
	for range 3 { // As long as commands are refused, the server does not say what else is.
		setUser(t, admin, examine(t, c).about("permissions")[0].Change)
	}
	require.Equal(t, doctor.OK, examine(t, c).about("permissions")[0].Verdict, "the lines mend it")
	store, err := redis.New(c.Client, redis.Options{})
	require.NoError(t, err)
	_, err = store.Acquire(t.Context(), stores.AcquireRequest{
		Election: "orders", Participant: "alice", Attempt: stores.Attempt{Incarnation: "i", Number: 1}, Lease: time.Minute,
	})
	require.NoError(t, err)
	_, err = store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	_, err = store.List(t.Context(), "")
	require.NoError(t, err)
}

func TestWhatServersMayNotBeAskedIsSaid(t *testing.T) {
	server := redistest.Start(t)
	setUser(t, server.Client(t), "ACL SETUSER app "+login+strings.Replace(everything, "+info ", "", 1))
	found := examine(t, on(t, as(server, "app")))
	require.Empty(t, found.of(doctor.Fault))
	require.Equal(t, "allow +info to whoever runs doctor", found.one(t, "version, role, eviction and persistence are not known").Change)
}

func TestRulesAreWrittenAsTheServerReadsThem(t *testing.T) {
	server := redistest.Start(t)
	setUser(t, server.Client(t), "ACL SETUSER app "+login+everything)
	c := on(t, as(server, "app"))
	c.Store.Prefix = "my app*"
	check := examine(t, c).about("permissions")[0]
	require.Equal(t, `ACL SETUSER app "~my app\\*:*" "&my app\\*@*"`, check.Change)
	require.Equal(t, "user app may not use the store's keys, use the store's channels", check.What)
}

func TestEachNodeOfAClusterIsExamined(t *testing.T) {
	if testing.Short() {
		t.Skip("a Cluster takes seconds to start")
	}
	cluster := redistest.StartCluster(t)
	for i, node := range cluster.Nodes() {
		rules := everything + " +cluster|slots +cluster|shards +command +asking +readonly"
		if i == 0 {
			rules = strings.Replace(rules, "+pttl ", "", 1)
		}
		setUser(t, node.Client(t), "ACL SETUSER app "+login+rules)
	}
	opts := goredis.UniversalOptions{Addrs: cluster.Addrs(), Username: "app", Password: "secret"}
	found := examine(t, on(t, opts))
	require.Len(t, found.about("permissions"), 3)
	faults := found.of(doctor.Fault)
	require.Len(t, faults, 1)
	require.Equal(t, "ACL SETUSER app +pttl", faults[0].Change)
	require.Equal(t, cluster.Nodes()[0].Addr(), faults[0].Server)
	for _, node := range cluster.Nodes() {
		require.Empty(t, contents(t, node))
	}
}

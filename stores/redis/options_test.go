package redis_test

import (
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

// settings are a client's that a store accepts, changed; nothing listens where it points.
func settings(change func(*goredis.Options)) *goredis.Client {
	o := &goredis.Options{
		Addr: "127.0.0.1:1", MaxRetries: -1, ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	change(o)
	return goredis.NewClient(o)
}

func TestSettingsThatBreakAPromiseAreRefusedBeforeAnyIO(t *testing.T) {
	fine := func(*goredis.Options) {}
	for name, c := range map[string]struct {
		client goredis.UniversalClient
		opts   redis.Options
		fields []string
	}{
		"retries of the client": {client: settings(func(o *goredis.Options) { o.MaxRetries = 0 }), fields: []string{"client MaxRetries"}},
		"a client that ignores contexts": {
			client: settings(func(o *goredis.Options) { o.ContextTimeoutEnabled = false }),
			fields: []string{"client ContextTimeoutEnabled"},
		},
		"maintenance notifications": {
			client: settings(func(o *goredis.Options) { o.MaintNotificationsConfig = nil }),
			fields: []string{"client MaintNotificationsConfig.Mode"},
		},
		"all at once": {
			client: goredis.NewClient(&goredis.Options{}),
			opts:   redis.Options{Prefix: "{a}", Replicas: -1, ReplicaTimeout: time.Nanosecond, Settle: -1},
			fields: []string{
				"client MaxRetries", "client ContextTimeoutEnabled", "client MaintNotificationsConfig.Mode",
				"Prefix", "Replicas", "ReplicaTimeout", "Settle",
			},
		},
		"reads from replicas": {
			client: goredis.NewClusterClient(&goredis.ClusterOptions{
				ContextTimeoutEnabled: true, RouteRandomly: true,
				MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
			}),
			fields: []string{"client ReadOnly, RouteByLatency, RouteRandomly"},
		},
		"a client of another kind": {client: goredis.NewRing(&goredis.RingOptions{}), fields: []string{"client"}},
		"a client that waits for ever": {
			client: settings(func(o *goredis.Options) { o.ReadTimeout = -1 }), fields: []string{"client ReadTimeout"},
		},
		"no client":    {client: nil, fields: []string{"client"}},
		"a nil client": {client: (*goredis.Client)(nil), fields: []string{"client"}},
		"a wait that the client cuts short": {
			client: settings(func(o *goredis.Options) { o.ReadTimeout = time.Second }),
			opts:   redis.Options{Replicas: 1, ReplicaTimeout: time.Second},
			fields: []string{"ReplicaTimeout"},
		},
		"a prefix of blanks only is one": {client: settings(fine), opts: redis.Options{Prefix: " "}},
		"a control character":            {client: settings(fine), opts: redis.Options{Prefix: "a\n"}, fields: []string{"Prefix"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c, ok := c.client.(interface{ Close() error }); ok && name != "a nil client" {
				t.Cleanup(func() { _ = c.Close() })
			}
			store, err := redis.New(c.client, c.opts)
			require.Equal(t, c.fields, invalidFields(err))
			require.Equal(t, len(c.fields) == 0, store != nil)
		})
	}
}

// invalidFields lists the fields of the *[stores.InvalidError]s that an error joins.
func invalidFields(err error) []string {
	if err == nil {
		return nil
	}
	var fields []string
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			fields = append(fields, invalidFields(one)...)
		}
		return fields
	}
	if one, ok := err.(*stores.InvalidError); ok { //nolint:errorlint // each is looked at by itself
		return []string{one.Field}
	}
	return []string{"not an InvalidError: " + err.Error()}
}

func TestForLeasesSetsWhatIsNeededAndLeavesTheRest(t *testing.T) {
	given := goredis.UniversalOptions{Addrs: []string{"127.0.0.1:1"}, ReadTimeout: 7 * time.Second, DB: 3, RouteByLatency: true}
	options := redis.ForLeases(given)
	require.Equal(t, 7*time.Second, options.ReadTimeout)
	require.Equal(t, 3, options.DB)
	require.Equal(t, 0, given.MaxRetries, "the caller's own are not touched")
	for name, client := range map[string]goredis.UniversalClient{
		"one server": goredis.NewUniversalClient(options),
		"cluster":    goredis.NewClusterClient(options.Cluster()),
		"sentinel":   goredis.NewFailoverClient(options.Failover()),
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { _ = client.Close() }()
			_, err := redis.New(client, redis.Options{})
			require.NoError(t, err)
		})
	}
}

package redis

import (
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/tenure-go/tenure/stores"
)

// DefaultPrefix is what keys begin with where nothing else is given.
const DefaultPrefix = "tenure"

// DefaultReplicaTimeout bounds the wait for replicas where nothing else is given.
const DefaultReplicaTimeout = 500 * time.Millisecond

// Options are the settings of a [Store]. The zero value is ready to use.
type Options struct {
	_ struct{}

	// Prefix is what every key and channel of the store begins with; stores with different prefixes know nothing of each
	// other. A name as in [stores.ValidateName] without braces; [DefaultPrefix] by default.
	Prefix string

	// Encoding is how metadata is kept; JSON by default. All participants of an election must use the same one.
	Encoding Encoding

	// Replicas is how many replicas must have a grant or a renewal before it counts (the WAIT command, in the script's own
	// round trip); 0, the default, waits for none. It makes it less likely that a failover loses a lease, and never
	// impossible: Redis promotes whom it likes.
	Replicas int

	// ReplicaTimeout bounds the wait for the replicas: whole milliseconds, below the client's ReadTimeout, and for good use
	// below half the elector's Timeout, since refusals wait as well, and twice where the server did not know the script;
	// [DefaultReplicaTimeout] by default.
	ReplicaTimeout time.Duration

	// Settle is for how long after a restart or a promotion of the server nothing new is granted; 0, the default, switches
	// it off. Set to the longest lease time of any participant, and the same for all, it keeps a failover or a restart from
	// making a second leader beside one whose lease the new server does not know. It counts from when the server is first
	// asked for the election, by the server's clock, which must not be set forward meanwhile. The price: that much longer
	// without a leader, also where nothing was lost; once for each new election; and again where the server's replication
	// id changes without a promotion, as it does when a first replica comes, and when the last has been gone for
	// repl-backlog-ttl. It needs the INFO command in scripts.
	Settle time.Duration
}

func (o Options) withDefaults() Options {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Encoding == nil {
		o.Encoding = JSON{}
	}
	if o.ReplicaTimeout == 0 {
		o.ReplicaTimeout = DefaultReplicaTimeout
	}
	return o
}

// validate returns every fault of options with their defaults, joined.
func (o Options) validate() error {
	faults := []error{validatePrefix(o.Prefix)}
	if o.Replicas < 0 {
		faults = append(faults, invalid("Replicas", o.Replicas, "it must not be negative"))
	}
	if o.ReplicaTimeout < time.Millisecond || o.ReplicaTimeout%time.Millisecond != 0 {
		faults = append(faults, invalid("ReplicaTimeout", o.ReplicaTimeout.String(), "it must be a positive number of milliseconds"))
	}
	if o.Settle != 0 {
		faults = append(faults, stores.ValidateLease("Settle", o.Settle))
	}
	return errors.Join(faults...)
}

// clientSettings are those that matter here of the options of any client.
type clientSettings struct {
	maxRetries       int
	contextTimeouts  bool
	maintenance      maintnotifications.Mode
	readTimeout      time.Duration
	readsFromReplica bool
	database         int
}

// settingsOf reads the options that a client was made with. Clients of other kinds are an error, since nobody could say
// what they do with a lease call.
func settingsOf(client goredis.UniversalClient) (clientSettings, error) {
	switch c := client.(type) {
	case *goredis.Client:
		if c == nil {
			break
		}
		o := c.Options()
		return clientSettings{
			maxRetries: o.MaxRetries, contextTimeouts: o.ContextTimeoutEnabled, maintenance: modeOf(o.MaintNotificationsConfig),
			readTimeout: o.ReadTimeout, database: o.DB,
		}, nil
	case *goredis.ClusterClient:
		if c == nil {
			break
		}
		o := c.Options()
		return clientSettings{
			maxRetries: max(o.MaxRetries, 0), contextTimeouts: o.ContextTimeoutEnabled,
			maintenance: modeOf(o.MaintNotificationsConfig), readTimeout: o.ReadTimeout,
			readsFromReplica: o.ReadOnly || o.RouteByLatency || o.RouteRandomly,
		}, nil
	}
	return clientSettings{}, invalid("client", client, "a *redis.Client (one server, or Sentinel) or a *redis.ClusterClient")
}

func modeOf(c *maintnotifications.Config) maintnotifications.Mode {
	if c == nil {
		return maintnotifications.ModeAuto
	}
	return c.Mode
}

// validate returns every setting of the client that would break a promise, joined.
func (c clientSettings) validate(o Options) error {
	var faults []error
	if c.maxRetries != 0 {
		faults = append(faults, invalid("client MaxRetries", c.maxRetries,
			"-1 is needed: the elector repeats calls by itself, and counts each from its own send"))
	}
	if !c.contextTimeouts {
		faults = append(faults, invalid("client ContextTimeoutEnabled", c.contextTimeouts,
			"true is needed: without it a call outlives its deadline by the client's ReadTimeout"))
	}
	if c.maintenance != maintnotifications.ModeDisabled {
		faults = append(faults, invalid("client MaintNotificationsConfig.Mode", string(c.maintenance),
			"maintnotifications.ModeDisabled is needed: the feature relaxes timeouts, and costs a handshake"))
	}
	if c.readTimeout <= 0 {
		faults = append(faults, invalid("client ReadTimeout", c.readTimeout.String(),
			"a limit is needed, or a call to a server that hangs might never end"))
	}
	if c.readsFromReplica {
		faults = append(faults, invalid("client ReadOnly, RouteByLatency, RouteRandomly", c.readsFromReplica,
			"all must be false: what a replica knows of a lease is old"))
	}
	if o.Replicas > 0 && c.readTimeout > 0 && o.ReplicaTimeout >= c.readTimeout {
		faults = append(faults, invalid("ReplicaTimeout", o.ReplicaTimeout.String(),
			"it must be below the client's ReadTimeout "+c.readTimeout.String()))
	}
	return errors.Join(faults...)
}

// ForLeases returns a copy of a client's options with those set that a [Store] needs: no retries by the client, timeouts
// of the context, no maintenance notifications, no reads from replicas. Everything else is left as it is.
//
//	client := redis.NewUniversalClient(tenureredis.ForLeases(redis.UniversalOptions{Addrs: []string{"localhost:6379"}}))
func ForLeases(o goredis.UniversalOptions) *goredis.UniversalOptions {
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.ReadOnly, o.RouteByLatency, o.RouteRandomly = false, false, false
	return &o
}

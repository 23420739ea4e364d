package fsm

import (
	crand "crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"time"

	"github.com/tenure-go/tenure/fsm/clock"
)

// NoJitter switches jitter off; a Config's zero Jitter means the default.
const NoJitter = -1

// The defaults of a [Config].
const (
	// DefaultLease is the lease time where none is given.
	DefaultLease = 30 * time.Second
	// DefaultJitter is the share of Retry by which tries are spread where nothing else is given.
	DefaultJitter = 0.1
)

// Config says what an elector takes part in, and its timings. A zero field means its default; only Election is
// required. What is given is never corrected: settings that do not fit each other are an error that names them all.
type Config struct {
	_ struct{}
	// recording is empty; it stands before other fields, since an empty last field would take room.
	recording

	// Election is the name of what is led; electors with the same name over the same store exclude each other.
	Election string
	// Participant names this elector to people. It need not be unique: every elector adds a random incarnation, by which
	// stores tell them apart. The default is host-pid-random.
	Participant string
	// Metadata is published with the lease, for whoever asks who leads. It is copied.
	Metadata map[string]string

	// Lease is the time for which the store grants and renews: how long after a crash the election stays without a
	// leader at least. A whole number of milliseconds; 30 s by default.
	Lease time.Duration
	// Renewal is the pause between renewals; a third of the lease by default. Unused in manual mode.
	Renewal time.Duration
	// Retry is the pause after an error or an unknown outcome, and the least time between two tries, except that the end of
	// a tenure that was known of leads to one try at once, and that TryAcquire does not wait; a sixth of the lease by
	// default.
	Retry time.Duration
	// Timeout bounds the wait for one call to the store; a sixth of the lease by default.
	Timeout time.Duration
	// Grace is the time that the workload needs to stop once it is told. The deadline is earlier by as much, so that the
	// lease still protects the workload while it stops. 0 by default.
	Grace time.Duration
	// Drain is how long a workload that was told to stop is waited for before the lease is left to expire; the lease time
	// by default.
	Drain time.Duration
	// Jitter is the share of Retry by which the tries of several followers are spread, above 0 and at most 1, or
	// [NoJitter]; 0.1 by default.
	Jitter float64
	// Manual leaves it to the caller to try, by TryAcquire or Campaign, and to renew, by Renew; Start then only observes.
	Manual bool

	// Logger is told of gains, losses and faults, in a goroutine of its own; a slow or failing handler loses records,
	// which are counted, and harms nothing else. Records that still wait when the process exits are lost. By default
	// nothing is logged.
	Logger *slog.Logger
	// Clock is the time; the machine's by default.
	Clock clock.Clock
	// Rand is the source of jitter, used by one goroutine at a time and not to be shared by electors; seeded at random by
	// default. Incarnations are drawn
	// from the operating system's generator, whatever is given here: two electors must never draw the same one.
	Rand *rand.Rand
}

// ConfigFor returns the settings for an election with the given lease time, all derived from it as for a zero Config.
func ConfigFor(election string, lease time.Duration) Config {
	return Config{Election: election, Lease: lease}.WithDefaults()
}

// WithDefaults returns the Config with its zero timings replaced by what is derived from the lease time.
func (c Config) WithDefaults() Config {
	if c.Lease == 0 {
		c.Lease = DefaultLease
	}
	setDefault(&c.Renewal, share(c.Lease, 3))
	setDefault(&c.Retry, share(c.Lease, 6))
	setDefault(&c.Timeout, share(c.Lease, 6))
	setDefault(&c.Drain, c.Lease)
	if c.Jitter == 0 {
		c.Jitter = DefaultJitter
	}
	return c
}

// share is the part of a lease that a default is, in whole milliseconds.
func share(lease time.Duration, parts int64) time.Duration {
	return max((lease / time.Duration(parts)).Truncate(time.Millisecond), time.Millisecond)
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d == 0 {
		*d = value
	}
}

// complete adds the defaults that are not timings: names and what an elector is connected with.
func (c Config) complete() Config {
	c.Metadata = maps.Clone(c.Metadata)
	if c.Participant == "" {
		c.Participant = defaultParticipant()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Rand == nil {
		var seed [32]byte
		crand.Read(seed[:])
		c.Rand = rand.New(rand.NewChaCha8(seed))
	}
	return c
}

func defaultParticipant() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "host"
	}
	const room = 150
	return fmt.Sprintf("%.*s-%d-%s", room, host, os.Getpid(), randomHex(4))
}

// randomHex returns 2n random hexadecimal digits from the operating system's generator, which cannot fail.
func randomHex(n int) string {
	b := make([]byte, n)
	crand.Read(b)
	return hex.EncodeToString(b)
}

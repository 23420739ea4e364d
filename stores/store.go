package stores

import (
	"context"
	"maps"
	"time"
)

// Store keeps the leases of any number of elections.
//
// All methods may be called from many goroutines. Each checks its arguments before any I/O and answers bad input with
// an *[InvalidError]. A method that returns any error not named in its contract has an unknown outcome: it may have
// taken effect, and may still do so later. A context that ends makes a method return soon, with an unknown outcome; it
// undoes nothing.
//
// Time left is measured by the store's clock alone; wall clocks of two machines are never compared.
type Store interface {
	// Acquire grants the election's lease to the attempt, or refuses it.
	//
	//   - No live lease: granted, under a new fence, for the time asked.
	//   - Held by this very attempt: granted again, with the same fence, the same AcquiredAt and metadata, and the
	//     time that is really left. A repetition neither extends nor shortens it; the time and the metadata that it
	//     brings are not looked at. Where the tenure is revoked, the lease says so.
	//   - Held by the same incarnation under a lower attempt: replaced, under a new fence, by a tenure that nobody has
	//     revoked, whatever became of the lower one.
	//   - Otherwise, also if the same incarnation holds it under a higher attempt: an error that is [ErrHeld], a
	//     *[HeldError] with the lease as it stands.
	//
	// A store that waits for replicas, and waits in vain, answers with an error that is [ErrUnreplicated], a
	// *[UnreplicatedError]: the lease was granted and may be lost with its server, so it is to be given back.
	//
	// A new fence is greater than every fence this store has minted for the election, than HighestFence, and is not
	// less than the store's clock in microseconds since 1970. A HighestFence of more than a day ahead of that clock is
	// refused with an error that is [ErrFenceClaim], whoever holds the lease; that call changes nothing.
	Acquire(ctx context.Context, req AcquireRequest) (Lease, error)

	// Renew extends the lease of exactly this tenure to the time given from now, if that is later than its present
	// end, and returns it. The tenure not being held any more (expired, released, replaced or revoked) is an error
	// that is [ErrLost], a *[LostError]. An expired lease is never renewed, even if nobody else has taken it. The lease
	// returned may have more time left than asked for: what it had before, less what has passed. A renewal that has not
	// reached enough replicas is an error that is [ErrUnreplicated]: neither a loss nor an extension to rely on.
	Renew(ctx context.Context, req RenewRequest) (Lease, error)

	// Release frees the lease if it is held by exactly this tenure, and wakes the election's watchers; where the
	// tenure's fence is 0, which no tenure has, it frees the lease if it is held by the attempt (a give-back). It
	// reports whether a lease was freed. A lease that is not held by the tenure is left alone, which is no error. A
	// revoked tenure may be released. [ValidateRelease] says what is accepted.
	Release(ctx context.Context, election string, tenure Tenure) (bool, error)

	// Revoke makes the store refuse further renewals of the tenure with this fence, which then ends at its present
	// expiry. It reports whether a live lease with this fence was there, also if it had been revoked before.
	// [ValidateRevoke] says what is accepted.
	Revoke(ctx context.Context, election string, fence uint64) (bool, error)

	// Get returns the election's live lease, or an error that is [ErrVacant].
	Get(ctx context.Context, election string) (Lease, error)

	// List returns the live leases of the elections whose names begin with prefix, ordered by name, both byte by byte:
	// no character of a prefix has a meaning of its own. An empty prefix lists all. The leases need not have been live
	// at one common instant.
	List(ctx context.Context, prefix string) ([]Lease, error)
}

// Watcher is a Store with wake-ups, which spare followers the polling. A store without them is complete: followers
// then wait for the end of the leader's lease.
type Watcher interface {
	Store

	// Watch delivers notices about the election until ctx ends, and then closes the channel. Notices are hints: a slow
	// reader gets only the newest, any may be lost or late, and none may be trusted for who leads. Where notices may
	// have been missed (a connection lost and restored), the store sends [NoticeMissed]. An error means that there is
	// no subscription; the caller may go on without.
	Watch(ctx context.Context, election string) (<-chan Notice, error)
}

// Attempt is one try of one incarnation to become leader.
type Attempt struct {
	// Incarnation is one run of a participant, unique among all.
	Incarnation string
	// Number grows with every attempt of the incarnation; the first is 1.
	Number uint64
}

// Tenure is one unbroken holding of a lease.
type Tenure struct {
	Attempt
	// Fence is the tenure's fencing token, unique in its election and greater than that of every tenure before.
	Fence uint64
}

// Lease is what a store knows of a live tenure.
type Lease struct {
	// Election is the name of what is led.
	Election string
	// Participant is the holder's name, as its user chose it.
	Participant string
	Tenure
	// Metadata is what the holder published with its acquire. It is never nil in a lease that a store returns.
	Metadata map[string]string
	// AcquiredAt is the instant of the grant on the store's clock. Renewals do not change it.
	AcquiredAt time.Time
	// TimeLeft is how long the lease still lasted when the store answered, by the store's clock.
	TimeLeft time.Duration
	// Revoked tells that the store refuses further renewals of this tenure.
	Revoked bool
}

// Clone returns a copy that shares no metadata with l.
func (l Lease) Clone() Lease {
	l.Metadata = maps.Clone(l.Metadata)
	if l.Metadata == nil {
		l.Metadata = map[string]string{}
	}
	return l
}

// AcquireRequest asks for an election's lease.
type AcquireRequest struct {
	// Election and Participant are names within [MaxName]; both are required.
	Election, Participant string
	// Attempt tells a repetition from a new try; both its fields are required.
	Attempt Attempt
	// Lease is the time asked for: a whole number of milliseconds, positive and at most [MaxLease].
	Lease time.Duration
	// Metadata is published with the lease; see [ValidateMetadata] for its limits. The store keeps a copy.
	Metadata map[string]string
	// HighestFence is the highest fence that the candidate has seen in this election, 0 for none.
	HighestFence uint64
}

// RenewRequest asks for more time for a tenure.
type RenewRequest struct {
	// Election is the name of what is led.
	Election string
	// Tenure is what must be held; all its fields are required.
	Tenure Tenure
	// Lease is the time asked for, counted from now, within the limits of [AcquireRequest].
	Lease time.Duration
}

// NoticeKind tells what a [Notice] is about.
type NoticeKind uint8

const (
	// NoticeVacated says that the lease was released; a try may succeed now.
	NoticeVacated NoticeKind = iota + 1
	// NoticeHeld says that the lease was acquired or renewed; Lease tells by whom and for how long.
	NoticeHeld
	// NoticeMissed says that notices may have been lost; trying once is prudent.
	NoticeMissed
)

// Notice is a wake-up.
type Notice struct {
	Kind NoticeKind
	// Lease is the lease as it stood; set for NoticeHeld only.
	Lease Lease
}

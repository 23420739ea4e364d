package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenure-go/tenure/stores"
)

var _ stores.Watcher = (*Store)(nil)

// shardCount is far above the number of cores that will contend, and small enough for List to visit all.
const shardCount = 64

// Store keeps leases in the memory of one process. Its zero value is an empty store on the system's clock, ready to
// use. It must not be copied after first use.
type Store struct {
	now    func() time.Time // nil means the system's clock
	shards [shardCount]shard
}

// Option changes what [New] makes.
type Option func(*Store)

// WithClock sets the clock of the store, for tests. It must be safe for use from many goroutines and must not call the
// store. Nil means the system's clock.
func WithClock(now func() time.Time) Option {
	return func(s *Store) { s.now = now }
}

// New returns an empty store.
func New(opts ...Option) *Store {
	s := &Store{}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Acquire implements [stores.Store].
func (s *Store) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if err := req.Validate(); err != nil {
		return stores.Lease{}, err
	}
	if err := ended(ctx, "acquire", req.Election); err != nil {
		return stores.Lease{}, err
	}
	lease, granted, err := s.shard(req.Election).acquire(s.clock(), req)
	switch {
	case err != nil:
		return stores.Lease{}, err
	case !granted:
		return stores.Lease{}, &stores.HeldError{Lease: lease.Clone()}
	default:
		return lease.Clone(), nil
	}
}

// Renew implements [stores.Store].
func (s *Store) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if err := req.Validate(); err != nil {
		return stores.Lease{}, err
	}
	if err := ended(ctx, "renew", req.Election); err != nil {
		return stores.Lease{}, err
	}
	lease, err := s.shard(req.Election).renew(s.clock(), req)
	if err != nil {
		return stores.Lease{}, err
	}
	return lease.Clone(), nil
}

// Release implements [stores.Store].
func (s *Store) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if err := stores.ValidateRelease(election, tenure); err != nil {
		return false, err
	}
	if err := ended(ctx, "release", election); err != nil {
		return false, err
	}
	return s.shard(election).release(s.clock(), election, tenure), nil
}

// Revoke implements [stores.Store].
func (s *Store) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	if err := stores.ValidateRevoke(election, fence); err != nil {
		return false, err
	}
	if err := ended(ctx, "revoke", election); err != nil {
		return false, err
	}
	return s.shard(election).revoke(s.clock(), election, fence), nil
}

// Get implements [stores.Store].
func (s *Store) Get(ctx context.Context, election string) (stores.Lease, error) {
	if err := stores.ValidateName("election", election); err != nil {
		return stores.Lease{}, err
	}
	if err := ended(ctx, "get", election); err != nil {
		return stores.Lease{}, err
	}
	lease, live := s.shard(election).get(s.clock(), election)
	if !live {
		return stores.Lease{}, vacantError(election)
	}
	return lease.Clone(), nil
}

// List implements [stores.Store]. It visits the elections one part after the other, so the leases need not have been
// live at one common instant.
func (s *Store) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	if err := ended(ctx, "list", prefix); err != nil {
		return nil, err
	}
	leases := []stores.Lease{}
	for i := range s.shards {
		leases = s.shards[i].list(s.clock(), prefix, leases)
	}
	for i := range leases {
		leases[i] = leases[i].Clone()
	}
	slices.SortFunc(leases, func(a, b stores.Lease) int { return strings.Compare(a.Election, b.Election) })
	return leases, nil
}

// Watch implements [stores.Watcher]. The channel holds one notice; a newer one replaces it. It costs no goroutine. A
// watch whose context never ends lasts as long as the store.
func (s *Store) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	if err := stores.ValidateName("election", election); err != nil {
		return nil, err
	}
	if err := ended(ctx, "watch", election); err != nil {
		return nil, err
	}
	sh, notices := s.shard(election), make(chan stores.Notice, 1)
	sh.watch(election, notices)
	context.AfterFunc(ctx, func() { sh.unwatch(election, notices) })
	return notices, nil
}

func (s *Store) clock() func() time.Time {
	if s.now == nil {
		return time.Now
	}
	return s.now
}

// shard finds an election's shard by the FNV-1a hash of its name, which unlike hash/maphash needs no seed and so leaves
// the zero Store usable.
func (s *Store) shard(election string) *shard {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for i := range len(election) {
		hash = (hash ^ uint64(election[i])) * prime
	}
	return &s.shards[hash%shardCount]
}

// shard holds a part of the elections under one lock. The clock is read under it, so that the order of effects is the
// order of their instants.
type shard struct {
	mu        sync.Mutex
	elections map[string]*election

	// Each shard has a cache line to itself, or cores would contend for neighbours.
	_ [48]byte
}

// vacantError names an election without a lease. Polling finds many of them, so its text is made when somebody reads it.
type vacantError string

func (e vacantError) Error() string { return fmt.Sprintf("%v: %q", stores.ErrVacant, string(e)) }

// Unwrap makes it a [stores.ErrVacant].
func (e vacantError) Unwrap() error { return stores.ErrVacant }

// ended keeps a call whose context has already ended from having an effect.
func ended(ctx context.Context, call, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("tenure: %s %q was not tried: %w", call, name, err)
	}
	return nil
}

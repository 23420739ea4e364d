package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
)

var _ stores.Watcher = (*Store)(nil)

// Store keeps leases on Redis: one server, Sentinel or Cluster. Make one with [New]. It has nothing to close: while
// nobody watches, it holds no connection and no goroutine of its own.
type Store struct {
	client   goredis.UniversalClient
	cluster  *goredis.ClusterClient // nil where the client is none
	opts     Options
	scripts  scripts
	channels string // what the names of channels begin with
	hub      hub

	mu sync.Mutex
	// won are the tenures that were won through this store, by election, so that a renewal need not bring back what does
	// not change.
	won map[string]tenure
}

// tenure is a lease that was won, as the store keeps it, and the arguments that renew it, once they were needed.
type tenure struct {
	lease   stores.Lease
	span    time.Duration
	value   string
	renewal []any
}

// New returns a store on a client, which stays the caller's to close. Settings that would break a promise, also the
// client's, are an error that names all of them with their values, each a *[stores.InvalidError]; there is no I/O. Use
// [ForLeases] for the client's, and [Store.Check] to have a look at the server.
func New(client goredis.UniversalClient, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	settings, err := settingsOf(client)
	if err == nil {
		err = settings.validate(opts)
	}
	if err := errors.Join(err, opts.validate()); err != nil {
		return nil, err
	}
	s := &Store{
		client: client, opts: opts, scripts: newScripts(), won: map[string]tenure{},
		channels: fmt.Sprintf("%s@%d:", opts.Prefix, settings.database),
		hub:      hub{quiet: quietFor, patience: proofPatience},
	}
	s.cluster, _ = client.(*goredis.ClusterClient)
	return s, nil
}

// Acquire implements [stores.Store]. Beside the errors of the contract, it may answer with those of this package.
func (s *Store) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if err := req.Validate(); err != nil {
		return stores.Lease{}, err
	}
	metadata, err := s.encode(req.Metadata)
	if err == nil {
		err = ended(ctx, "acquire", req.Election)
	}
	if err != nil {
		return stores.Lease{}, err
	}
	n := s.names(req.Election)
	keys := []any{n.lease, n.fence}
	if s.opts.Settle > 0 {
		keys = append(keys, n.mark)
	}
	args := s.scripts.acquire.evalsha(keys,
		req.Attempt.Incarnation, req.Attempt.Number, req.Participant, req.Lease.Milliseconds(), metadata,
		req.HighestFence, stores.MaxFenceAhead.Microseconds(), s.opts.Settle.Milliseconds(), flag(s.opts.Replicas > 0), n.channel)
	cmd, reached, err := s.runWaiting(ctx, s.scripts.acquire, n, args)
	if err != nil {
		return stores.Lease{}, acquireFailure(req, n, err)
	}
	a, err := parseAnswer(cmd.Val())
	if err != nil {
		return stores.Lease{}, err
	}
	lease, err := s.decodeLease(req.Election, n.lease, a.value, a.left)
	switch {
	case err != nil:
		return stores.Lease{}, err
	case !a.granted:
		s.suspect(n.channel)
		return stores.Lease{}, &stores.HeldError{Lease: lease}
	case reached < s.opts.Replicas:
		return stores.Lease{}, s.unreplicated(req.Election, lease.Tenure, reached)
	}
	s.remember(req.Lease, lease, a.value)
	return lease, nil
}

func acquireFailure(req stores.AcquireRequest, n names, err error) error {
	err = failure("acquire", req.Election, n, err)
	var answer *ServerError
	if errors.As(err, &answer) && answer.Code == "FENCECLAIM" {
		var limit uint64
		if _, scanErr := fmt.Sscanf(answer.Err.Error(), "FENCECLAIM %d", &limit); scanErr != nil {
			return err
		}
		return &stores.FenceClaimError{Election: req.Election, Claimed: req.HighestFence, Limit: limit}
	}
	return err
}

// Renew implements [stores.Store].
func (s *Store) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if err := req.Validate(); err != nil {
		return stores.Lease{}, err
	}
	if err := ended(ctx, "renew", req.Election); err != nil {
		return stores.Lease{}, err
	}
	if known, ok := s.recall(req); ok && s.opts.Replicas == 0 {
		return s.renewKnown(ctx, req, known)
	}
	n := s.names(req.Election)
	cmd, reached, err := s.runWaiting(ctx, s.scripts.renew, n, s.renewal(n, req, ""))
	if err != nil {
		return stores.Lease{}, failure("renew", req.Election, n, err)
	}
	if refusal, refused := cmd.Val().(int64); refused {
		return stores.Lease{}, s.lost(req, refusal)
	}
	if reached < s.opts.Replicas {
		return stores.Lease{}, s.unreplicated(req.Election, req.Tenure, reached)
	}
	a, err := parseAnswer(cmd.Val())
	if err != nil {
		return stores.Lease{}, err
	}
	return s.decodeLease(req.Election, n.lease, a.value, a.left)
}

// renewKnown renews a tenure of which only the time left can have changed.
func (s *Store) renewKnown(ctx context.Context, req stores.RenewRequest, known tenure) (stores.Lease, error) {
	// A copy, since hooks of the client may change what they are given.
	cmd, err := run(ctx, s, s.scripts.renew, slices.Clone(known.renewal), goredis.NewIntCmd)
	if err != nil {
		return stores.Lease{}, failure("renew", req.Election, s.names(req.Election), err)
	}
	if cmd.Val() < 0 {
		return stores.Lease{}, s.lost(req, cmd.Val())
	}
	lease := known.lease.Clone()
	lease.TimeLeft = time.Duration(cmd.Val()) * time.Millisecond
	return lease, nil
}

// renewal makes the arguments of a renewal; known is the lease as it is kept, if the caller knows it.
func (s *Store) renewal(n names, req stores.RenewRequest, known string) []any {
	return s.scripts.renew.evalsha([]any{n.lease}, req.Tenure.Incarnation, req.Tenure.Number, req.Tenure.Fence,
		req.Lease.Milliseconds(), n.channel, known)
}

// The refusals of the script that renews.
const refusedRevoked = -2

func (s *Store) lost(req stores.RenewRequest, refusal int64) error {
	s.forget(req.Election, req.Tenure.Attempt)
	return &stores.LostError{Election: req.Election, Tenure: req.Tenure, Revoked: refusal == refusedRevoked}
}

// Release implements [stores.Store].
func (s *Store) Release(ctx context.Context, election string, t stores.Tenure) (bool, error) {
	if err := stores.ValidateRelease(election, t); err != nil {
		return false, err
	}
	if err := ended(ctx, "release", election); err != nil {
		return false, err
	}
	n := s.names(election)
	args := s.scripts.release.evalsha([]any{n.lease}, t.Incarnation, t.Number, t.Fence, n.channel)
	cmd, err := run(ctx, s, s.scripts.release, args, goredis.NewIntCmd)
	if err != nil {
		return false, failure("release", election, n, err)
	}
	s.forget(election, t.Attempt)
	return cmd.Val() == 1, nil
}

// Revoke implements [stores.Store].
func (s *Store) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	if err := stores.ValidateRevoke(election, fence); err != nil {
		return false, err
	}
	if err := ended(ctx, "revoke", election); err != nil {
		return false, err
	}
	n := s.names(election)
	args := s.scripts.revoke.evalsha([]any{n.lease}, strconv.FormatUint(fence, 10))
	cmd, err := run(ctx, s, s.scripts.revoke, args, goredis.NewIntCmd)
	if err != nil {
		return false, failure("revoke", election, n, err)
	}
	return cmd.Val() == 1, nil
}

// Get implements [stores.Store].
func (s *Store) Get(ctx context.Context, election string) (stores.Lease, error) {
	if err := stores.ValidateName("election", election); err != nil {
		return stores.Lease{}, err
	}
	if err := ended(ctx, "get", election); err != nil {
		return stores.Lease{}, err
	}
	n := s.names(election)
	cmd, err := run(ctx, s, s.scripts.get, s.scripts.get.evalsha([]any{n.lease}), goredis.NewCmd)
	if err != nil {
		return stores.Lease{}, failure("get", election, n, err)
	}
	lease, live, err := s.got(election, n.lease, cmd.Val())
	if err == nil && !live {
		err = fmt.Errorf("%w: %q", stores.ErrVacant, election)
	}
	return lease, err
}

// got reads the answer of the script that looks.
func (s *Store) got(election, key string, reply any) (lease stores.Lease, live bool, err error) {
	if vacant, ok := reply.(int64); ok && vacant == 0 {
		return stores.Lease{}, false, nil
	}
	a, err := parseAnswer(reply)
	if err != nil {
		return stores.Lease{}, false, err
	}
	lease, err = s.decodeLease(election, key, a.value, a.left)
	return lease, err == nil, err
}

// runWaiting runs a script, and waits for the replicas if that is set.
func (s *Store) runWaiting(ctx context.Context, sc script, n names, args []any) (*goredis.Cmd, int, error) {
	if s.opts.Replicas > 0 {
		return s.runReplicated(ctx, sc, n, args)
	}
	cmd, err := run(ctx, s, sc, args, goredis.NewCmd)
	return cmd, 0, err
}

func (s *Store) unreplicated(election string, t stores.Tenure, reached int) error {
	return &stores.UnreplicatedError{Election: election, Tenure: t, Wanted: s.opts.Replicas, Reached: reached}
}

// remember keeps what was won, for its renewals by the short way: what was asked for is the lease's span, and nobody has
// revoked it.
func (s *Store) remember(span time.Duration, lease stores.Lease, value string) {
	kept := strings.SplitN(value, "\n", lines)[lineSpan]
	if lease.Revoked || kept != strconv.FormatInt(span.Milliseconds(), 10) {
		s.forget(lease.Election, lease.Attempt)
		return
	}
	won := tenure{lease: lease.Clone(), span: span, value: value}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.won[lease.Election] = won
}

// recall returns what is known of the tenure to be renewed, if that is what was won last and for the same time.
func (s *Store) recall(req stores.RenewRequest) (tenure, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.won[req.Election]
	if !ok || known.lease.Tenure != req.Tenure || known.span != req.Lease {
		return tenure{}, false
	}
	if known.renewal == nil {
		known.renewal = boxed(s.renewal(s.names(req.Election), req, known.value))
		s.won[req.Election] = known
	}
	return known, true
}

// boxed turns numbers into text here, once, and not at each renewal.
func boxed(args []any) []any {
	for i, arg := range args {
		switch v := arg.(type) {
		case uint64:
			args[i] = strconv.FormatUint(v, 10)
		case int64:
			args[i] = strconv.FormatInt(v, 10)
		}
	}
	return args
}

func (s *Store) forget(election string, attempt stores.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.won[election].lease.Attempt == attempt {
		delete(s.won, election)
	}
}

// ended keeps a call whose context has already ended from being sent.
func ended(ctx context.Context, call, name string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("tenure: redis: %s of election %q was not sent: %w", call, name, err)
	}
	return nil
}

func flag(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

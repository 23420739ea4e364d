package redis

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
)

// scanBatch is how many keys a server looks at in one step of a list: enough for few steps, and few enough to hold
// nobody up.
const scanBatch = 500

// List implements [stores.Store]. It goes through the keys of all masters (SCAN), so it takes a time that grows with all
// that is stored there; it blocks nobody meanwhile. A lease whose slot moves between two masters meanwhile may be missed. Leases that cannot be read are an error, a *[CorruptError] each,
// joined; the others are returned beside it.
func (s *Store) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	if err := ended(ctx, "list", prefix); err != nil {
		return nil, err
	}
	found := &listing{store: s, prefix: prefix, leases: map[string]stores.Lease{}, faults: map[string]error{}}
	err := within(ctx, func() error {
		if s.cluster != nil {
			return s.cluster.ForEachMaster(ctx, func(ctx context.Context, node *goredis.Client) error { return found.scan(ctx, node) })
		}
		return found.scan(ctx, s.client)
	})
	if err != nil {
		return nil, failure("list", prefix, names{}, err)
	}
	return found.sorted(), errors.Join(slices.Collect(maps.Values(found.faults))...)
}

// listing collects what several masters are asked for at once.
type listing struct {
	store  *Store
	prefix string

	mu     sync.Mutex
	leases map[string]stores.Lease
	faults map[string]error // by key: a scan may come upon one twice
}

// scanner is a client of one server.
type scanner interface {
	client
	Scan(ctx context.Context, cursor uint64, match string, count int64) *goredis.ScanCmd
}

func (l *listing) scan(ctx context.Context, node scanner) error {
	var cursor uint64
	for {
		keys, next, err := node.Scan(ctx, cursor, l.store.pattern(l.prefix), scanBatch).Result()
		if err == nil && len(keys) > 0 {
			err = l.look(ctx, node, keys)
		}
		if err != nil || next == 0 {
			return err
		}
		cursor = next
	}
}

// look asks for the leases of keys, all in one round trip.
func (l *listing) look(ctx context.Context, node client, keys []string) error {
	sc := l.store.scripts.get
	answers, err := look(ctx, node, sc, keys, false)
	if hasCode(err, "NOSCRIPT") {
		answers, err = look(ctx, node, sc, keys, true)
	}
	if err != nil {
		return err
	}
	for i, answer := range answers {
		if err := l.add(ctx, keys[i], answer); err != nil {
			return err
		}
	}
	return nil
}

// look returns one answer for each key; an error of the server for one of them is that one's, unless it forgot the script.
func look(ctx context.Context, node client, sc script, keys []string, whole bool) ([]*goredis.Cmd, error) {
	pipe := node.Pipeline()
	answers := make([]*goredis.Cmd, len(keys))
	for i, key := range keys {
		args := sc.evalsha([]any{key})
		if whole {
			args = sc.eval(args)
		}
		answers[i] = goredis.NewCmd(ctx, args...)
		_ = pipe.Process(ctx, answers[i])
	}
	_, err := pipe.Exec(ctx)
	var answer goredis.Error
	if errors.As(err, &answer) && !hasCode(err, "NOSCRIPT") {
		err = nil
	}
	return answers, err
}

func (l *listing) add(ctx context.Context, key string, answer *goredis.Cmd) error {
	election, err := l.store.election(key)
	if err != nil {
		l.fault(key, err)
		return nil
	}
	if !strings.HasPrefix(election, l.prefix) {
		return nil
	}
	lease, live, err := l.read(ctx, election, key, answer)
	switch {
	case errors.Is(err, ErrCorrupt):
		l.fault(key, err)
	case err != nil:
		return err
	case live:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.leases[election] = lease
	}
	return nil
}

// read reads an answer; a key that was moved to another node meanwhile is looked for there.
func (l *listing) read(ctx context.Context, election, key string, answer *goredis.Cmd) (stores.Lease, bool, error) {
	if answer.Err() == nil {
		return l.store.got(election, key, answer.Val())
	}
	err := failure("list", election, names{lease: key}, answer.Err())
	if !errors.Is(err, ErrMoved) {
		return stores.Lease{}, false, err
	}
	lease, err := l.store.Get(ctx, election)
	if errors.Is(err, stores.ErrVacant) {
		return stores.Lease{}, false, nil
	}
	return lease, err == nil, err
}

func (l *listing) fault(key string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[key] = err
}

func (l *listing) sorted() []stores.Lease {
	leases := make([]stores.Lease, 0, len(l.leases))
	for _, lease := range l.leases {
		leases = append(leases, lease)
	}
	slices.SortFunc(leases, func(a, b stores.Lease) int { return strings.Compare(a.Election, b.Election) })
	return leases
}

package storetest

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/stores"
)

func (s *breakable) Get(ctx context.Context, election string) (stores.Lease, error) {
	if err := cmp.Or(s.valid("Get", stores.ValidateName("election", election)), s.ended(ctx)); err != nil {
		return stores.Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(election)
	r.reads++
	switch {
	case r.reads%2 == 0 && r.before.Fence != 0 && s.is("every second read is of the tenure before"):
		return r.before.Clone(), nil
	case s.live(r):
		return s.view(r), nil
	case s.is("vacancy is no error"):
		return stores.Lease{}, nil
	default:
		return stores.Lease{}, stores.ErrVacant
	}
}

func (s *breakable) List(ctx context.Context, prefix string) ([]stores.Lease, error) {
	if err := s.ended(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var leases []stores.Lease
	for _, r := range s.known {
		begins := strings.HasPrefix(r.lease.Election, prefix)
		if s.is("a prefix is a pattern") {
			begins, _ = path.Match(prefix+"*", r.lease.Election)
		}
		live := s.live(r) || (s.is("what is over is listed") && r.lease.Fence != 0)
		if begins && live {
			leases = append(leases, s.view(r))
		}
		if begins && r.replaced.Fence != 0 && s.is("what was replaced is listed") {
			leases = append(leases, r.replaced.Clone())
		}
	}
	slices.SortFunc(leases, func(a, b stores.Lease) int {
		if s.is("the list is ordered without regard to case") {
			return cmp.Compare(strings.ToLower(a.Election), strings.ToLower(b.Election))
		}
		return cmp.Compare(a.Election, b.Election)
	})
	return leases, nil
}

// subscription is a watch on a breakable store.
type subscription struct {
	ctx     context.Context
	notices chan stores.Notice
}

func (s *breakable) Watch(ctx context.Context, election string) (<-chan stores.Notice, error) {
	if err := cmp.Or(s.valid("Watch", stores.ValidateName("election", election)), s.ended(ctx)); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.is("a watcher hears of every election") {
		election = ""
	}
	sub := subscription{ctx: ctx, notices: make(chan stores.Notice, 1)}
	s.heard[election] = append(s.heard[election], sub)
	if !s.is("a watch never ends") {
		context.AfterFunc(ctx, func() { s.unwatch(election, sub) })
	}
	return sub.notices, nil
}

func (s *breakable) unwatch(election string, sub subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ends := func(each subscription) bool {
		if each != sub && !s.is("the end of one watch ends all") {
			return false
		}
		close(each.notices)
		return true
	}
	s.heard[election] = slices.DeleteFunc(s.heard[election], ends)
}

func (s *breakable) publish(election string, notice stores.Notice) {
	if s.is("notices are sent by the caller") {
		s.unsent = append(s.unsent, func() { s.send(election, notice) })
		return
	}
	s.send(election, notice)
}

func (s *breakable) send(election string, notice stores.Notice) {
	if s.is("a watcher hears of every election") {
		election = ""
	}
	for _, sub := range s.heard[election] {
		own := notice
		if !s.is("watchers share metadata") {
			own.Lease = notice.Lease.Clone()
		}
		switch {
		case s.is("publishing waits for a slow watcher"):
			select {
			case sub.notices <- own:
			case <-sub.ctx.Done():
			}
			continue
		case !s.is("the oldest notice stays"):
			select {
			case <-sub.notices:
			default:
			}
		}
		select {
		case sub.notices <- own:
		default:
		}
	}
}

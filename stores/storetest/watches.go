package storetest

import (
	"context"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// watch subscribes to an election, on a store that offers it.
func (b *bench) watch(ctx context.Context, election string) <-chan stores.Notice {
	b.Helper()
	notices, err := b.watcher().Watch(ctx, election)
	b.NoError(err, "Watch")
	b.NotNil(notices, "channel of Watch")
	return notices
}

func (b *bench) watcher() stores.Watcher {
	b.Helper()
	w, ok := b.store.(stores.Watcher)
	if !ok {
		b.Skipf("the store is no stores.Watcher")
	}
	return w
}

// await waits for a notice of the kind. It passes over others: which of several is delivered, the contract leaves open.
func (b *bench) await(notices <-chan stores.Notice, kind stores.NoticeKind) stores.Notice {
	b.Helper()
	patience := time.NewTimer(b.h.Patience)
	defer patience.Stop()
	for {
		select {
		case notice, open := <-notices:
			b.True(open, "the channel was closed before its context ended")
			if notice.Kind == kind {
				return notice
			}
		case <-patience.C:
			b.Fail("no notice", "of kind %d within %v", kind, b.h.Patience)
			return stores.Notice{}
		}
	}
}

// silent requires that no notice of an event is there. A store whose notices take time passes in any case.
func (b *bench) silent(notices <-chan stores.Notice) {
	b.Helper()
	select {
	case notice := <-notices:
		b.Equal(stores.NoticeMissed, notice.Kind, "kind of a notice where nothing happened: %+v", notice)
	default:
	}
}

// watchChecks are about the notices of a stores.Watcher.
var watchChecks = []check{
	{"a_watcher_is_told_of_grants_and_renewals_with_the_lease", 8, func(b *bench) {
		notices := b.watch(b.ctx, "e")
		first := b.acquire(request("e", "alice", 1))
		b.requireSame(first.Lease, b.await(notices, stores.NoticeHeld).Lease)
		b.pass(b.tick)
		b.renew(first.Lease, 2*long)
		told := b.await(notices, stores.NoticeHeld).Lease
		b.requireSame(first.Lease, told)
		b.LessOrEqual(told.TimeLeft, 2*long)
		b.Greater(told.TimeLeft, long+long/2, "time left that the notice of a renewal tells of")
		second := b.acquire(request("e", "alice", 2))
		b.requireSame(second.Lease, b.await(notices, stores.NoticeHeld).Lease)
		b.pass(b.tick)
		b.renew(second.Lease, long)
		b.requireSame(second.Lease, b.await(notices, stores.NoticeHeld).Lease)
	}},
	{"a_watcher_is_told_of_a_release", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		notices, more := b.watch(b.ctx, "e"), b.watch(b.ctx, "e")
		b.release("e", first.Tenure, true)
		b.await(notices, stores.NoticeVacated)
		b.await(more, stores.NoticeVacated)
		second := b.acquire(request("e", "alice", 2))
		b.await(notices, stores.NoticeHeld)
		b.await(more, stores.NoticeHeld)
		b.release("e", stores.Tenure{Attempt: second.Attempt}, true)
		b.await(notices, stores.NoticeVacated)
		b.await(more, stores.NoticeVacated)
	}},
	{"a_watcher_hears_of_its_own_election_only", 8, func(b *bench) {
		notices := b.watch(b.ctx, "e")
		other := b.acquire(request("f", "bob", 1))
		b.release("f", other.Tenure, true)
		b.silent(notices)
		first := b.acquire(request("e", "alice", 1))
		b.requireSame(first.Lease, b.await(notices, stores.NoticeHeld).Lease)
	}},
	{"what_changes_nothing_is_no_news", 8, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		notices := b.watch(b.ctx, "e")
		b.acquire(request("e", "alice", 1))
		b.refused(request("e", "bob", 1))
		stranger := stores.Tenure{Attempt: request("e", "bob", 1).Attempt, Fence: first.Fence}
		b.release("e", stranger, false)
		b.lost("e", stranger)
		b.silent(notices)
	}},
	{"a_slow_watcher_delays_nobody_and_gets_the_newest", 8, func(b *bench) {
		notices := b.watch(b.ctx, "e")
		first, done := b.acquire(request("e", "alice", 1)), make(chan error, 1)
		go func() {
			var err error
			for i := 0; i < 100 && err == nil; i++ {
				_, err = b.tryRenew("e", first.Tenure, long)
			}
			done <- err
		}()
		select {
		case err := <-done:
			b.NoError(err)
		case <-time.After(b.h.Patience):
			b.Fail("renewals wait for a slow watcher")
		}
		b.release("e", first.Tenure, true)
		b.await(notices, stores.NoticeVacated)
		b.silent(notices)
	}},
	{"metadata_of_a_notice_is_a_copy", 8, func(b *bench) {
		notices, more := b.watch(b.ctx, "e"), b.watch(b.ctx, "e")
		req := request("e", "alice", 1)
		req.Metadata = map[string]string{"addr": "10.0.0.1:80"}
		b.acquire(req)
		b.spoil(b.await(notices, stores.NoticeHeld).Lease.Metadata)
		b.Equal(req.Metadata, b.await(more, stores.NoticeHeld).Lease.Metadata, "metadata that another watcher was told")
		b.Equal(req.Metadata, b.get("e").Metadata, "metadata after a watcher wrote to its own")
	}},
	{"a_watch_ends_with_its_context", 8, func(b *bench) {
		ctx, cancel := context.WithCancel(b.ctx)
		defer cancel()
		ending, staying := b.watch(ctx, "e"), b.watch(b.ctx, "e")
		cancel()
		b.awaitClosed(ending)
		first := b.acquire(request("e", "alice", 1))
		b.requireSame(first.Lease, b.await(staying, stores.NoticeHeld).Lease)
	}},
	{"bad_input_to_watch_names_its_field", 8, func(b *bench) {
		w := b.watcher()
		for _, name := range badNames {
			_, err := w.Watch(b.ctx, name)
			b.requireInvalid(err, "election")
		}
	}},
}

func (b *bench) awaitClosed(notices <-chan stores.Notice) {
	b.Helper()
	patience := time.NewTimer(b.h.Patience)
	defer patience.Stop()
	for {
		select {
		case _, open := <-notices:
			if !open {
				return
			}
		case <-patience.C:
			b.Fail("the channel is not closed", "%v after its context ended", b.h.Patience)
			return
		}
	}
}

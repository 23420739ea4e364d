package memory_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// withMetadata runs a benchmark on leases with and without metadata.
func withMetadata(b *testing.B, run func(b *testing.B, store *memory.Store, req stores.AcquireRequest)) {
	for name, metadata := range map[string]map[string]string{
		"bare": nil, "metadata": {"addr": "10.0.0.1:80", "zone": "b"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			req := request("alice", 1)
			req.Metadata = metadata
			run(b, &memory.Store{}, req)
		})
	}
}

func BenchmarkAcquireAndRelease(b *testing.B) {
	withMetadata(b, func(b *testing.B, store *memory.Store, req stores.AcquireRequest) {
		for b.Loop() {
			lease, err := store.Acquire(b.Context(), req)
			must(b, err)
			_, err = store.Release(b.Context(), req.Election, lease.Tenure)
			must(b, err)
		}
	})
}

func BenchmarkRenew(b *testing.B) {
	withMetadata(b, func(b *testing.B, store *memory.Store, req stores.AcquireRequest) {
		lease, err := store.Acquire(b.Context(), req)
		must(b, err)
		for b.Loop() {
			_, err := store.Renew(b.Context(), renewal(lease, time.Hour))
			must(b, err)
		}
	})
}

func BenchmarkRenewWithAWatcher(b *testing.B) {
	withMetadata(b, func(b *testing.B, store *memory.Store, req stores.AcquireRequest) {
		_, err := store.Watch(b.Context(), req.Election)
		must(b, err)
		lease, err := store.Acquire(b.Context(), req)
		must(b, err)
		for b.Loop() {
			_, err := store.Renew(b.Context(), renewal(lease, time.Hour))
			must(b, err)
		}
	})
}

func BenchmarkGet(b *testing.B) {
	withMetadata(b, func(b *testing.B, store *memory.Store, req stores.AcquireRequest) {
		req.Lease = stores.MaxLease
		_, err := store.Acquire(b.Context(), req)
		must(b, err)
		for b.Loop() {
			_, err := store.Get(b.Context(), req.Election)
			must(b, err)
		}
	})
}

func BenchmarkRefusedAcquire(b *testing.B) {
	withMetadata(b, func(b *testing.B, store *memory.Store, req stores.AcquireRequest) {
		req.Lease = stores.MaxLease
		_, err := store.Acquire(b.Context(), req)
		must(b, err)
		other := request("bob", 1)
		for b.Loop() {
			if _, err := store.Acquire(b.Context(), other); !errors.Is(err, stores.ErrHeld) {
				b.Fatal(err)
			}
		}
	})
}

// Each goroutine renews the lease of an election of its own.
func BenchmarkRenewManyElectionsInParallel(b *testing.B) {
	b.ReportAllocs()
	var store memory.Store
	var count atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		req := request("alice", 1)
		req.Election = fmt.Sprintf("election %d", count.Add(1))
		lease, err := store.Acquire(b.Context(), req)
		if err != nil {
			b.Error(err)
			return
		}
		for pb.Next() {
			if _, err := store.Renew(b.Context(), renewal(lease, time.Hour)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

package storetest

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// spoil writes to a map of metadata, which must not reach the store.
func (b *bench) spoil(metadata map[string]string) {
	b.Helper()
	b.NotNil(metadata)
	metadata["addr"] = "spoilt"
}

// contentChecks are about what a lease says.
var contentChecks = []check{
	{"metadata_is_kept_through_renewals_and_repeats", 3, func(b *bench) {
		req := request("e", "alice", 1)
		req.Metadata = map[string]string{"addr": "10.0.0.1:80", "empty": ""}
		want := maps.Clone(req.Metadata)
		first := b.acquire(req)
		b.Equal(want, first.Metadata, "metadata of the grant")
		b.Equal(want, b.renew(first.Lease, 2*long).Metadata, "metadata of the renewal")
		b.Equal(want, b.get("e").Metadata, "metadata after a renewal")
		req.Metadata = map[string]string{"other": "value"}
		b.Equal(want, b.acquire(req).Metadata, "metadata of a repeated acquire")
		b.Equal(want, b.get("e").Metadata, "metadata after a repeated acquire")
		req.Attempt.Number = 2
		b.Equal(req.Metadata, b.acquire(req).Metadata, "metadata of the next tenure")
	}},
	{"metadata_is_copied_on_its_way_in_and_out", 3, func(b *bench) {
		req := request("e", "alice", 1)
		req.Metadata = map[string]string{"addr": "10.0.0.1:80"}
		want := maps.Clone(req.Metadata)
		first := b.acquire(req)
		b.spoil(req.Metadata)
		b.Equal(want, b.get("e").Metadata, "metadata after its giver wrote to it")
		for name, lease := range map[string]func() stores.Lease{
			"Acquire": func() stores.Lease { return first.Lease },
			"again":   func() stores.Lease { return b.acquire(req).Lease },
			"refused": func() stores.Lease { return b.refused(request("e", "bob", 1)).Lease },
			"Renew":   func() stores.Lease { return b.renew(first.Lease, long).Lease },
			"Get":     func() stores.Lease { return b.get("e").Lease },
			"List":    func() stores.Lease { l, _ := b.onlyListed(); return l },
		} {
			b.spoil(lease().Metadata)
			b.Equal(want, b.get("e").Metadata, "metadata after the reader of %s wrote to it", name)
		}
	}},
	{"metadata_is_never_nil", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.NotNil(first.Metadata, "Acquire")
		b.NotNil(b.acquire(request("e", "alice", 1)).Metadata, "a repeated acquire")
		b.NotNil(b.refused(request("e", "bob", 1)).Metadata, "a refused acquire")
		b.NotNil(b.renew(first.Lease, long).Metadata, "Renew")
		b.NotNil(b.get("e").Metadata, "Get")
		listed, _ := b.onlyListed()
		b.NotNil(listed.Metadata, "List")
	}},
	{"acquired_at_is_the_instant_of_the_grant", 3, func(b *bench) {
		for attempt := uint64(1); attempt <= 2; attempt++ {
			before, slack := b.clock()
			at := b.acquire(request("e", "alice", attempt)).AcquiredAt
			after, _ := b.clock()
			// Stores may keep whole milliseconds.
			slack += time.Millisecond
			b.WithinRange(at, before.Add(-slack), after.Add(slack), "attempt %d", attempt)
			b.pass(b.tick)
		}
	}},
	{"acquired_at_does_not_change", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		b.pass(b.tick)
		b.requireSame(first.Lease, b.renew(first.Lease, long).Lease)
		b.pass(b.tick)
		b.requireSame(first.Lease, b.acquire(request("e", "alice", 1)).Lease)
		b.requireSame(first.Lease, b.get("e").Lease)
	}},
	{"names_and_metadata_come_back_byte_for_byte", 3, func(b *bench) {
		for i, text := range []string{
			" blanks around ", "quotes \" ' ` and \\ backslash", "<b>&amp;</b>", "%s %d %", "a:b|c,d;e=f/g{h}[i]*?",
			"cafe\u0301 \U0001f5f3 \u4e16\u754c \u202e", "0012", "1e3", "null", "\u2028", "~\ufeff",
		} {
			req := request(fmt.Sprintf("%s %d", text, i), text, 1)
			req.Attempt.Incarnation = "run of " + text
			req.Metadata = map[string]string{text: text}
			first := b.acquire(req)
			b.Equal(text, first.Participant)
			b.Equal(req.Metadata, first.Metadata)
			b.unchanged(first.Lease, first.ends(long))
			b.renew(first.Lease, long)
		}
	}},
	{"what_is_at_the_limits_is_accepted", 3, func(b *bench) {
		first := b.acquire(largest())
		b.Equal(largest().Metadata, first.Metadata)
		b.requireLeft(first, first.ends(stores.MaxLease))
		b.unchanged(first.Lease, first.ends(stores.MaxLease))
		renewed := b.renew(first.Lease, stores.MaxLease)
		b.unchanged(first.Lease, renewed.ends(stores.MaxLease))
		b.Equal([]string{first.Election}, b.names(first.Election))
		b.release(first.Election, first.Tenure, true)
		b.acquire(with(request("e", "alice", 1), time.Millisecond))
	}},
}

// largest is a request with everything at its limit.
func largest() stores.AcquireRequest {
	req := with(request(strings.Repeat("e", stores.MaxName), strings.Repeat("p", stores.MaxName), 1<<63-1), stores.MaxLease)
	req.Attempt.Incarnation = strings.Repeat("i", stores.MaxName)
	req.Metadata = map[string]string{}
	size := stores.MaxMetadataBytes / stores.MaxMetadataPairs
	for i := range stores.MaxMetadataPairs {
		key := fmt.Sprintf("%0*d", stores.MaxMetadataKey, i)
		req.Metadata[key] = strings.Repeat("v", size-len(key))
	}
	return req
}

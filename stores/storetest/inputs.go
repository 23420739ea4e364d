package storetest

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// badNames are names that no store accepts.
var badNames = []string{"", strings.Repeat("n", stores.MaxName+1), "not\xffutf8", "a\nb", "a\x00b", "\x7f", "\u0085"}

// inputChecks are about arguments that are not accepted.
var inputChecks = []check{
	{"bad_input_to_acquire_names_its_field_and_has_no_effect", 3, func(b *bench) {
		for field, spoils := range badAcquires() {
			for _, spoil := range spoils {
				req := request("e", "alice", 1)
				spoil(&req)
				_, err := b.store.Acquire(b.ctx, req)
				b.requireInvalid(err, field)
			}
		}
		b.Empty(b.names(""), "elections held after bad input")
	}},
	{"bad_input_to_renew_names_its_field_and_has_no_effect", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		for field, spoils := range badRenews() {
			for _, spoil := range spoils {
				req := stores.RenewRequest{Election: "e", Tenure: first.Tenure, Lease: 2 * long}
				spoil(&req)
				_, err := b.store.Renew(b.ctx, req)
				b.requireInvalid(err, field)
			}
		}
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"bad_input_to_release_names_its_field_and_has_no_effect", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		try := func(field, election string, tenure stores.Tenure) {
			_, err := b.store.Release(b.ctx, election, tenure)
			b.requireInvalid(err, field)
		}
		for _, name := range badNames {
			try("election", name, first.Tenure)
			try("incarnation", "e", stores.Tenure{Attempt: stores.Attempt{Incarnation: name, Number: 1}, Fence: first.Fence})
		}
		for _, number := range []uint64{0, 1 << 63} {
			attempt := stores.Attempt{Incarnation: first.Attempt.Incarnation, Number: number}
			try("attempt", "e", stores.Tenure{Attempt: attempt, Fence: first.Fence})
		}
		try("fence", "e", stores.Tenure{Attempt: first.Attempt, Fence: 1 << 63})
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"bad_input_to_revoke_names_its_field_and_has_no_effect", 3, func(b *bench) {
		first := b.acquire(request("e", "alice", 1))
		for _, name := range badNames {
			_, err := b.store.Revoke(b.ctx, name, first.Fence)
			b.requireInvalid(err, "election")
		}
		for _, fence := range []uint64{0, 1 << 63, math.MaxUint64} {
			_, err := b.store.Revoke(b.ctx, "e", fence)
			b.requireInvalid(err, "fence")
		}
		b.unchanged(first.Lease, first.ends(long))
	}},
	{"bad_input_to_get_names_its_field", 3, func(b *bench) {
		for _, name := range badNames {
			_, err := b.store.Get(b.ctx, name)
			b.requireInvalid(err, "election")
		}
	}},
	{"every_fault_of_bad_input_is_told_at_once", 3, func(b *bench) {
		_, err := b.store.Acquire(b.ctx, stores.AcquireRequest{HighestFence: 1 << 63})
		for _, field := range []string{"election", "participant", "incarnation", "attempt", "lease", "highest fence"} {
			b.requireInvalid(err, field)
		}
		_, err = b.store.Renew(b.ctx, stores.RenewRequest{})
		for _, field := range []string{"election", "incarnation", "attempt", "fence", "lease"} {
			b.requireInvalid(err, field)
		}
	}},
}

// requireInvalid requires an error that names the field.
func (b *bench) requireInvalid(err error, field string) {
	b.Helper()
	b.ErrorIs(err, stores.ErrInvalid, "bad %s", field)
	b.Contains(invalidFields(err), field, "fields named by the error %v", err)
}

// invalidFields are the fields that an error names, through all that it joins and wraps.
func invalidFields(err error) []string {
	switch err := err.(type) { //nolint:errorlint // It walks the tree itself, to find all and not the first.
	case nil:
		return nil
	case *stores.InvalidError:
		return []string{err.Field}
	case interface{ Unwrap() []error }:
		var fields []string
		for _, part := range err.Unwrap() {
			fields = append(fields, invalidFields(part)...)
		}
		return fields
	case interface{ Unwrap() error }:
		return invalidFields(err.Unwrap())
	default:
		return nil
	}
}

var badLeases = []time.Duration{
	0, -time.Second, time.Microsecond, time.Second + time.Nanosecond, stores.MaxLease + time.Millisecond,
}

// badAcquires are, by the field at fault, ways to spoil a good request.
func badAcquires() map[string][]func(*stores.AcquireRequest) {
	type spoil = func(*stores.AcquireRequest)
	bad := map[string][]spoil{
		"attempt": {
			func(r *stores.AcquireRequest) { r.Attempt.Number = 0 },
			func(r *stores.AcquireRequest) { r.Attempt.Number = 1 << 63 },
		},
		"highest fence": {func(r *stores.AcquireRequest) { r.HighestFence = 1 << 63 }},
		"metadata[key]": {
			func(r *stores.AcquireRequest) { r.Metadata = map[string]string{"key": "not\xffutf8"} },
			func(r *stores.AcquireRequest) { r.Metadata = map[string]string{"key": "a\nb"} },
		},
	}
	for _, name := range badNames {
		bad["election"] = append(bad["election"], func(r *stores.AcquireRequest) { r.Election = name })
		bad["participant"] = append(bad["participant"], func(r *stores.AcquireRequest) { r.Participant = name })
		bad["incarnation"] = append(bad["incarnation"], func(r *stores.AcquireRequest) { r.Attempt.Incarnation = name })
		bad["metadata key"] = append(bad["metadata key"],
			func(r *stores.AcquireRequest) { r.Metadata = map[string]string{name: "value"} })
	}
	for _, lease := range badLeases {
		bad["lease"] = append(bad["lease"], func(r *stores.AcquireRequest) { r.Lease = lease })
	}
	bad["metadata"] = []spoil{
		func(r *stores.AcquireRequest) { r.Metadata = largest().Metadata; r.Metadata["one"] = "more" },
		func(r *stores.AcquireRequest) {
			r.Metadata = largest().Metadata
			r.Metadata[slices.Min(slices.Collect(maps.Keys(r.Metadata)))] += strings.Repeat("v", stores.MaxMetadataBytes)
		},
	}
	return bad
}

// badRenews are, by the field at fault, ways to spoil a good request.
func badRenews() map[string][]func(*stores.RenewRequest) {
	bad := map[string][]func(*stores.RenewRequest){
		"attempt": {
			func(r *stores.RenewRequest) { r.Tenure.Number = 0 },
			func(r *stores.RenewRequest) { r.Tenure.Number = 1 << 63 },
		},
		"fence": {
			func(r *stores.RenewRequest) { r.Tenure.Fence = 0 },
			func(r *stores.RenewRequest) { r.Tenure.Fence = 1 << 63 },
		},
	}
	for _, name := range badNames {
		bad["election"] = append(bad["election"], func(r *stores.RenewRequest) { r.Election = name })
		bad["incarnation"] = append(bad["incarnation"], func(r *stores.RenewRequest) { r.Tenure.Incarnation = name })
	}
	for _, lease := range badLeases {
		bad["lease"] = append(bad["lease"], func(r *stores.RenewRequest) { r.Lease = lease })
	}
	return bad
}

package stores

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits on what a store is given.
const (
	// MaxName is the greatest length of an election's name, a participant's or an incarnation, in bytes.
	MaxName = 200
	// MaxLease is the longest lease.
	MaxLease = 7 * 24 * time.Hour
	// MaxMetadataPairs is the greatest number of metadata pairs.
	MaxMetadataPairs = 32
	// MaxMetadataKey is the greatest length of a metadata key, in bytes.
	MaxMetadataKey = 128
	// MaxMetadataBytes is the greatest total length of metadata keys and values, in bytes.
	MaxMetadataBytes = 8 << 10
	// MaxFenceAhead is how far a claimed fence may be ahead of the store's clock.
	MaxFenceAhead = 24 * time.Hour
)

// Validate returns every fault of the request, joined, each an *[InvalidError]; nil if there is none.
func (r AcquireRequest) Validate() error {
	return errors.Join(
		ValidateName("election", r.Election),
		ValidateName("participant", r.Participant),
		r.Attempt.Validate(),
		ValidateLease("lease", r.Lease),
		ValidateMetadata(r.Metadata),
		validateFence("highest fence", r.HighestFence),
	)
}

// Validate returns every fault of the request, joined, each an *[InvalidError]; nil if there is none.
func (r RenewRequest) Validate() error {
	return errors.Join(
		ValidateName("election", r.Election),
		r.Tenure.Attempt.Validate(),
		requireFence("a renewal names the fence of its tenure", r.Tenure.Fence),
		ValidateLease("lease", r.Lease),
	)
}

// ValidateRelease checks the arguments of [Store.Release]: the attempt is always required, the fence may be 0 (a
// give-back). It returns every fault, joined, each an *[InvalidError]; nil if there is none.
func ValidateRelease(election string, t Tenure) error {
	return errors.Join(
		ValidateName("election", election),
		t.Attempt.Validate(),
		validateFence("fence", t.Fence),
	)
}

// ValidateRevoke checks the arguments of [Store.Revoke]: the fence is required. It returns every fault, joined, each an
// *[InvalidError]; nil if there is none.
func ValidateRevoke(election string, fence uint64) error {
	return errors.Join(
		ValidateName("election", election),
		requireFence("a revocation names the fence of its tenure", fence),
	)
}

// Validate returns every fault of the attempt, joined, each an *[InvalidError]; nil if there is none.
func (a Attempt) Validate() error {
	var number error
	if a.Number == 0 || a.Number > math.MaxInt64 {
		number = &InvalidError{Field: "attempt", Value: a.Number, Reason: "it counts from 1 to 2^63-1"}
	}
	return errors.Join(ValidateName("incarnation", a.Incarnation), number)
}

// ValidateName checks a name against the rules for elections, participants and incarnations: valid UTF-8 of 1 to
// [MaxName] bytes without control characters. The error is nil or an *[InvalidError] for the given field.
func ValidateName(field, name string) error {
	invalid := func(reason string) error { return &InvalidError{Field: field, Value: name, Reason: reason} }
	switch {
	case name == "":
		return invalid("it must not be empty")
	case len(name) > MaxName:
		return invalid(fmt.Sprintf("it has %d bytes, at most %d are accepted", len(name), MaxName))
	default:
		if reason := textFault(name); reason != "" {
			return invalid(reason)
		}
		return nil
	}
}

// ValidateLease checks a lease time; the error is nil or an *[InvalidError] for the given field.
func ValidateLease(field string, d time.Duration) error {
	invalid := func(reason string) error { return &InvalidError{Field: field, Value: d.String(), Reason: reason} }
	switch {
	case d <= 0:
		return invalid("it must be positive")
	case d > MaxLease:
		return invalid(fmt.Sprintf("at most %v is accepted", MaxLease))
	case d%time.Millisecond != 0:
		return invalid("it must be a whole number of milliseconds, the unit of stores")
	default:
		return nil
	}
}

// ValidateMetadata checks metadata: at most [MaxMetadataPairs] pairs, keys of 1 to [MaxMetadataKey] bytes, keys and
// values valid UTF-8 without control characters, and [MaxMetadataBytes] in all. All faults are returned, joined, each an
// *[InvalidError].
func ValidateMetadata(metadata map[string]string) error {
	if len(metadata) == 0 {
		return nil
	}
	var faults []error
	add := func(field string, value any, reason string) {
		faults = append(faults, &InvalidError{Field: field, Value: value, Reason: reason})
	}
	if len(metadata) > MaxMetadataPairs {
		add("metadata", len(metadata), fmt.Sprintf("at most %d pairs are accepted", MaxMetadataPairs))
	}
	size := 0
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		value := metadata[key]
		size += len(key) + len(value)
		switch {
		case key == "":
			add("metadata key", key, "it must not be empty")
		case len(key) > MaxMetadataKey:
			add("metadata key", key, fmt.Sprintf("it has %d bytes, at most %d are accepted", len(key), MaxMetadataKey))
		default:
			if reason := textFault(key); reason != "" {
				add("metadata key", key, reason)
			}
		}
		if reason := textFault(value); reason != "" {
			add("metadata["+key+"]", value, reason)
		}
	}
	if size > MaxMetadataBytes {
		add("metadata", size, fmt.Sprintf("at most %d bytes of keys and values are accepted", MaxMetadataBytes))
	}
	return errors.Join(faults...)
}

// validateFence keeps fences within what every store can keep as a signed 64-bit integer.
func validateFence(field string, fence uint64) error {
	if fence > math.MaxInt64 {
		return &InvalidError{Field: field, Value: fence, Reason: "a fence is at most 2^63-1"}
	}
	return nil
}

// requireFence is validateFence for calls that act on a tenure by its fence, where 0, which no tenure has, is a fault.
func requireFence(reason string, fence uint64) error {
	if fence == 0 {
		return &InvalidError{Field: "fence", Value: fence, Reason: reason}
	}
	return validateFence("fence", fence)
}

func textFault(s string) string {
	if !utf8.ValidString(s) {
		return "it must be valid UTF-8"
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return "it must not contain control characters"
		}
	}
	return ""
}

package redisguard

import (
	"errors"
	"strings"

	"github.com/tenure-go/tenure/stores"
)

// hashed returns the part of a key that decides its slot: what stands between the first opening brace and the first
// closing one behind it, if that is anything, and the whole key otherwise (Redis Cluster specification, "Hash tags").
func hashed(key string) string {
	if _, behind, opens := strings.Cut(key, "{"); opens {
		if tag, _, closes := strings.Cut(behind, "}"); closes && tag != "" {
			return tag
		}
	}
	return key
}

func validateFenceKey(key string) error {
	if hashed(key) == key {
		return &stores.InvalidError{
			Field: "fence key", Value: key, Reason: `it must have a hash tag that its data shares, as in "{report}:fence"`,
		}
	}
	return nil
}

// validateKeys demands of every key that it is in the slot of the fence key, and is another.
func (g *Guard) validateKeys(keys []string) error {
	var faults []error
	for _, key := range keys {
		var reason string
		switch {
		case key == g.fenceKey:
			reason = "the fence key is the guard's own"
		case hashed(key) != hashed(g.fenceKey):
			reason = "it must have the hash tag {" + hashed(g.fenceKey) + "} of its fence key"
		default:
			continue
		}
		faults = append(faults, &stores.InvalidError{Field: "key", Value: key, Reason: reason})
	}
	return errors.Join(faults...)
}

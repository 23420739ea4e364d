package redis

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// The lines of a lease as it is kept; see scripts/lease.lua.
const (
	lineFormat = iota
	lineParticipant
	lineIncarnation
	lineAttempt
	lineFence
	lineAcquired
	lineSpan
	lineRevoked
	lineMetadata
	lines
)

// format is the version of what is kept and published.
const format = "1"

// decodeLease reads a lease as it is kept. What cannot be read is a *[CorruptError].
func (s *Store) decodeLease(election, key, value string, left time.Duration) (stores.Lease, error) {
	line := strings.SplitN(value, "\n", lines)
	fault := func(field, value string) (stores.Lease, error) {
		return stores.Lease{}, &CorruptError{Key: key, Field: field, Value: cut(value)}
	}
	if len(line) != lines || line[lineFormat] != format {
		return fault("format", value)
	}
	lease := stores.Lease{
		Election: election, Participant: line[lineParticipant], TimeLeft: left, Revoked: line[lineRevoked] == "1",
	}
	lease.Incarnation = line[lineIncarnation]
	if stores.ValidateName("participant", lease.Participant) != nil {
		return fault("participant", lease.Participant)
	}
	if stores.ValidateName("incarnation", lease.Incarnation) != nil {
		return fault("incarnation", lease.Incarnation)
	}
	var ok bool
	if lease.Attempt.Number, ok = whole(line[lineAttempt]); !ok {
		return fault("attempt", line[lineAttempt])
	}
	if lease.Fence, ok = whole(line[lineFence]); !ok {
		return fault("fence", line[lineFence])
	}
	acquired, err := strconv.ParseInt(line[lineAcquired], 10, 64)
	if err != nil {
		return fault("acquired", line[lineAcquired])
	}
	lease.AcquiredAt = time.UnixMicro(acquired).UTC()
	if lease.Metadata, err = s.decode(line[lineMetadata]); err != nil {
		return fault("metadata", line[lineMetadata])
	}
	return lease, nil
}

// whole reads a number above 0.
func whole(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	return n, err == nil && n > 0
}

// cut shortens what an error shows.
func cut(s string) string {
	const shown = 64
	if len(s) > shown {
		return s[:shown] + "…"
	}
	return s
}

// answer is what a script says of a lease.
type answer struct {
	granted bool
	left    time.Duration
	value   string
}

// parseAnswer reads the reply of a script that answers with a lease.
func parseAnswer(reply any) (answer, error) {
	list, _ := reply.([]any)
	if len(list) != 3 {
		return answer{}, fmt.Errorf("tenure: redis: a script answered with %T of %d elements", reply, len(list))
	}
	status, isStatus := list[0].(int64)
	left, isLeft := list[1].(int64)
	value, isValue := list[2].(string)
	if !isStatus || !isLeft || !isValue {
		return answer{}, fmt.Errorf("tenure: redis: a script answered with %T, %T and %T", list[0], list[1], list[2])
	}
	return answer{granted: status == 1, left: time.Duration(left) * time.Millisecond, value: value}, nil
}

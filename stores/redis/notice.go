package redis

import (
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// notice reads a message; see held and vacated in scripts/lease.lua. What cannot be read may stand for anything, so it is
// a reason to look.
func (s *Store) notice(election, message string) stores.Notice {
	if message == format+"v" {
		return stores.Notice{Kind: stores.NoticeVacated}
	}
	missed := stores.Notice{Kind: stores.NoticeMissed}
	rest, held := strings.CutPrefix(message, format+"h")
	text, value, whole := strings.Cut(rest, "\n")
	left, err := strconv.ParseInt(text, 10, 64)
	if !held || !whole || err != nil || left < 0 || left > stores.MaxLease.Milliseconds() {
		return missed
	}
	lease, err := s.decodeLease(election, "", value, time.Duration(left)*time.Millisecond)
	if err != nil {
		return missed
	}
	return stores.Notice{Kind: stores.NoticeHeld, Lease: lease}
}

package redisguard

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores/fencing"
)

// ErrTampered is the class of a write that was refused because the fence key has a value that no guard has written. The
// error is a *[TamperedError]. It needs an operator, who finds out what else was written by others, and then sets the key
// to the highest fence that is known, a blank and its incarnation.
var ErrTampered = errors.New("tenure: the fence key was tampered with")

// TamperedError says what stands in place of a token.
type TamperedError struct {
	// Key is the fence key.
	Key string
	// Value is what it has: the first 300 bytes, without control characters, or words for a value of another type.
	Value string
}

func (e *TamperedError) Error() string {
	return fmt.Sprintf("tenure: the fence key %q has %q, which is no token; nothing was written", e.Key, e.Value)
}

// Is makes a TamperedError an [ErrTampered].
func (e *TamperedError) Is(target error) bool { return target == ErrTampered }

// explain turns the answer of a script into the errors of this package.
func (g *Guard) explain(err error, offered fencing.Token) error {
	if err == nil || errors.Is(err, redis.Nil) {
		return err
	}
	word, rest, _ := strings.Cut(err.Error(), " ")
	switch word {
	case replyStale:
		return &fencing.StaleError{Resource: g.fenceKey, Offered: offered, Highest: stored(rest)}
	case replyTampered:
		return &TamperedError{Key: g.fenceKey, Value: rest}
	default:
		return fmt.Errorf("tenure: write guarded by the fence key %q: %w", g.fenceKey, err)
	}
}

// stored reads what the fence key has, which the script has found to be a token.
func stored(value string) fencing.Token {
	digits, incarnation, _ := strings.Cut(value, " ")
	fence, _ := strconv.ParseUint(digits, 10, 64)
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

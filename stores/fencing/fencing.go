package fencing

import (
	"errors"
	"fmt"
	"math"

	"github.com/tenure-go/tenure/stores"
)

// Source is what a token is taken from. The Term of an elector is one.
type Source interface {
	// Fence returns the fencing token of the tenure.
	Fence() uint64
	// Incarnation returns the run of the participant that leads.
	Incarnation() string
}

// Token is what goes with every write to what an election protects.
type Token struct {
	// Fence is greater than that of every tenure before, from 1 to 2^63-1.
	Fence uint64
	// Incarnation is the run of the participant that leads under the fence. It tells two leaders apart that were given
	// one fence, which a store can do that lost what it had written.
	Incarnation string
}

// Of returns the token of a tenure. It is the same for as long as the tenure lasts, and after.
func Of(s Source) Token {
	return Token{Fence: s.Fence(), Incarnation: s.Incarnation()}
}

// Validate returns every fault of the token, joined, each a *[stores.InvalidError]; nil if there is none. A fence is
// from 1 to 2^63-1, and an incarnation is a name by the rules of [stores.ValidateName].
func (t Token) Validate() error {
	var fence error
	if t.Fence == 0 || t.Fence > math.MaxInt64 {
		fence = &stores.InvalidError{Field: "fence", Value: t.Fence, Reason: "a fence is from 1 to 2^63-1"}
	}
	return errors.Join(fence, stores.ValidateName("incarnation", t.Incarnation))
}

func (t Token) String() string {
	return fmt.Sprintf("fence %d of incarnation %q", t.Fence, t.Incarnation)
}

// Admits is the rule: a resource that last admitted a write with the one token admits the next if its fence is higher,
// or if it is the same token. The zero Token as the last says that nothing was admitted yet; it is never admitted
// itself. The next must be valid: a fence beyond 2^63-1 would shut out all others for ever.
func Admits(last, next Token) bool {
	return next.Fence > last.Fence || (next == last && next.Fence != 0)
}

// ErrStale is the class of a write that was refused because a later tenure has been there. The error is a *[StaleError].
// The writer leads no more: it ends its work, and does not try again under that tenure.
var ErrStale = errors.New("tenure: the fence is stale")

// StaleError says which write was refused by what, and why.
type StaleError struct {
	// Resource is the name of what was written to, as its user gave it.
	Resource string
	// Offered is the token of the write that was refused.
	Offered Token
	// Highest is the token that refused it, the highest that was admitted so far; zero where that is not known.
	Highest Token
}

func (e *StaleError) Error() string {
	has := e.Highest.String()
	if e.Highest == (Token{}) {
		has = "a later tenure"
	}
	return fmt.Sprintf("tenure: resource %q refuses a write under %v: it has admitted %s", e.Resource, e.Offered, has)
}

// Is makes a StaleError an [ErrStale].
func (e *StaleError) Is(target error) bool { return target == ErrStale }

package fencing

import "sync"

// Guard guards a resource that lives in this process: it runs the writes that its rule admits, one at a time. The zero
// value is ready and has admitted nothing. All methods may be called from many goroutines. A Guard must not be copied.
//
// A guard lives and dies with its resource. If the resource outlives the process, as a file does, its highest token is
// written with it, and given to [Guard.Check] before anything else when the resource is opened again.
type Guard struct {
	// Resource is the name for errors. It must not be changed once the guard is in use.
	Resource string

	mu      sync.Mutex
	highest Token
}

// Do runs write if the token is admitted, and returns what write returns. Check and write are one step: no other write
// of the guard comes in between. A write that is refused is not run, and the error is an [ErrStale], a *[StaleError]. A
// token that is not valid is refused with an error that is [stores.ErrInvalid].
//
// The token counts as admitted before write runs, and stays so if it fails or panics: how far a failed write came is not
// known, and an older one must not come after it. Write must not call the guard, which would wait for itself.
func (g *Guard) Do(token Token, write func() error) error {
	if err := token.Validate(); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !Admits(g.highest, token) {
		return &StaleError{Resource: g.Resource, Offered: token, Highest: g.highest}
	}
	g.highest = token
	return write()
}

// Check admits or refuses the token as [Guard.Do] does, with nothing to run. A new leader calls it before it reads what
// the earlier ones left: from then on they are shut out. It is not a check to be made before a write, which would leave
// a gap between the two; that is what Do is for.
func (g *Guard) Check(token Token) error {
	return g.Do(token, func() error { return nil })
}

// Highest returns the highest token that was admitted; the zero Token if none was.
func (g *Guard) Highest() Token {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.highest
}

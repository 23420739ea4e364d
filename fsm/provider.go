package fsm

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/tenure-go/tenure/stores"
)

// Provider makes electors for many elections over one store, with the same settings, one for each name, and the face that
// users see of each. Its methods may be called from many goroutines.
type Provider[Face any] struct {
	store stores.Store
	cfg   Config
	face  func(*Elector) Face

	mu       sync.Mutex
	electors map[string]*Elector
	faces    map[string]Face
	closed   bool
}

// NewProvider returns a provider. The Config's Election must be empty, since each call of Elector names it, and so must
// its Rand, since electors cannot share one; all else is checked as by [New].
func NewProvider[Face any](store stores.Store, cfg Config, face func(*Elector) Face) (*Provider[Face], error) {
	var faults []error
	if store == nil {
		faults = append(faults, invalid("store", nil, "a provider needs a store"))
	}
	if cfg.Election != "" {
		faults = append(faults, invalid("Election", cfg.Election, "a provider names each election itself"))
	}
	if cfg.Rand != nil {
		faults = append(faults, invalid("Rand", "a source", "electors cannot share one; each of a provider has its own"))
	}
	cfg.Election, cfg.Metadata = "any", maps.Clone(cfg.Metadata)
	if err := errors.Join(append(faults, cfg.Validate())...); err != nil {
		return nil, err
	}
	return &Provider[Face]{
		store: store, cfg: cfg, face: face, electors: map[string]*Elector{}, faces: map[string]Face{},
	}, nil
}

// Elector returns the elector for an election, the same one at each call. The error says what is wrong with the name,
// or that the provider is closed ([ErrClosed]).
func (p *Provider[Face]) Elector(election string) (Face, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var none Face
	if p.closed {
		return none, ErrClosed
	}
	if face, ok := p.faces[election]; ok {
		return face, nil
	}
	cfg := p.cfg
	cfg.Election = election
	e, err := New(p.store, cfg)
	if err != nil {
		return none, err
	}
	p.electors[election], p.faces[election] = e, p.face(e)
	return p.faces[election], nil
}

// Stop stops all electors at once; they can be started again. The errors are joined.
func (p *Provider[Face]) Stop(ctx context.Context) error {
	return p.each(func(e *Elector) error { return e.Stop(ctx) })
}

// Close closes all electors at once and makes no more. The errors are joined.
func (p *Provider[Face]) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	return p.each((*Elector).Close)
}

func (p *Provider[Face]) each(f func(*Elector) error) error {
	p.mu.Lock()
	electors := make([]*Elector, 0, len(p.electors))
	for _, e := range p.electors {
		electors = append(electors, e)
	}
	p.mu.Unlock()
	faults := make([]error, len(electors))
	var wg sync.WaitGroup
	for i, e := range electors {
		wg.Go(func() { faults[i] = f(e) })
	}
	wg.Wait()
	return errors.Join(faults...)
}

package fsm

import (
	"context"
	"errors"
	"sync"

	"github.com/tenure-go/tenure/stores"
)

// Provider makes electors for many elections over one store, with the same settings, one for each name. Its methods may
// be called from many goroutines.
type Provider struct {
	store stores.Store
	cfg   Config

	mu       sync.Mutex
	electors map[string]*Elector
	closed   bool
}

// NewProvider returns a provider. The Config's Election must be empty; all else is checked as by [New].
func NewProvider(store stores.Store, cfg Config) (*Provider, error) {
	var faults []error
	if store == nil {
		faults = append(faults, invalid("store", nil, "a provider needs a store"))
	}
	if cfg.Election != "" {
		faults = append(faults, invalid("Election", cfg.Election, "a provider names each election itself"))
	}
	cfg.Election = "any"
	if err := errors.Join(append(faults, cfg.Validate())...); err != nil {
		return nil, err
	}
	return &Provider{store: store, cfg: cfg, electors: map[string]*Elector{}}, nil
}

// Elector returns the elector for an election, the same one at each call. The error says what is wrong with the name,
// or that the provider is closed ([ErrClosed]).
func (p *Provider) Elector(election string) (*Elector, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if e, ok := p.electors[election]; ok {
		return e, nil
	}
	cfg := p.cfg
	cfg.Election, cfg.Rand = election, nil
	e, err := New(p.store, cfg)
	if err != nil {
		return nil, err
	}
	p.electors[election] = e
	return e, nil
}

// Stop stops all electors at once; they can be started again. The errors are joined.
func (p *Provider) Stop(ctx context.Context) error {
	return p.each(func(e *Elector) error { return e.Stop(ctx) })
}

// Close closes all electors at once and makes no more. The errors are joined.
func (p *Provider) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	return p.each((*Elector).Close)
}

func (p *Provider) each(f func(*Elector) error) error {
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

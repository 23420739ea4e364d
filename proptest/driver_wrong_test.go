package proptest_test

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/fsm/clock"
	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
)

// flagged believes what it was told last, or at least does not believe that it is over before it was told.
type flagged struct {
	*elector.Elector
	leads atomic.Bool
	early bool
}

func newFlagged(e *elector.Elector, early bool) *flagged {
	f := &flagged{Elector: e, early: early}
	e.Subscribe(func(c elector.Change) { f.leads.Store(c.Gained != nil || f.leads.Load() && c.Lost == nil) })
	return f
}

func (f *flagged) IsLeader() bool { return f.leads.Load() || f.early && f.Elector.IsLeader() }

type keeping struct {
	*elector.Elector
	last atomic.Pointer[elector.Term]
}

func (k *keeping) Term() *elector.Term {
	if t := k.Elector.Term(); t != nil {
		k.last.Store(t)
	}
	return k.last.Load()
}

// hasty does not wait, or does nothing at all.
type hasty struct {
	*elector.Elector
	stage         *stage
	stop, release bool
}

func (h hasty) Stop(ctx context.Context) error {
	switch {
	case h.stage != nil:
		h.stage.background.Go(func() { _ = h.Elector.Stop(h.stage.root) })
		return nil
	case h.stop:
		ended, cancel := context.WithCancel(ctx)
		cancel()
		_ = h.Elector.Stop(ended)
		return nil
	default:
		return h.Elector.Stop(ctx)
	}
}

func (h hasty) Release(ctx context.Context) error {
	if h.release {
		return nil
	}
	return h.Elector.Release(ctx)
}

type stubborn struct {
	*elector.Elector
	stage *stage
}

func (s stubborn) Campaign(context.Context) (*elector.Term, error) {
	return s.Elector.Campaign(s.stage.root)
}

type silent struct{ *elector.Elector }

func (s silent) TryAcquire(ctx context.Context) (*elector.Term, error) {
	term, _ := s.Elector.TryAcquire(ctx)
	return term, nil
}

type vague struct{ *elector.Elector }

func (v vague) Renew(ctx context.Context) error {
	if v.Elector.Renew(ctx) != nil {
		return errLink
	}
	return nil
}

type once struct{ *elector.Elector }

func (o once) Run(ctx context.Context, work func(context.Context, *elector.Term) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return o.Elector.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		defer cancel()
		return work(ctx, term)
	})
}

type detached struct {
	*elector.Elector
	stage *stage
}

func (d detached) Run(ctx context.Context, work func(context.Context, *elector.Term) error) error {
	return d.Elector.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		d.stage.background.Go(func() {
			defer func() { _ = recover() }()
			_ = work(ctx, term)
		})
		<-ctx.Done()
		return nil
	})
}

// deafening tells a workload late, when the drain limit has passed and the lease has expired.
type deafening struct {
	*elector.Elector
	stage *stage
}

func (d deafening) Run(ctx context.Context, work func(context.Context, *elector.Term) error) error {
	return d.Elector.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		late, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
		defer context.AfterFunc(ctx, func() {
			d.stage.sleep(d.stage.actors[0].cfg.Drain + 2*d.stage.actors[0].cfg.Lease)
			cancel(context.Cause(ctx))
		})()
		return work(late, term)
	})
}

type terse struct{ *elector.Elector }

func (t terse) Run(ctx context.Context, work func(context.Context, *elector.Term) error) error {
	return t.Elector.Run(ctx, func(ctx context.Context, term *elector.Term) error {
		bare, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer context.AfterFunc(ctx, cancel)()
		return work(bare, term)
	})
}

// endless waits where it should return.
type endless struct {
	*elector.Elector
	stage                   *stage
	start, stop, close, run bool
}

func (e endless) wait(yes bool) {
	if yes {
		<-e.stage.over
	}
}

func (e endless) Start() error {
	defer e.wait(e.start)
	return e.Elector.Start()
}

func (e endless) Stop(ctx context.Context) error {
	defer e.wait(e.stop)
	return e.Elector.Stop(ctx)
}

func (e endless) Close() error {
	defer e.wait(e.close)
	return e.Elector.Close()
}

func (e endless) Run(ctx context.Context, work func(context.Context, *elector.Term) error) error {
	defer e.wait(e.run)
	return e.Elector.Run(ctx, work)
}

type open struct{ *elector.Elector }

func (o open) Close() error { return o.Stop(context.Background()) }

type twice struct{ *elector.Elector }

func (t twice) Renew(ctx context.Context) error {
	_ = t.Elector.Renew(ctx)
	return t.Elector.Renew(ctx)
}

type disagreeing struct{ *elector.Elector }

func (d disagreeing) Start() error {
	_ = d.Elector.Start()
	return &fsm.DisagreementError{Err: errors.New("planted")}
}

// told is an elector whose subscribers are told in another way.
type told struct {
	*elector.Elector
	tell func(f func(elector.Change), c elector.Change)
}

func subscribing(tell func(f func(elector.Change), c elector.Change)) func(*stage, *elector.Elector) face {
	return func(_ *stage, e *elector.Elector) face { return told{e, tell} }
}

func (w told) Subscribe(f func(elector.Change)) func() {
	return w.Elector.Subscribe(func(c elector.Change) {
		w.tell(func(c elector.Change) {
			defer func() { _ = recover() }()
			f(c)
		}, c)
	})
}

// miscounting tells all but its first subscriber that something was left out when nothing was.
type miscounting struct {
	*elector.Elector
	subscribers atomic.Int64
}

func (m *miscounting) Subscribe(f func(elector.Change)) func() {
	first := m.subscribers.Add(1) == 1
	return m.Elector.Subscribe(func(c elector.Change) {
		if !first && c.Reason == elector.ReasonStopped {
			c.Merged++
		}
		f(c)
	})
}

type clinging struct{ *elector.Elector }

func (c *clinging) Subscribe(f func(elector.Change)) func() {
	c.Elector.Subscribe(f)
	return func() {}
}

// locking holds a lock while it tells a subscriber, which Stop and Campaign wait for. It is a channel, so that the bubble
// sees who waits for it.
type locking struct {
	*elector.Elector
	stage *stage
	lock  chan struct{}
}

func newLocking(s *stage, e *elector.Elector) *locking {
	return &locking{Elector: e, stage: s, lock: make(chan struct{}, 1)}
}

func (l *locking) locked(f func()) {
	select {
	case l.lock <- struct{}{}:
		defer func() { <-l.lock }()
	case <-l.stage.over:
	}
	f()
}

func (l *locking) Subscribe(f func(elector.Change)) func() {
	return l.Elector.Subscribe(func(c elector.Change) { l.locked(func() { f(c) }) })
}

func (l *locking) Campaign(ctx context.Context) (term *elector.Term, err error) {
	l.locked(func() {})
	return l.Elector.Campaign(ctx)
}

func (l *locking) Stop(ctx context.Context) (err error) {
	l.locked(func() {})
	return l.Elector.Stop(ctx)
}

// wrongStore breaks the contract.
type wrongStore struct {
	stores.Watcher
	grants, renews, releases, refuses bool
	fence                             uint64
}

func (w wrongStore) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	lease, err := w.Watcher.Acquire(ctx, req)
	switch {
	case w.refuses:
		return stores.Lease{}, errLink
	case err != nil && w.grants:
		lease = stores.Lease{Election: req.Election, Participant: req.Participant, TimeLeft: req.Lease}
		lease.Attempt, lease.Fence = req.Attempt, req.HighestFence+1
		return lease, nil
	case err == nil && w.fence > 0:
		lease.Fence = w.fence
	}
	return lease, err
}

func (w wrongStore) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	lease, err := w.Watcher.Renew(ctx, req)
	if err != nil && w.renews {
		return stores.Lease{Election: req.Election, Tenure: req.Tenure, TimeLeft: req.Lease}, nil
	}
	return lease, err
}

func (w wrongStore) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if held, err := w.Get(ctx, election); err == nil && w.releases && held.Incarnation == tenure.Incarnation {
		tenure = held.Tenure
	}
	return w.Watcher.Release(ctx, election, tenure)
}

// wrongClock is slow, or both its clocks stand still while the machine sleeps.
type wrongClock struct {
	*dial
	share time.Duration
}

func (w wrongClock) Now() clock.Reading {
	mono := w.reading() / w.share
	return clock.Reading{Mono: mono, Wall: mono}
}

// leaving does not take its timers back.
type leaving struct{ *dial }

type leftTimer struct{}

func (leftTimer) Stop() bool { return false }

func (l leaving) AfterFunc(d time.Duration, f func()) clock.Timer {
	l.dial.AfterFunc(d, f)
	return leftTimer{}
}

package proptest_test

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
)

// do does what an op says. It does not wait for it.
func (s *stage) do(o op) {
	a := s.actors[o.who%(len(s.actors)-1)]
	switch o.kind {
	case opPass:
	case opStart, opTry, opCampaign, opRun, opRegister, opRenew, opRelease, opStop, opClose:
		go s.command(a, o)
	case opListen:
		s.listen(a, listenKind(o.how)%listenCount)
	case opUnlisten:
		if len(a.listeners) > 0 {
			a.listeners[o.how%len(a.listeners)].stop()
		}
	case opFault:
		parts := []int{partAll, partAll &^ partWatch, partAcquire, partRenew, partRelease, partRenew | partRelease, partWatch, partGet}
		a.link.fail(fault(o.how)%faultCount, parts[o.how/int(faultCount)%len(parts)], o.span)
	case opHeal:
		a.link.fail(faultNone, 0, 0)
	case opRevoke:
		if lease, err := s.inner.Get(context.Background(), stageElection); err == nil {
			_, _ = s.inner.Revoke(context.Background(), stageElection, lease.Fence)
			s.tally.add("revoked")
		}
	case opWall:
		step := o.span
		if o.how%2 == 0 {
			step = -step
		}
		if a.dial.set(step) {
			s.tally.add(opNames[opWall] + map[bool]string{true: " forward", false: " back"}[step > 0])
		}
	case opSuspend:
		s.suspend(a, o.span)
	case opStorm:
		go s.storm(a, o.span)
	case opStoreBack:
		if back := min(o.span, time.Second); s.stepped.Load() < int64(2*time.Second) {
			s.stepped.Add(int64(back))
			s.tally.add(opNames[opStoreBack])
		}
	}
}

// storm starts and stops, again and again, so that there is more to tell than slow subscribers hear.
func (s *stage) storm(a *actor, span time.Duration) {
	s.tally.add(opNames[opStorm])
	for range 20 {
		s.command(a, op{kind: opStart})
		s.command(a, op{kind: opStop, span: span, how: 1})
	}
}

// suspend lets the actor's machine sleep. Its workload cannot be told to stop meanwhile, so it is not held against it.
func (s *stage) suspend(a *actor, d time.Duration) {
	if !a.dial.suspend() {
		return
	}
	s.tally.add(opNames[opSuspend])
	a.prompt.Store(false)
	s.background.Go(func() {
		s.sleep(d)
		a.dial.resume()
	})
}

// command makes a call and judges what comes of it.
func (s *stage) command(a *actor, o op) {
	life := o.span
	if o.how%4 == 0 && o.kind != opRun {
		life = 0
	}
	c, cancel := s.begin(a, o.kind, life)
	defer cancel()
	switch o.kind {
	case opStart:
		s.finish(c, a.Start())
	case opTry:
		term, err := a.TryAcquire(c.ctx)
		s.checkGrant(a, term, err)
		s.finish(c, err)
	case opCampaign:
		term, err := a.Campaign(c.ctx)
		s.checkGrant(a, term, err)
		s.finish(c, err)
	case opRun:
		s.run(a, c, o)
	case opRegister:
		s.register(a, c, o)
	case opRenew:
		s.finish(c, a.Renew(c.ctx))
	case opRelease:
		s.finish(c, s.giveUp(a, elector.ReasonReleased, func() error { return a.Release(c.ctx) }))
	case opStop:
		s.finish(c, s.giveUp(a, elector.ReasonStopped, func() error { return a.Stop(c.ctx) }))
	case opClose:
		s.finish(c, s.giveUp(a, elector.ReasonStopped, a.Close))
	default:
	}
}

func (s *stage) checkGrant(a *actor, term *elector.Term, err error) {
	switch {
	case (term == nil) == (err == nil):
		s.violate("a try brings a term or an error", "it brought %v and %v", term, err)
	case err == nil && term.Incarnation() != a.real.Incarnation():
		s.violate("a term is its elector's", "it is of %s", term.Incarnation())
	case err == nil:
		s.note(a, term)
	}
}

// giveUp holds a Stop, Close or Release against what it found: the term that led is over when it returns, whatever it
// returns; where it reports success, and that term ended for its reason, the store holds it no more; and after a stop
// nothing leads, unless that was asked for since.
func (s *stage) giveUp(a *actor, reason elector.Event, do func() error) error {
	before, at := a.Term(), time.Now().UnixNano()
	begun := a.begun.Load()
	err := do()
	leads := a.IsLeader()
	if leads && reason == elector.ReasonStopped && begun < at && a.begun.Load() == begun {
		s.violate("nothing leads after a stop", "it does, and the stop returned %v", err)
	}
	if before == nil {
		return err
	}
	var ended *elector.EndedError
	if !errors.As(before.Err(), &ended) {
		s.violate("what led is over after a stop or release", "it is not, and %v was returned", err)
		return err
	}
	if err == nil && ended.Reason == reason {
		lease, err := s.inner.Get(context.Background(), stageElection)
		if err == nil && lease.Fence == before.Fence() {
			s.violate("success means that the lease is released", "fence %d is still held", lease.Fence)
		}
		s.tally.add("given up: " + reason.String())
	}
	return err
}

// register registers work of the actor's last term, which may be over, and lets it return after a while.
func (s *stage) register(a *actor, c *call, o op) {
	term := a.last.Load()
	if term == nil {
		s.finish(c, nil)
		return
	}
	done, err := term.Register(c.ctx)
	s.finish(c, err)
	if err != nil {
		return
	}
	s.tally.add("work registered")
	s.sleep(o.span * time.Duration(1+3*(o.how%3)))
	done()
	if o.how%2 == 0 {
		done()
	}
}

// errWork is what a workload returns or panics with.
var errWork = errors.New("the workload failed")

// run lets an actor lead and work until the call's context ends.
func (s *stage) run(a *actor, c *call, o op) {
	var err error
	returned := false
	// A workload may panic, or end this goroutine.
	defer func() {
		if recover() != nil || !returned {
			s.tally.add("run ended by its workload")
		} else if err == nil && c.ctx.Err() == nil {
			s.violate("Run goes on until its context ends", "it returned in %s", a.real.State())
		}
		s.finish(c, err)
	}()
	err = a.Run(c.ctx, func(ctx context.Context, term *elector.Term) error { return s.work(ctx, a, term, o) })
	returned = true
}

// work is a workload. At most one of an elector runs; one that returns as soon as it is told to is never met by
// another's.
func (s *stage) work(ctx context.Context, a *actor, term *elector.Term, o op) error {
	s.note(a, term)
	if a.works.Add(1) != 1 {
		s.violate("an elector's workload has returned before its next begins", "fence %d", term.Fence())
	}
	defer a.works.Add(-1)
	for _, other := range s.actors {
		if other != a && other.prompt.Load() {
			s.violate("no two work", "fence %d began while another, prompt to stop, worked", term.Fence())
		}
	}
	kind := o.how % 7
	s.tally.add("workload " + [...]string{"prompt", "slow", "overruns", "early", "panics", "deaf", "goexits"}[kind])
	if kind == 0 && !a.dial.sleeps() {
		a.prompt.Store(true)
		defer a.prompt.Store(false)
	}
	switch kind {
	case 1, 2:
		<-ctx.Done()
		s.sleep([]time.Duration{o.span / 4, 20 * time.Second}[kind-1])
	case 3, 4, 6:
		s.await(ctx, o.span/2)
	case 5:
		<-s.calm
	default:
		<-ctx.Done()
	}
	if kind < 3 && !errors.Is(context.Cause(ctx), elector.ErrEnded) {
		s.violate("the workload is told why", "%v", context.Cause(ctx))
	}
	switch kind {
	case 4:
		panic(errWork)
	case 6:
		runtime.Goexit()
	}
	return errWork
}

// await waits for a while, or until ctx ends.
func (s *stage) await(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.calm:
	}
}

func (d *dial) sleeps() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asleep
}

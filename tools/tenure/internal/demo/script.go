package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// script does things to leaders, one after the other, and waits each time until another leads.
type script struct {
	*world
	opts   Options
	limits limits
	random *rand.Rand
	cast   []*participant // all that ever took part
}

// attempts is how often a strike that had no effect is tried: on a busy machine a leader may lose its lease by itself in
// the very moment in which it is struck.
const attempts = 3

// play runs all rounds. The error is errTooLate where nobody led again within the limit; the auditor then finds the gap.
func (s *script) play(ctx context.Context) error {
	for range s.opts.Participants {
		if err := s.enter(); err != nil {
			return err
		}
	}
	for range s.opts.Rounds {
		order := slices.Clone(kinds[:])
		s.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			if err := s.act(ctx, k); err != nil {
				return err
			}
		}
	}
	s.rest(ctx)
	return nil
}

// enter lets a new participant join.
func (s *script) enter() error {
	name := fmt.Sprintf("p%d", len(s.cast)+1)
	jitter := rand.New(rand.NewPCG(s.opts.Seed, uint64(len(s.cast)+1))) //nolint:gosec // jitter needs no secrecy
	p, err := newParticipant(s.world, name, s.opts.Lease, jitter)
	if err != nil {
		return err
	}
	s.cast = append(s.cast, p)
	p.join()
	return nil
}

// act does one kind of thing to the leader, until the records show its effect.
func (s *script) act(ctx context.Context, k kind) error {
	for range attempts {
		at, err := s.strike(ctx, k)
		if err != nil {
			return err
		}
		if happened(s.journal.snapshot(), at, s.limits) == nil {
			return nil
		}
	}
	return nil // the auditor says what is missing
}

// strike hits the leader, waits until another has written, undoes the strike, and waits for what comes of that.
func (s *script) strike(ctx context.Context, k kind) (at int, err error) {
	p, order, at, err := s.hit(ctx, k)
	if err != nil {
		return 0, err
	}
	struck := s.journal.strike(at)
	if k == kindKill {
		err = s.enter()
	}
	err = errors.Join(err, s.journal.await(ctx, s.limits.patience(), func(ev *evidence) bool {
		return newerWrite(ev, struck)
	}))
	if err == nil && k != kindKill {
		s.rest(ctx)
	}
	s.undo(p, order, at)
	if err != nil {
		return at, err
	}
	// What follows is awaited for the order of the timeline; where it is missing, happened says so.
	err = s.journal.await(ctx, s.limits.patience(), func(ev *evidence) bool { return followed(ev, ev.Strikes[at]) })
	if errors.Is(err, errTooLate) {
		err = nil
	}
	return at, err
}

// newerWrite tells whether a later leader has written.
func newerWrite(ev *evidence, s strike) bool {
	for _, w := range slices.Backward(ev.Writes) {
		if w.At < s.At {
			break
		}
		if w.Accepted && w.Fence > s.Fence {
			return true
		}
	}
	return false
}

// rest lets the new leader work for a while before the old one comes back, so that there is something to get wrong.
func (s *script) rest(ctx context.Context) {
	timer := time.NewTimer(s.opts.Lease / 10)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// hit waits until somebody leads, leaves it alone for a while, and strikes it. Where it loses its lease before that, the
// next leader is chosen.
func (s *script) hit(ctx context.Context, k kind) (*participant, *order, int, error) {
	for {
		p, fence, err := s.leader(ctx)
		if err != nil {
			return nil, nil, 0, err
		}
		calm := time.Duration((0.4 + 0.2*s.random.Float64()) * float64(s.opts.Lease))
		err = s.journal.await(ctx, calm, func(ev *evidence) bool { return gone(ev, fence) })
		if err == nil {
			continue
		}
		if !errors.Is(err, errTooLate) {
			return nil, nil, 0, err
		}
		order := p.arm(k)
		err = s.journal.await(ctx, s.limits.patience(), func(ev *evidence) bool {
			return len(order.struck) > 0 || gone(ev, fence)
		})
		if !p.disarm(order) {
			return p, order, <-order.struck, nil
		}
		if err != nil {
			return nil, nil, 0, err
		}
	}
}

// leader waits for a participant whose term's newest look says that it leads.
func (s *script) leader(ctx context.Context) (p *participant, fence uint64, err error) {
	err = s.journal.await(ctx, s.limits.patience(), func(ev *evidence) bool {
		for _, l := range slices.Backward(ev.Looks) {
			if !l.Leads || gone(ev, l.Fence) {
				continue
			}
			p, fence = s.find(l.Incarnation), l.Fence
			return true
		}
		return false
	})
	return p, fence, err
}

func (s *script) find(incarnation string) *participant {
	at := slices.IndexFunc(s.cast, func(p *participant) bool { return p.Incarnation == incarnation })
	return s.cast[at]
}

// gone tells whether a term is over as far as is recorded.
func gone(ev *evidence, fence uint64) bool {
	return slices.ContainsFunc(ev.Endings, func(e ending) bool { return e.Fence == fence }) ||
		slices.ContainsFunc(ev.Strikes, func(s strike) bool { return s.Fence == fence })
}

// undo lets a strike end, also where the run was interrupted.
func (s *script) undo(p *participant, o *order, at int) {
	fence := s.journal.strike(at).Fence
	switch o.kind {
	case kindStop:
		s.journal.undone(at)
		s.timeline.say(p.Participant, 0, "takes part again")
		p.join()
	case kindPause, kindStall:
		close(o.wake)
	case kindCut:
		s.timeline.say(p.Participant, fence, "connected again")
		p.link.heal()
		s.journal.undone(at)
	case kindKill:
	}
}

// followed tells whether what a strike's undoing leads to has been recorded.
func followed(ev *evidence, s strike) bool {
	switch s.Kind {
	case kindPause, kindStall:
		return slices.ContainsFunc(ev.Endings, func(e ending) bool { return e.Fence == s.Fence })
	case kindCut:
		return s.Until > 0 && slices.ContainsFunc(ev.Calls, func(c call) bool {
			return c.who == s.who && c.Reached && c.Sent >= s.Until
		})
	default:
		return true
	}
}

// curtain ends the run: everybody alive is stopped, and it waits until all have gone.
func (s *script) curtain() error {
	s.journal.add(func(ev *evidence) { ev.Over = s.journal.now() })
	for _, p := range s.cast {
		p.link.heal()
		p.stop()
	}
	gone := make(chan struct{})
	go func() {
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-time.After(s.limits.worst + s.limits.allowance):
		return errors.New("not all participants have stopped")
	}
}

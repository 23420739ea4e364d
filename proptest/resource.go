package proptest

import "github.com/tenure-go/tenure/stores/fencing"

// resource is what workloads write to. It is guarded by package fencing, as a user's would be.
type resource struct {
	guard fencing.Guard
	// highest is the last token that was admitted, by the checks' own books.
	highest fencing.Token
	// writes are those under way. Their places are used again.
	writes []write
	free   []int32
	count  uint64
}

// write is one that was begun with the token of its tenure, and arrives at any time later.
type write struct {
	token fencing.Token
	who   int
	life  uint32
}

func (r *resource) add(m write) int32 {
	if n := len(r.free); n > 0 {
		ref := r.free[n-1]
		r.free = r.free[:n-1]
		r.writes[ref] = m
		return ref
	}
	r.writes = append(r.writes, m)
	return int32(len(r.writes) - 1) //nolint:gosec // few at a time
}

// writeSoon lets a workload write some time from now.
func (w *world) writeSoon(p *participant, id int32) {
	if w.trace != nil {
		return
	}
	w.resource.count++
	w.writing.name(throwPause, p.index, uint64(p.life), w.resource.count)
	u := w.writing.Float64()
	pause := int64((0.005 + 0.5*u*u*u) * float64(p.cfg.Lease))
	w.agenda.push(event{at: w.now + pause, kind: evWrite, who: int16(p.index), gen: p.life, ref: id}) //nolint:gosec // few
}

// writes begins a write of a workload that still runs, whether it was told to end or not. Most writes take no time to
// speak of, some until long after the tenure.
func (w *world) writes(p *participant, id int32) {
	for i := range p.works {
		if p.works[i].id != id {
			continue
		}
		token := fencing.Token{Fence: p.works[i].fence, Incarnation: p.incarnation}
		ref := w.resource.add(write{token: token, who: p.index, life: p.life})
		w.writing.name(throwWrite, p.index, uint64(p.life), w.resource.count)
		u := w.writing.Float64()
		takes := int64(u * u * u * float64(p.cfg.Timeout))
		if w.faulty() && w.writing.IntN(6) == 0 {
			takes = int64(u * 3 * float64(w.plan.slowest.Lease))
		}
		w.agenda.push(event{at: w.now + takes, kind: evApply, who: int16(p.index), ref: ref}) //nolint:gosec // few
		w.writeSoon(p, id)
		return
	}
}

// apply lets a write arrive at the resource, and judges what that does with it.
func (w *world) apply(ref int32) {
	r := &w.resource
	m := r.writes[ref]
	r.free = append(r.free, ref)
	p := &w.participants[m.who]
	leads := p.up && p.life == m.life && p.core.Leads(p.now(w)) && p.core.Tenure().Fence == m.token.Fence
	admitted := w.admit(m.token)
	w.log.add(w.now, recWrite, m.who, m.token.Fence, uint64(boolToInt(admitted)), 0)
	w.stats.Writes++
	if !admitted {
		w.reach(RefusedWrite)
		if leads {
			w.violate(LeaderWrites, "a write of p%d under fence %d was refused while it leads", m.who, m.token.Fence)
		}
		return
	}
	switch {
	case m.token.Fence < r.highest.Fence:
		w.violate(AcceptedGrows, "a write under fence %d was accepted after one under %d", m.token.Fence, r.highest.Fence)
	case m.token.Fence == r.highest.Fence && m.token != r.highest:
		w.violate(OneWriter, "%v and %v have both written", r.highest, m.token)
	case !leads:
		w.reach(LateWrite)
	}
	r.highest = m.token
}

func (w *world) admit(token fencing.Token) bool {
	if w.planted.admits != nil {
		return w.planted.admits(w.resource.highest, token)
	}
	return w.resource.guard.Check(token) == nil
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

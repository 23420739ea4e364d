package storetest

import (
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/stores"
)

// view is what a reader has seen of an election: the newest tenure, and whether that is over.
type view struct {
	newest stores.Lease
	over   bool
}

func (v *view) see(lease stores.Lease) error {
	switch newest := v.newest; {
	case lease.Fence < newest.Fence:
		return fmt.Errorf("%s: fence %d was read after %d", lease.Election, lease.Fence, newest.Fence)
	case lease.Fence > newest.Fence:
		v.newest, v.over = lease, false
		return nil
	case v.over:
		return fmt.Errorf("%s: the tenure under fence %d was read after its end", lease.Election, lease.Fence)
	case lease.Tenure != newest.Tenure, lease.Participant != newest.Participant:
		return fmt.Errorf("%s: %s and %s were both read under fence %d",
			lease.Election, newest.Participant, lease.Participant, lease.Fence)
	default:
		return nil
	}
}

// reader reads while others write. What it reads may be old when it arrives, but each reading is of an instant after the
// reading before.
type reader struct {
	b         *bench
	elections []string
	views     map[string]*view
}

// readWhile reads until more tells no, and then some: each fault of reading that lasts shows by then.
func (r *reader) readWhile(more func() bool) error {
	for _, election := range r.elections {
		r.views[election] = &view{}
	}
	for left := 6; left > 0; {
		if !more() {
			left--
		}
		if err := r.get(); err != nil {
			return fmt.Errorf("get: %w", err)
		}
		if err := r.list(); err != nil {
			return fmt.Errorf("list: %w", err)
		}
	}
	return nil
}

func (r *reader) get() error {
	for _, election := range r.elections {
		lease, err := r.b.store.Get(r.b.ctx, election)
		switch {
		case errors.Is(err, stores.ErrVacant):
			r.views[election].over = true
		case err != nil:
			return err
		default:
			if err := r.views[election].see(lease); err != nil {
				return err
			}
		}
	}
	return nil
}

// list reads all elections at once. One that is not listed was vacant at some instant of the call.
func (r *reader) list() error {
	leases, err := r.b.store.List(r.b.ctx, "contested by many ")
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, lease := range leases {
		v := r.views[lease.Election]
		if v == nil || listed[lease.Election] {
			return fmt.Errorf("%q is listed, which is none of the elections or was listed before", lease.Election)
		}
		listed[lease.Election] = true
		if err := v.see(lease); err != nil {
			return err
		}
	}
	for election, v := range r.views {
		v.over = v.over || !listed[election]
	}
	return nil
}

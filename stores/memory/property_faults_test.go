package memory_test

import (
	"context"
	"flag"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// faulty is a store with a planted fault, which the property must find.
type faulty struct {
	*memory.Store
	acquire func(*stores.AcquireRequest)
	// act changes the tenure that a renewal or release acts on; live is the one that holds.
	renew, release func(live, asked stores.Tenure) stores.Tenure
	deafToRevoke   bool
}

func (s faulty) live(election string) stores.Tenure {
	lease, _ := s.Get(context.Background(), election)
	return lease.Tenure
}

func (s faulty) Acquire(ctx context.Context, req stores.AcquireRequest) (stores.Lease, error) {
	if s.acquire != nil {
		s.acquire(&req)
	}
	return s.Store.Acquire(ctx, req)
}

func (s faulty) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	if live := s.live(req.Election); s.renew != nil && live.Fence != 0 {
		req.Tenure = s.renew(live, req.Tenure)
	}
	return s.Store.Renew(ctx, req)
}

func (s faulty) Release(ctx context.Context, election string, tenure stores.Tenure) (bool, error) {
	if live := s.live(election); s.release != nil && live.Fence != 0 {
		tenure = s.release(live, tenure)
	}
	return s.Store.Release(ctx, election, tenure)
}

func (s faulty) Revoke(ctx context.Context, election string, fence uint64) (bool, error) {
	if s.deafToRevoke {
		return s.live(election).Fence == fence, nil
	}
	return s.Store.Revoke(ctx, election, fence)
}

// sameIncarnation stands for a comparison of the incarnation only.
func sameIncarnation(live, asked stores.Tenure) stores.Tenure {
	if live.Incarnation == asked.Incarnation {
		return live
	}
	return asked
}

// sameAttempt stands for a comparison of the attempt only.
func sameAttempt(live, asked stores.Tenure) stores.Tenure {
	if live.Attempt == asked.Attempt {
		return live
	}
	return asked
}

// unfailing takes the property's failure in the place of a test.
type unfailing struct {
	testing.TB
	failed bool
}

func (u *unfailing) Failed() bool          { return u.failed }
func (u *unfailing) Fail()                 { u.failed = true }
func (u *unfailing) Error(...any)          { u.failed = true }
func (u *unfailing) Errorf(string, ...any) { u.failed = true }
func (u *unfailing) FailNow()              { u.failed = true; runtime.Goexit() }
func (u *unfailing) Fatal(...any)          { u.FailNow() }
func (u *unfailing) Fatalf(string, ...any) { u.FailNow() }
func (u *unfailing) Log(...any)            {}
func (u *unfailing) Logf(string, ...any)   {}

// setFlag sets a flag of rapid for one test.
func setFlag(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
}

func TestThePropertyFindsPlantedFaults(t *testing.T) {
	setFlag(t, "rapid.nofailfile", "true")
	setFlag(t, "rapid.shrinktime", "0s")
	setFlag(t, "rapid.seed", "1") // a fault that is found is found each time
	for name, fault := range map[string]faulty{
		"the highest fence seen is ignored":       {acquire: func(r *stores.AcquireRequest) { r.HighestFence = 0 }},
		"everybody is one incarnation":            {acquire: func(r *stores.AcquireRequest) { r.Attempt.Incarnation = "a" }},
		"a lease is a second longer":              {acquire: func(r *stores.AcquireRequest) { r.Lease += 1e9 }},
		"a renewal compares nothing":              {renew: func(live, _ stores.Tenure) stores.Tenure { return live }},
		"a renewal compares the incarnation only": {renew: sameIncarnation},
		"a renewal does not compare the fence":    {renew: sameAttempt},
		"a release compares nothing":              {release: func(live, _ stores.Tenure) stores.Tenure { return live }},
		"a release compares the incarnation only": {release: sameIncarnation},
		"a release does not compare the fence":    {release: sameAttempt},
		"a revocation is ignored":                 {deafToRevoke: true},
	} {
		t.Run(name, func(t *testing.T) {
			result, done := &unfailing{TB: t}, make(chan struct{})
			go func() {
				defer close(done)
				rapid.Check(result, keepsPromises(func(s *memory.Store) stores.Store {
					fault.Store = s
					return fault
				}))
			}()
			<-done
			require.True(t, result.failed, "the fault survives")
		})
	}
}

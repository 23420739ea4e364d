// Package property holds a store against the lease contract in any order of calls, and tells the shortest order that it
// finds in which the store breaks it. It is made for what the checks of package storetest did not think of.
//
//	func TestMyStoreInAnyOrder(t *testing.T) {
//		property.Check(t, storetest.InProcess(storetest.Harness{
//			New: func(t *testing.T) stores.Store { return mystore.New() },
//		}))
//	}
//
// [Check] draws (by pgregory.net/rapid) calls of several incarnations and attempts in two elections, in between lets time
// pass, and holds each answer, and after each call what Get and List show, against what the answers before have promised.
// Calls are answered, or the answer is lost, or the request comes late or twice, as far as the harness has the means. With
// [storetest.Harness.Advance], time is exact; without, calls near the end of a lease are not judged, and what is seen next
// is believed.
//
// The harness is that of the conformance suite. Its New is called for every order that is drawn, some hundreds of times,
// and so had better be quick: on a server, another prefix in place of another server. A store that is an io.Closer is
// closed after its order. The number of orders and their
// length are set by rapid's flags, -rapid.checks and -rapid.steps; with -short there are fewer.
package property

import (
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores/storetest"
)

// Check fails the test if it finds an order of calls in which the store breaks a promise.
func Check(t *testing.T, h storetest.Harness) {
	t.Helper()
	rapid.Check(t, keepsPromises(t, h, nil))
}

// CheckInBubble is Check with a bubble of testing/synctest for each order: time passes at once when nothing else is to be
// done, so that the store's own clock and the limits of calls are tested without waiting. The harness has no Advance, and
// its New makes a store that starts no I/O that leaves the bubble for longer than an answer takes. What the harness makes
// must not wait for the test's own context, which is outside.
func CheckInBubble(t *testing.T, h storetest.Harness) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) { rapid.SyncTest(rt, keepsPromises(t, h, nil)) })
}

// Verdict is what [Judge] found.
type Verdict struct {
	// Failed tells that the store breaks a promise.
	Failed bool
	// Steps are the shortest order of calls found in which it does.
	Steps []string
	// Log is what a test would have said.
	Log string
	_   struct{}
}

// Judge does what Check does, always with the same draws, and reports what it finds in place of failing t. It is for
// testing that a broken store is found out. The functions of h get t itself, and may fail it. It sets flags of rapid while
// it runs, so no other test that uses rapid may run at once.
func Judge(t *testing.T, h storetest.Harness) Verdict {
	t.Helper()
	for name, value := range map[string]string{"rapid.nofailfile": "true", "rapid.seed": "1"} {
		before := flag.Lookup(name).Value.String()
		require.NoError(t, flag.Set(name, value))
		defer func() { require.NoError(t, flag.Set(name, before)) }()
	}
	var steps []string
	judge, done := &recorder{TB: t}, make(chan struct{})
	go func() { // which FailNow can end
		defer close(done)
		rapid.Check(judge, keepsPromises(t, h, &steps))
	}()
	<-done
	verdict := Verdict{Failed: judge.failed, Log: judge.log.String()}
	if judge.failed {
		verdict.Steps = steps // Of the last run, which is the shortest that fails.
	}
	return verdict
}

// recorder takes the property's failure in the place of a test.
type recorder struct {
	testing.TB
	failed bool
	log    strings.Builder
}

func (r *recorder) Failed() bool { return r.failed }
func (r *recorder) Fail()        { r.failed = true }

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func (r *recorder) Log(args ...any) { fmt.Fprintln(&r.log, args...) }

func (r *recorder) Logf(format string, args ...any) { fmt.Fprintf(&r.log, format+"\n", args...) }

func (r *recorder) Error(args ...any) {
	r.Log(args...)
	r.Fail()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.Logf(format, args...)
	r.Fail()
}

func (r *recorder) Fatal(args ...any) {
	r.Log(args...)
	r.FailNow()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Logf(format, args...)
	r.FailNow()
}

// keepsPromises is the property. The steps of each run are left in steps.
func keepsPromises(t *testing.T, h storetest.Harness, steps *[]string) func(*rapid.T) {
	return func(rt *rapid.T) {
		w := newWorld(t, h)
		if closer, ok := w.store.(io.Closer); ok {
			rt.Cleanup(func() { require.NoError(t, closer.Close()) })
		}
		if steps != nil {
			defer func() { *steps = w.steps }()
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": w.look, "acquire": w.acquire, "renew": w.renew, "release": w.release, "revoke": w.revoke,
			"pass": w.pass, "deliver": w.deliver,
		})
	}
}

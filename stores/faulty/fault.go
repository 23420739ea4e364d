package faulty

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrInjected is the class of the errors that a link returns in the store's place. What became of the call is unknown to
// the caller, as it is when a connection breaks.
var ErrInjected = errors.New("faulty: injected fault")

// Fault is what is done to a call or to a wake-up.
//
// A wake-up has no answer: to swallow either half loses it, to delay either makes it late, to hold or to hang keeps it
// until [Rule.Release], and to fail ends its subscription. A doubled wake-up is one, since those that wait are merged, so
// [Duplicate] and [Retry] do nothing to it; neither does [Do].
type Fault struct {
	kind kind
	time time.Duration
	err  error
	do   func(ctx context.Context, op Op) error
}

type kind string

const (
	fail           kind = "fail"
	failAfter      kind = "fail after"
	delay          kind = "delay"
	delayReply     kind = "delay reply"
	hold           kind = "hold"
	hang           kind = "hang"
	hangReply      kind = "hang reply"
	swallowRequest kind = "swallow request"
	swallowReply   kind = "swallow reply"
	duplicate      kind = "duplicate"
	retry          kind = "retry"
	do             kind = "do"
)

// Fail fails the call before it is made, with an error that is [ErrInjected] and err; err may be nil.
func Fail(err error) Fault { return Fault{kind: fail, err: err} }

// FailAfter lets the store carry the call out, and fails it in place of the answer, with an error that is [ErrInjected]
// and err; err may be nil.
func FailAfter(err error) Fault { return Fault{kind: failAfter, err: err} }

// Delay keeps the request for d before it reaches the store, also if the caller gives up meanwhile: it is then carried
// out all the same.
func Delay(d time.Duration) Fault { return Fault{kind: delay, time: d} }

// DelayReply lets the store carry the call out at once, and keeps its answer for d.
func DelayReply(d time.Duration) Fault { return Fault{kind: delayReply, time: d} }

// Hold keeps the request until [Rule.Release], also if the caller gives up meanwhile: a late message.
func Hold() Fault { return Fault{kind: hold} }

// Hang is Hold by a store that ignores the caller's context: the call does not return before [Rule.Release].
func Hang() Fault { return Fault{kind: hang} }

// HangReply lets the store carry the call out at once, and keeps the answer until [Rule.Release], whatever becomes of the
// caller's context: a late answer.
func HangReply() Fault { return Fault{kind: hangReply} }

// SwallowRequest loses the request: the call is never made, and returns when its context ends.
func SwallowRequest() Fault { return Fault{kind: swallowRequest} }

// SwallowReply loses the answer: the store carries the call out, which returns when its context ends.
func SwallowReply() Fault { return Fault{kind: swallowReply} }

// Duplicate lets the store carry the call out twice, one right after the other, and gives the first answer.
func Duplicate() Fault { return Fault{kind: duplicate} }

// Retry is Duplicate with the second answer, as from a client that tries again in silence after it lost the first.
func Retry() Fault { return Fault{kind: retry} }

// Do calls f before the call, in the caller's goroutine. Where f returns an error, the call fails with it as it is, and is
// not made. It is for what this package has no word for.
func Do(f func(ctx context.Context, op Op) error) Fault { return Fault{kind: do, do: f} }

// String names the fault as errors and [Stats] do, but with its time.
func (f Fault) String() string {
	if f.time > 0 {
		return fmt.Sprintf("%s %v", f.kind, f.time)
	}
	return string(f.kind)
}

// idle tells that the fault would do nothing.
func (f Fault) idle() bool {
	return f.kind == "" || (f.time <= 0 && (f.kind == delay || f.kind == delayReply))
}

// injected is the error for a call.
func injected(op Op, what string, cause error) error {
	if cause == nil {
		return fmt.Errorf("%w: %s: %s", ErrInjected, op, what)
	}
	return fmt.Errorf("%w: %s: %s: %w", ErrInjected, op, what, cause)
}

package redistest

import (
	"fmt"
	"strings"
	"time"
)

// Match says which requests or pub/sub messages a rule is for.
type Match struct {
	name    string
	message bool
	ok      func(args [][]byte) bool
	skip    int
	times   int // 0: no limit
}

// Command matches the requests of the given commands, in any case, or every request if none is given.
func Command(names ...string) Match {
	ok := func(args [][]byte) bool {
		for _, name := range names {
			if len(args) > 0 && strings.EqualFold(name, string(args[0])) {
				return true
			}
		}
		return len(names) == 0
	}
	return Match{name: strings.Join(names, " or "), ok: ok}
}

// Request matches the requests that the predicate is true of; args[0] is the command. The name is for messages. The
// predicate may be called from many goroutines, must not keep or change args, and must not call the proxy.
func Request(name string, ok func(args [][]byte) bool) Match { return Match{name: name, ok: ok} }

// Message matches the pub/sub messages from the server that were published on the given channel, or on any for "".
func Message(channel string) Match {
	ok := func(words [][]byte) bool {
		at := 1
		if len(words) > 0 && strings.EqualFold("pmessage", string(words[0])) {
			at = 2 // After the pattern.
		}
		return channel == "" || (len(words) > at && string(words[at]) == channel)
	}
	return Match{name: strings.TrimSpace("message " + channel), message: true, ok: ok}
}

// Times is m for only the next n that match.
func (m Match) Times(n int) Match {
	m.times = n
	return m
}

// After is m without the next n that match.
func (m Match) After(n int) Match {
	m.skip = n
	return m
}

// String names the match as messages do.
func (m Match) String() string {
	text := m.name
	if text == "" {
		text = "any command"
	}
	if m.skip > 0 {
		text += fmt.Sprintf(", after %d", m.skip)
	}
	if m.times > 0 {
		text += fmt.Sprintf(", %d times", m.times)
	}
	return text
}

// Fault is what is done to a request, its reply or a message. On one connection everything stays in order, as in TCP: what
// is delayed delays all that follows it in its direction, and after something was swallowed nothing follows in its
// direction, since it would be taken for what is missing. The connection stays open.
type Fault struct {
	kind faultKind
	time time.Duration
}

type faultKind string

const (
	delay          faultKind = "delay"
	delayReply     faultKind = "delay reply"
	hold           faultKind = "hold"
	swallowRequest faultKind = "swallow request"
	swallowReply   faultKind = "swallow reply"
	duplicate      faultKind = "duplicate"
	retry          faultKind = "retry"
	reset          faultKind = "reset"
	resetAfter     faultKind = "reset after"
)

// Delay keeps a request for d before it goes to the server, also if the client has gone away meanwhile.
func Delay(d time.Duration) Fault { return Fault{kind: delay, time: d} }

// DelayReply keeps the server's reply, or a message, for d.
func DelayReply(d time.Duration) Fault { return Fault{kind: delayReply, time: d} }

// Hold keeps a request back until [Rule.Release], also if the client has gone away meanwhile: a late message. Other
// connections go on.
func Hold() Fault { return Fault{kind: hold} }

// SwallowRequest loses a request on its way to the server, and what the client sends after it on that connection.
func SwallowRequest() Fault { return Fault{kind: swallowRequest} }

// SwallowReply loses the reply: the server does what it was asked to, and the client never hears of it, nor anything else
// on that connection. A pub/sub message is lost alone.
func SwallowReply() Fault { return Fault{kind: swallowReply} }

// Duplicate sends a request to the server twice, one right after the other. The client gets the first reply. A message
// comes twice.
func Duplicate() Fault { return Fault{kind: duplicate} }

// Retry is Duplicate, but the client gets the second reply, as it does from a library that tries again in silence after
// it lost the first.
func Retry() Fault { return Fault{kind: retry} }

// Reset resets the client's connection (RST) instead of forwarding the request, or instead of delivering a message.
// Replies to earlier requests are delivered before.
func Reset() Fault { return Fault{kind: reset} }

// ResetAfter lets the server do what it is asked to, waits for its reply and resets the connection (RST) instead of
// delivering it.
func ResetAfter() Fault { return Fault{kind: resetAfter} }

// String names the fault as messages and [Stats] do.
func (f Fault) String() string {
	if f.time > 0 {
		return fmt.Sprintf("%s %v", f.kind, f.time)
	}
	return string(f.kind)
}

// onReply tells whether the fault needs to know which reply belongs to the request.
func (f Fault) onReply() bool {
	switch f.kind {
	case delayReply, swallowReply, resetAfter:
		return true
	default:
		return false
	}
}

// onMessage tells whether the fault can be done to a message.
func (f Fault) onMessage() bool {
	switch f.kind {
	case delayReply, swallowReply, duplicate, reset:
		return true
	default:
		return false
	}
}

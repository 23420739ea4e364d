package history

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Call is a method of a store.
type Call uint8

// The calls that a history holds. All but Get and List change something.
const (
	Acquire Call = iota + 1
	Renew
	Release
	Revoke
	Get
	List
)

func (c Call) String() string {
	return [...]string{"unknown call", "Acquire", "Renew", "Release", "Revoke", "Get", "List"}[c%(List+1)]
}

// reads tells whether the call changes nothing.
func (c Call) reads() bool { return c == Get || c == List }

// Outcome is what an answer says of its call.
type Outcome uint8

const (
	// Unknown says that there is no answer: the call may have taken effect, may still do so, or never.
	Unknown Outcome = iota
	// Yes says that the lease was granted, renewed, released, revoked or seen.
	Yes
	// No says that it was held, lost, not to be released, not to be revoked, or not there.
	No
	// Nothing says that the call was refused for what it asked, and took no effect.
	Nothing
)

// Operation is one call of a store, and its answer.
type Operation struct {
	// Call is the method. What it was told is in the fields that follow, as far as the method has them.
	Call Call
	// Election is what the call was about; of a List, the prefix.
	Election string
	// Request is what an Acquire asked for.
	Request stores.AcquireRequest
	// Tenure is what a Renew or a Release named; of a Revoke, the fence only.
	Tenure stores.Tenure
	// Lease is the time that a Renew asked for.
	Lease time.Duration

	// Outcome is what the answer says.
	Outcome Outcome
	// Leases is what the answer tells of: one lease for an Acquire, also a refused one, a Renew and a Get, any number for
	// a List.
	Leases []stores.Lease
	// Revoked tells why a renewal was refused.
	Revoked bool
	// Err is the error that was returned, in words.
	Err string

	// Sent and Answered are the places of the sending and of the answer among all events of the history. Answered is 0
	// without an answer.
	Sent, Answered uint64
	// From and Until are what the clock read before the call and after it.
	From, Until time.Duration

	_ struct{}
}

// String is one line that tells of the call, its answer, and when that was.
func (o Operation) String() string {
	until := "          "
	if o.Outcome != Unknown {
		until = fmt.Sprintf("%10s", seconds(o.Until))
	}
	return fmt.Sprintf("%10s ..%s  %s: %s", seconds(o.From), until, o.asked(), o.told())
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6fs", d.Seconds()) }

// asked tells of the call.
func (o Operation) asked() string {
	switch o.Call {
	case Acquire:
		text := fmt.Sprintf("Acquire %s for %v", attempt(o.Request.Attempt), o.Request.Lease)
		if o.Request.HighestFence > 0 {
			text += fmt.Sprintf(" above fence %d", o.Request.HighestFence)
		}
		return text
	case Renew:
		return fmt.Sprintf("Renew %s for %v", tenure(o.Tenure), o.Lease)
	case Release:
		return "Release " + tenure(o.Tenure)
	case Revoke:
		return fmt.Sprintf("Revoke fence %d", o.Tenure.Fence)
	case List:
		return fmt.Sprintf("List %q", o.Election)
	default:
		return o.Call.String()
	}
}

// told tells of the answer.
func (o Operation) told() string {
	switch {
	case o.Outcome == Unknown:
		return "no answer"
	case o.Outcome == Nothing:
		return "refused, " + o.Err
	case o.Call == List:
		return fmt.Sprintf("%d leases", len(o.Leases))
	case o.Call == Acquire && o.Outcome == No:
		return "held by " + o.lease()
	case o.Call == Renew && o.Outcome == No && o.Revoked:
		return "lost, revoked"
	case o.Call == Get && o.Outcome == No:
		return "vacant"
	case len(o.Leases) > 0:
		return o.lease()
	case o.Outcome == Yes:
		return "done"
	default:
		return map[Call]string{Renew: "lost", Release: "nothing to free", Revoke: "not there"}[o.Call]
	}
}

func (o Operation) lease() string {
	if len(o.Leases) == 0 {
		return "nobody is told"
	}
	l := o.Leases[0]
	text := fmt.Sprintf("%s, %v left", tenure(l.Tenure), l.TimeLeft)
	if l.Revoked {
		text += ", revoked"
	}
	if len(l.Metadata) > 0 {
		text += fmt.Sprintf(", %v", l.Metadata)
	}
	return text
}

func attempt(a stores.Attempt) string { return fmt.Sprintf("%s/%d", a.Incarnation, a.Number) }

func tenure(t stores.Tenure) string {
	if t.Fence == 0 {
		return attempt(t.Attempt)
	}
	return fmt.Sprintf("%s fence %d", attempt(t.Attempt), t.Fence)
}

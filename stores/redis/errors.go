package redis

import (
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// The classes of what a server may answer in place of a lease; tell them apart with [errors.Is]. To an elector each is an
// unknown outcome, which it repeats or gives back. All but the last two are a *[ServerError].
var (
	// ErrReadOnly: the server is a replica, most likely since a failover that the client has not heard of yet.
	ErrReadOnly = errors.New("tenure: redis: the server is a read-only replica")
	// ErrLoading: the server is reading its data after a start.
	ErrLoading = errors.New("tenure: redis: the server is loading its data")
	// ErrOutOfMemory: the server's memory is full. Leases that are held are renewed and released all the same.
	ErrOutOfMemory = errors.New("tenure: redis: the server is out of memory")
	// ErrNoReplicas: the server has fewer replicas than its own settings demand for writes.
	ErrNoReplicas = errors.New("tenure: redis: the server has too few replicas to accept writes")
	// ErrNotPersisting: the server refuses writes since it could not save its data.
	ErrNotPersisting = errors.New("tenure: redis: the server cannot save its data and accepts no writes")
	// ErrNoScript: the server forgot a script between its loading and its use.
	ErrNoScript = errors.New("tenure: redis: the server does not know the script")
	// ErrMoved: the Cluster has moved the election to another node, is moving it, or is down for it.
	ErrMoved = errors.New("tenure: redis: the cluster's node does not serve the election")
	// ErrNoPermission: the user may not run a command, use a key, or log in.
	ErrNoPermission = errors.New("tenure: redis: the server refuses permission")
	// ErrBusy: another script has been running on the server for too long.
	ErrBusy = errors.New("tenure: redis: the server is busy with a script")
	// ErrSettling: the server has known the election for less than Options.Settle. The error is a *[SettlingError].
	ErrSettling = errors.New("tenure: redis: the server settles")
	// ErrCorrupt: what is stored was not written by this version of this package. The error is a *[CorruptError].
	ErrCorrupt = errors.New("tenure: redis: a stored value is not valid")
)

var classes = map[string]error{
	"READONLY": ErrReadOnly, "LOADING": ErrLoading, "OOM": ErrOutOfMemory, "NOREPLICAS": ErrNoReplicas,
	"MISCONF": ErrNotPersisting, "NOSCRIPT": ErrNoScript, "BUSY": ErrBusy,
	"MOVED": ErrMoved, "ASK": ErrMoved, "TRYAGAIN": ErrMoved, "CLUSTERDOWN": ErrMoved, "CROSSSLOT": ErrMoved,
	"NOPERM": ErrNoPermission, "NOAUTH": ErrNoPermission, "WRONGPASS": ErrNoPermission,
}

// ServerError is an error that the server answered with. Its class, if it has one, is told by [errors.Is].
type ServerError struct {
	// Op is what was asked for: acquire, renew, release, revoke, get, list.
	Op string
	// Election is what it was about; the prefix for a list.
	Election string
	// Code is the first word of the server's answer.
	Code string
	// Err is the client's error.
	Err error
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("tenure: redis: %s of election %q: %v", e.Op, e.Election, e.Err)
}

// Is puts the error into its class.
func (e *ServerError) Is(target error) bool { return target != nil && target == classes[e.Code] }

// Unwrap returns the client's error.
func (e *ServerError) Unwrap() error { return e.Err }

// SettlingError says for how long the server will not grant yet.
type SettlingError struct {
	Election string
	// Left is the rest of the settle time, by the server's clock.
	Left time.Duration
}

func (e *SettlingError) Error() string {
	return fmt.Sprintf("tenure: redis: election %q: nothing is granted for another %v, since the server is new to the election: restarted, promoted, or asked for the first time",
		e.Election, e.Left)
}

// Is makes a SettlingError an [ErrSettling].
func (e *SettlingError) Is(target error) bool { return target == ErrSettling }

// CorruptError names a stored value that this version of this package cannot have written: it was tampered with, or
// written by another version or under another [Encoding]. Nothing was granted. Who finds out what it is may delete the
// lease's key: that frees the lease, so its holder must be known to be dead or stopped; and never the fence's key.
type CorruptError struct {
	// Key is where the value is stored.
	Key string
	// Field says which part of it is at fault.
	Field string
	// Value is what stands there, cut off where it is long.
	Value string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("tenure: redis: key %q holds what this version cannot have written: %s is %q", e.Key, e.Field, e.Value)
}

// Is makes a CorruptError an [ErrCorrupt].
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// refusedInScript is how the server words NOPERM for a command of a script, under the code of any error.
const refusedInScript = "The user executing the script can't"

// failure types an error of the client.
func failure(op, election string, n names, err error) error {
	var answer goredis.Error
	if !errors.As(err, &answer) {
		return fmt.Errorf("tenure: redis: %s of election %q: %w", op, election, err)
	}
	code, rest, _ := strings.Cut(answer.Error(), " ")
	if strings.HasPrefix(rest, refusedInScript) {
		code = "NOPERM"
	}
	switch code {
	case "CORRUPT":
		return corrupt(n, rest)
	case "SETTLING":
		return &SettlingError{Election: election, Left: milliseconds(rest)}
	}
	return &ServerError{Op: op, Election: election, Code: code, Err: err}
}

// corrupt reads a script's report of a stored value.
func corrupt(n names, report string) error {
	for field, key := range map[string]string{"last fence": n.fence, "mark": n.mark} {
		if value, ok := strings.CutPrefix(report, field+" "); ok {
			return &CorruptError{Key: key, Field: field, Value: value}
		}
	}
	field, value, _ := strings.Cut(report, " ")
	return &CorruptError{Key: n.lease, Field: field, Value: value}
}

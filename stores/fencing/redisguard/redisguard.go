package redisguard

import (
	"context"
	"errors"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

// Guard guards the keys that share its fence key's slot. Its methods may be called from many goroutines.
type Guard struct {
	client   redis.UniversalClient
	fenceKey string
	set      *Script
	check    *Script
}

// New returns a guard that keeps the highest token under fenceKey. The key needs a hash tag; without one, or without a
// client, the error is [stores.ErrInvalid]. The client stays the caller's.
func New(client redis.UniversalClient, fenceKey string) (*Guard, error) {
	var missing error
	if client == nil {
		missing = &stores.InvalidError{Field: "client", Value: nil, Reason: "a guard needs one"}
	}
	if err := errors.Join(missing, validateFenceKey(fenceKey)); err != nil {
		return nil, err
	}
	return &Guard{
		client: client, fenceKey: fenceKey,
		set:   NewScript(`return redis.call('SET', KEYS[2], ARGV[3])`),
		check: NewScript(`return redis.status_reply('OK')`),
	}, nil
}

// Set sets the key to the value if the token is admitted; an expiry that the key had is gone, as with Redis's SET.
//
// A token that the rule refuses is an [fencing.ErrStale], a *[fencing.StaleError] whose Resource is the fence key. A fence
// key that has something else than a token is an [ErrTampered]. A token or key that is not valid is an error that is
// [stores.ErrInvalid]. With these nothing was written. After any other error the outcome is unknown: the value may have
// been written, and may still be.
func (g *Guard) Set(ctx context.Context, key, value string, token fencing.Token) error {
	return g.Run(ctx, g.set, token, []string{key}, value).Err()
}

// Check has the token admitted, or refused with the errors of [Guard.Set], with nothing to write. A new leader calls it
// before it reads what the earlier ones left: from then on they are shut out. It is not a check to be made before a
// write.
func (g *Guard) Check(ctx context.Context, token fencing.Token) error {
	return g.Run(ctx, g.check, token, nil).Err()
}

// Script is a script of the user's behind the [Prelude]. It may be used from many goroutines, by many guards.
type Script struct {
	script *redis.Script
}

// NewScript makes a script of Lua that is to run where a token was admitted. Its keys begin with KEYS[2] and its arguments
// with ARGV[3]; those before are the guard's.
func NewScript(source string) *Script {
	return &Script{script: redis.NewScript(Prelude + source)}
}

// Run runs the script with its keys and arguments if the token is admitted, by its hash, and by its text where the server
// does not know it yet. The result has what the script returned, or an error of those of [Guard.Set]; where the script
// returned nothing, that is [redis.Nil]. The token stays admitted if the script fails.
func (g *Guard) Run(ctx context.Context, s *Script, token fencing.Token, keys []string, args ...any) *redis.Cmd {
	if err := errors.Join(token.Validate(), g.validateKeys(keys)); err != nil {
		cmd := redis.NewCmd(ctx)
		cmd.SetErr(err)
		return cmd
	}
	allKeys := append([]string{g.fenceKey}, keys...)
	allArgs := append([]any{strconv.FormatUint(token.Fence, 10), token.Incarnation}, args...)
	cmd := s.script.Run(ctx, g.client, allKeys, allArgs...)
	cmd.SetErr(g.explain(cmd.Err(), token))
	return cmd
}

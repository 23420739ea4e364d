package redis

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// client is what a script is run on: all of a Cluster, or one server.
type client interface {
	Process(ctx context.Context, cmd goredis.Cmder) error
	Pipeline() goredis.Pipeliner
}

// evalsha makes the arguments that run a script: its keys, then what it is told.
func (sc script) evalsha(keys []any, args ...any) []any {
	all := make([]any, 0, 3+len(keys)+len(args))
	all = append(all, "evalsha", sc.sha, len(keys))
	all = append(all, keys...)
	return append(all, args...)
}

// run sends a script by its name, and whole to a server that does not know it: one round trip, and two for the first
// call after the server lost its scripts.
func run[C goredis.Cmder](
	ctx context.Context, s *Store, sc script, args []any, command func(context.Context, ...any) C,
) (C, error) {
	cmd := command(ctx, args...)
	err := s.process(ctx, cmd)
	if hasCode(err, "NOSCRIPT") {
		cmd = command(ctx, sc.eval(args)...)
		err = s.process(ctx, cmd)
	}
	return cmd, err
}

// eval turns the arguments of evalsha into those that bring the script along.
func (sc script) eval(args []any) []any {
	args = slices.Clone(args)
	args[0], args[1] = "eval", sc.source
	return args
}

func hasCode(err error, code string) bool {
	return err != nil && strings.HasPrefix(err.Error(), code)
}

// once keeps a Cluster's client from sending a call again by itself after an error of the connection; it still follows
// redirections, where the first node did nothing.
type once struct{ goredis.Cmder }

// NoRetry implements the client's Cmder.
func (once) NoRetry() bool { return true }

// process sends a command.
func (s *Store) process(ctx context.Context, cmd goredis.Cmder) error {
	if s.cluster != nil {
		return s.processOnce(ctx, once{cmd})
	}
	return s.processOnce(ctx, cmd)
}

func (s *Store) processOnce(ctx context.Context, cmd goredis.Cmder) error {
	if bounded(ctx) {
		return s.client.Process(ctx, cmd)
	}
	return within(ctx, func() error { return s.client.Process(ctx, cmd) })
}

// soon is how long a call may outlive its context where that is cancelled before its deadline.
const soon = 5 * time.Second

// bounded tells whether the client itself ends a call in time: it keeps to a context's deadline, and does not look whether
// it is cancelled.
func bounded(ctx context.Context) bool {
	deadline, has := ctx.Deadline()
	return has && time.Until(deadline) <= soon || ctx.Done() == nil
}

// within makes a call. Where its context is not bounded, the waiting is cut short here, and the call goes on by itself
// until the client's own limit.
func within(ctx context.Context, call func() error) error {
	if bounded(ctx) {
		return call()
	}
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runReplicated runs a script and waits for the replicas in the same round trip: WAIT counts for what its own connection
// wrote. It returns how many have it.
func (s *Store) runReplicated(ctx context.Context, sc script, n names, args []any) (*goredis.Cmd, int, error) {
	node, err := s.nodeOf(ctx, n)
	if err != nil {
		return nil, 0, err
	}
	cmd, reached, err := s.runAndWait(ctx, node, args)
	if hasCode(err, "NOSCRIPT") {
		cmd, reached, err = s.runAndWait(ctx, node, sc.eval(args))
	}
	if s.cluster != nil && hasCode(err, "MOVED") {
		s.cluster.ReloadState(ctx)
	}
	return cmd, reached, err
}

func (s *Store) runAndWait(ctx context.Context, node client, args []any) (*goredis.Cmd, int, error) {
	cmd := goredis.NewCmd(ctx, args...)
	wait := goredis.NewIntCmd(ctx, "wait", s.opts.Replicas, s.opts.ReplicaTimeout.Milliseconds())
	pipe := node.Pipeline()
	_ = pipe.Process(ctx, cmd)
	_ = pipe.Process(ctx, wait)
	err := within(ctx, func() error {
		_, _ = pipe.Exec(ctx) // The commands have the errors.
		return cmp.Or(cmd.Err(), wait.Err())
	})
	if err != nil {
		return nil, 0, err
	}
	return cmd, int(wait.Val()), nil
}

// nodeOf returns the server that has an election: a command without a key, as WAIT is, must go to the same one.
func (s *Store) nodeOf(ctx context.Context, n names) (client, error) {
	if s.cluster == nil {
		return s.client, nil
	}
	return s.cluster.MasterForKey(ctx, n.lease)
}

func milliseconds(text string) time.Duration {
	d, err := time.ParseDuration(text + "ms")
	if err != nil {
		return 0
	}
	return d
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/redisurl"
)

// defaultTimeout bounds one call of the store.
const defaultTimeout = 5 * time.Second

// storeFlags are the flags of every verb that uses a store.
type storeFlags struct {
	url, prefix *string
	timeout     *time.Duration
}

// defineStore defines them; timeout is the default for one call.
func defineStore(f *cli.Flags, timeout time.Duration) storeFlags {
	f.Note(aboutHiding)
	return storeFlags{
		url:     f.String("redis", redisurl.Default, "the `URL` of Redis: redis, rediss or unix; with master_name Sentinel, with addr a Cluster"),
		prefix:  f.String("prefix", redis.DefaultPrefix, "what the store's keys begin with, a `name`"),
		timeout: f.Positive("timeout", timeout, "how long one call of the store may take"),
	}
}

// openStore is a store with what belongs to it.
type openStore struct {
	*redis.Store
	call    *cli.Call
	client  goredis.UniversalClient
	timeout time.Duration
}

// open makes the store, without any I/O. Unless it returns one, code is what the verb returns.
func (s storeFlags) open(call *cli.Call, options redis.Options) (store *openStore, code int) {
	client, err := redisurl.Client(unhidden(*s.url, os.Getenv), *s.timeout)
	if err != nil {
		return nil, call.Wrong("-redis: " + err.Error())
	}
	options.Prefix = *s.prefix
	made, err := redis.New(client, options)
	if err != nil {
		_ = client.Close()
		return nil, call.Wrong(oneLine(err))
	}
	return &openStore{Store: made, call: call, client: client, timeout: *s.timeout}, exitOK
}

// close closes the connections.
func (s *openStore) close() { _ = s.client.Close() }

// limit bounds one call.
func (s *openStore) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.timeout)
}

// failed says in one line why a call of the store failed, and returns the exit code. ctx is that of the verb.
func (s *openStore) failed(ctx context.Context, err error) int {
	switch {
	case ctx.Err() != nil:
		return s.call.Fail(exitFailed, "interrupted")
	case errors.Is(err, stores.ErrInvalid):
		return s.call.Wrong(oneLine(err))
	case errors.Is(err, redis.ErrCorrupt):
		return s.call.Fail(exitFailed, s.whyNot(err))
	}
	return s.call.Fail(exitStore, s.whyNot(err))
}

// whyNot says in plain words what keeps the store from answering.
func (s *openStore) whyNot(err error) string {
	var answer *redis.ServerError
	var network net.Error
	switch {
	case errors.Is(err, redis.ErrCorrupt), errors.Is(err, stores.ErrUnreplicated), errors.Is(err, redis.ErrSettling):
		return oneLine(err)
	case errors.As(err, &answer) && (answer.Code == "NOAUTH" || answer.Code == "WRONGPASS"):
		return "the store refuses the login: " + answer.Err.Error()
	case errors.Is(err, redis.ErrNoPermission):
		return "a permission is missing: " + answer.Err.Error()
	case errors.As(err, &answer):
		return "the store refuses: " + answer.Err.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("the store does not answer within %v", s.timeout)
	}
	text := oneLine(err)
	if at := strings.Index(text, "dial "); at >= 0 { // before it stands which call it was
		text = text[at:]
	}
	return "the store cannot be reached: " + text
}

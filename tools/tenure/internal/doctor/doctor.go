// Package doctor examines a Redis and the settings of an elector for what would make leader election on it fail or
// promise less than it could.
//
// It looks and never treats: all that it writes is one key with a random name under the store's prefix, which ends by
// itself within seconds and is deleted before. Of existing elections it reads one lease, if asked to.
package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/redis"
)

// Verdict says how a check came out.
type Verdict string

// The verdicts.
const (
	// OK: as it should be.
	OK Verdict = "ok"
	// Advice: it works, and promises less than it could.
	Advice Verdict = "advice"
	// Fault: it does not work, or two may lead.
	Fault Verdict = "fault"
)

// Check is what one look found.
type Check struct {
	Verdict Verdict
	// Topic is server, options, permissions, clocks, timings, failover or election.
	Topic string
	// Server is the address of the server, where it is about one of several.
	Server string
	// What was found, why it matters, and what to change. The latter two are empty where all is well.
	What, Why, Change string
}

// Case is what is examined.
type Case struct {
	// Client is what the store works with.
	Client goredis.UniversalClient
	// Store are the settings of the store.
	Store redis.Options
	// Timings are those of the electors. Without an Election none is read.
	Timings elector.Config
	// Samples is how many calls are measured; measuring ends earlier where they are slow.
	Samples int
	// Call bounds each call.
	Call time.Duration
	// Apart is how long at least lies between the two looks at a clock that its rate is told from; a second by default.
	Apart time.Duration
}

// Examine tells of each check as soon as it is made. An error means that the server could not be examined: it cannot be
// reached, does not let us in, or ctx has ended.
func Examine(ctx context.Context, c Case, tell func(Check)) error {
	e := newExamination(c, tell)
	defer e.clear(ctx)
	steps := []func(context.Context) error{
		e.connect, e.servers, e.options, e.permissions, e.firstTime, e.speed, e.secondTime, e.timings, e.election,
	}
	for _, step := range steps {
		err := step(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// examination is under way.
type examination struct {
	Case
	tell func(Check)

	store  *redis.Store // nil where the settings are not accepted
	nodes  []*goredis.Client
	prefix string
	key    string // the only key that is written; no lease's, or whoever lists leases would meet it

	written  bool // whether the key may be there
	noInfo   bool
	readings map[string]reading
	speeds   speeds
}

func newExamination(c Case, tell func(Check)) *examination {
	e := &examination{Case: c, prefix: c.Store.Prefix, readings: map[string]reading{}}
	if e.prefix == "" {
		e.prefix = redis.DefaultPrefix
	}
	if e.Apart == 0 {
		e.Apart = time.Second
	}
	e.key = e.prefix + ":{tenure-doctor-" + strings.ToLower(rand.Text()) + "}:probe"
	e.tell = func(check Check) {
		if len(e.nodes) < 2 {
			check.Server = ""
		}
		tell(check)
	}
	return e
}

func (e *examination) ok(topic, what string) { e.tell(Check{Verdict: OK, Topic: topic, What: what}) }

// bounded is for one call.
func (e *examination) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.Call)
}

// connect finds the servers that leases are kept on, and calls each. A server that answers with a refusal of the command
// is there.
func (e *examination) connect(ctx context.Context) error {
	if err := e.findNodes(ctx); err != nil {
		return err
	}
	for _, node := range e.nodes {
		if err := e.do(ctx, node, "ping"); err != nil && !denied(err) {
			return typed(err)
		}
	}
	return nil
}

func (e *examination) findNodes(ctx context.Context) error {
	switch c := e.Client.(type) {
	case *goredis.Client:
		e.nodes = []*goredis.Client{c}
		return nil
	case *goredis.ClusterClient:
		ctx, cancel := e.bounded(ctx)
		defer cancel()
		var mu sync.Mutex
		err := c.ForEachMaster(ctx, func(_ context.Context, node *goredis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			e.nodes = append(e.nodes, node)
			return nil
		})
		slices.SortFunc(e.nodes, func(a, b *goredis.Client) int { return strings.Compare(called(a), called(b)) })
		return err
	default:
		return errors.New("this kind of client cannot be examined")
	}
}

// do sends a command to a server. No answer is no error.
func (e *examination) do(ctx context.Context, node *goredis.Client, args ...any) error {
	_, err := e.ask(ctx, node, args...)
	return err
}

func (e *examination) ask(ctx context.Context, node *goredis.Client, args ...any) (any, error) {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	answer, err := node.Do(ctx, args...).Result()
	if errors.Is(err, goredis.Nil) {
		err = nil
	}
	return answer, err
}

// typed gives a server's refusal the type that the store's errors have.
func typed(err error) error {
	var answer goredis.Error
	if !errors.As(err, &answer) {
		return err
	}
	code, _, _ := strings.Cut(answer.Error(), " ")
	return &redis.ServerError{Op: "ping", Code: code, Err: answer}
}

// denied tells whether the server knows us and refuses what was asked.
func denied(err error) bool { return err != nil && strings.Contains(err.Error(), "NOPERM") }

// called is how a server is called. The client of Sentinels does not tell its address.
func called(node *goredis.Client) string {
	if addr := node.Options().Addr; addr != "FailoverClient" {
		return addr
	}
	return "the primary that the Sentinels name"
}

func (e *examination) election(ctx context.Context) error {
	if e.Timings.Election == "" || e.store == nil {
		return nil
	}
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	lease, err := e.store.Get(ctx, e.Timings.Election)
	for _, check := range judgeElection(e.Timings.Election, lease, err) {
		e.tell(check)
	}
	return nil
}

// clear deletes the key, also when ctx has ended. Where it cannot, the key ends by itself.
func (e *examination) clear(ctx context.Context) {
	if !e.written {
		return
	}
	const soon = time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), soon)
	defer cancel()
	_ = e.Client.Del(ctx, e.key).Err()
}

// lifetime is that of the key, which a call may be late to delete.
func (e *examination) lifetime() time.Duration { return e.Call + time.Second }

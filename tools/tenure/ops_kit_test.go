package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
	"github.com/tenure-go/tenure/tools/tenure/internal/redisurl"
)

// session is what is typed on one server, as a text for a golden file.
type session struct {
	t      *testing.T
	server *redistest.Server
	told   strings.Builder
}

func newSession(t *testing.T, opts ...redistest.Option) *session {
	t.Helper()
	return &session{t: t, server: redistest.Start(t, opts...)}
}

// run runs the command, with ADDR for the server's address, and returns the exit code and what it printed.
func (s *session) run(ctx context.Context, line string) (code int, stdout string) {
	s.t.Helper()
	args := strings.Fields(strings.ReplaceAll(line, "ADDR", s.server.Addr()))
	var out, errs bytes.Buffer
	code = program().Run(ctx, args, &out, &errs)
	require.NotContains(s.t, out.String()+errs.String(), "hush", "the password")
	require.LessOrEqual(s.t, strings.Count(errs.String(), "\n"), 1, "one line says what is wrong")
	said := strings.ReplaceAll(errs.String(), s.server.Addr(), "ADDR")
	fmt.Fprintf(&s.told, "$ tenure %s\n%s", figures(line), figures(strings.ReplaceAll(out.String(), s.server.Addr(), "ADDR")))
	if said != "" {
		fmt.Fprintf(&s.told, "stderr: %s", figures(said))
	}
	fmt.Fprintf(&s.told, "exit %d\n\n", code)
	return code, out.String()
}

// expect runs the command and holds the exit code to what it should be.
func (s *session) expect(code int, line string) string {
	s.t.Helper()
	got, stdout := s.run(s.t.Context(), line)
	require.Equal(s.t, code, got, s.told.String())
	return stdout
}

func (s *session) golden(name string) {
	s.t.Helper()
	golden(s.t, name, s.told.String())
}

// replaced are figures that differ from run to run.
var replaced = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\b\d{16}\b`), "FENCE"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`), "INSTANT"},
	{regexp.MustCompile(`\b(in|another) [\d.]+m?s`), "$1 SECONDS"},
	{regexp.MustCompile(`"remaining_ms":\d+`), `"remaining_ms":N`},
	{regexp.MustCompile(`Redis \d+\.\d+\.\d+`), "Redis VERSION"},
	{regexp.MustCompile(`"server":"\d+\.\d+\.\d+"`), `"server":"VERSION"`},
	{regexp.MustCompile(`\b(median|p95|p99|max) \d[\d.]*[nµm]?s`), "$1 TIME"},
	{regexp.MustCompile(`(max TIME of) \d+`), "$1 N"},
	{regexp.MustCompile(`is (at|\S+ behind|\S+ ahead of) this machine's, give or take [^\s"]+`), "is NEAR this machine's, give or take TIME"},
	{regexp.MustCompile(`runs at [\d.]+ % of this machine's, give or take [\d.]+ %, over [\d.]+m?s`), "runs at N % of this machine's, give or take N %, over TIME"},
	{regexp.MustCompile(`is (more than )?[\d.e+]+ times the p99 of a call, [^\s":]+`), "is N times the p99 of a call, TIME"},
	{regexp.MustCompile(`((?:1|\d+) clients?|next gain) +(\d+ )? *(\S+s +){4}\d+`), "$1 FIGURES"},
	{regexp.MustCompile(`"(n|per_second|\w+_ms)":[\d.]+`), `"$1":N`},
}

func figures(text string) string {
	for _, r := range replaced {
		text = r.pattern.ReplaceAllString(text, r.with)
	}
	return text
}

// lead makes alice lead an election on the server.
func (s *session) lead(election string, attempt uint64) stores.Lease {
	s.t.Helper()
	return s.leadOn("redis://"+s.server.Addr(), election, attempt)
}

func (s *session) leadOn(url, election string, attempt uint64) stores.Lease {
	s.t.Helper()
	lease, err := s.storeOn(url).Acquire(s.t.Context(), stores.AcquireRequest{
		Election: election, Participant: "alice", Attempt: stores.Attempt{Incarnation: "i", Number: attempt}, Lease: time.Minute,
	})
	require.NoError(s.t, err)
	return lease
}

func (s *session) store() *redis.Store { return s.storeOn("redis://" + s.server.Addr()) }

func (s *session) storeOn(url string) *redis.Store {
	s.t.Helper()
	client, err := redisurl.Client(url, time.Minute)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = client.Close() })
	store, err := redis.New(client, redis.Options{})
	require.NoError(s.t, err)
	return store
}

func (s *session) keys() []string {
	s.t.Helper()
	keys, err := s.server.Client(s.t).Keys(s.t.Context(), "*").Result()
	require.NoError(s.t, err)
	return keys
}

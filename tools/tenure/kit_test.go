package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// secret is the password of every server here. No output may show it.
const secret = "Open-Sesame"

// field is a server, and the URL by which the program finds it.
type field struct {
	*redistest.Server
	t   *testing.T
	url string
}

func newField(t *testing.T, options ...redistest.Option) *field {
	t.Helper()
	t.Setenv(urlVariable, "")
	server := redistest.Start(t, append(options, redistest.Config("requirepass", secret))...)
	return &field{Server: server, t: t, url: "redis://:" + secret + "@" + server.Addr()}
}

func (f *field) store() *redis.Store {
	f.t.Helper()
	store, err := redis.New(f.Client(f.t), redis.Options{})
	require.NoError(f.t, err)
	return store
}

// lead lets a participant lead an election.
func (f *field) lead(election, participant string, lease time.Duration, metadata map[string]string) stores.Lease {
	f.t.Helper()
	won, err := f.store().Acquire(f.t.Context(), stores.AcquireRequest{
		Election: election, Participant: participant, Attempt: stores.Attempt{Incarnation: participant + "-run-1", Number: 1},
		Lease: lease, Metadata: metadata,
	})
	require.NoError(f.t, err)
	return won
}

func (f *field) release(lease stores.Lease) {
	f.t.Helper()
	freed, err := f.store().Release(f.t.Context(), lease.Election, lease.Tenure)
	require.NoError(f.t, err)
	require.True(f.t, freed)
}

// operate runs the program. It fails the test if the password is printed, or anything else than one line on stderr.
func operate(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = program().Main(args, &out, &errs)
	require.NotContains(t, out.String()+errs.String(), secret)
	require.LessOrEqual(t, strings.Count(errs.String(), "\n"), 1, errs.String())
	return code, out.String(), errs.String()
}

var changing = []struct{ pattern, name string }{
	{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`, "INSTANT"},
	{`\b\d{16}\b`, "FENCE"},
	{`\b\d+\.\ds\b`, "TIME"},
	{`"remaining_ms":[1-9]\d*`, `"remaining_ms":N`},
	{`127\.0\.0\.1:\d+`, "ADDRESS"},
}

// steady takes out of a text what differs from run to run.
func steady(text string) string {
	for _, c := range changing {
		text = regexp.MustCompile(c.pattern).ReplaceAllString(text, c.name)
	}
	return text
}

// transcript is what some calls print, for a golden file.
type transcript struct {
	t    *testing.T
	text strings.Builder
}

// play runs the program with words that are split at spaces; ~ stands for a space in one.
func (s *transcript) play(want int, f *field, command string) {
	s.t.Helper()
	args := strings.Fields(command)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "~", " ")
		if f != nil {
			args[i] = strings.ReplaceAll(args[i], "URL", f.url)
		}
	}
	code, stdout, stderr := operate(s.t, args...)
	require.Equal(s.t, want, code, command+"\n"+stdout+stderr)
	fmt.Fprintf(&s.text, "$ tenure %s\n%s%s-- exit code %d\n\n", command, steady(stdout), steady(stderr), code)
}

// output is a writer that a test looks into while it is written.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until the output has a text, some times.
func (o *output) await(t *testing.T, text string, times int) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Count(o.String(), text) >= times }, time.Minute, 5*time.Millisecond,
		"%d times %q", times, text)
}

// going is a run of the program that goes on until it is interrupted.
type going struct {
	out, errs output
	interrupt context.CancelFunc
	ended     chan int
}

func begin(t *testing.T, args ...string) *going {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &going{interrupt: cancel, ended: make(chan int, 1)}
	go func() { s.ended <- program().Run(ctx, args, &s.out, &s.errs) }()
	t.Cleanup(cancel)
	return s
}

func (s *going) end(t *testing.T, want int) {
	t.Helper()
	s.interrupt()
	select {
	case code := <-s.ended:
		require.Equal(t, want, code, s.errs.String())
	case <-time.After(time.Minute):
		require.Fail(t, "it does not end")
	}
	require.NotContains(t, s.out.String()+s.errs.String(), secret)
}

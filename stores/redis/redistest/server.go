package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Server is one redis-server.
type Server struct {
	t    testing.TB
	proc *process
	port int
	set  settings
}

type login struct{ user, password string }

// Option changes how a server is started.
type Option func(*settings)

type settings struct {
	lines   []string
	login   login
	durable bool

	replicas  int
	downAfter time.Duration
}

// Config adds a line to the server's configuration, as it would stand in redis.conf:
//
//	Config("appendonly", "yes")
//	Config("user", "app on >secret ~lease:* +@all")
//
// A requirepass also is the password of the test's own clients. Address, port and directories cannot be changed.
func Config(name, value string) Option {
	return func(s *settings) {
		s.lines = append(s.lines, name+" "+value)
		switch strings.ToLower(name) {
		case "requirepass":
			s.login = login{password: value}
		case "save", "appendonly":
			s.durable = true
		default:
		}
	}
}

// Login sets the user and the password of the test's own clients, for a server whose default user may do nothing. It does
// not make that user.
func Login(user, password string) Option {
	return func(s *settings) { s.login = login{user: user, password: password} }
}

// Start starts a redis-server without persistence on a free port of 127.0.0.1 and waits until it answers. It is stopped
// when the test ends, and its log is shown if the test failed.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	return start(t, settingsOf(opts), nil)
}

func settingsOf(opts []Option) settings {
	var set settings
	for _, opt := range opts {
		opt(&set)
	}
	return set
}

// start tries a few ports, since where ports cannot be reserved a free one may be taken by the time that the server binds
// it. What depends on the port is added by lines, which may be nil.
func start(t testing.TB, set settings, lines func(port int) []string, args ...string) *Server {
	t.Helper()
	for range 10 {
		port, err := freePort(t)
		if err != nil {
			t.Fatal(err)
		}
		conf := append([]string{}, set.lines...)
		if len(args) == 0 {
			// A sync begins at once, not when more replicas may have come.
			conf = append([]string{`save ""`, "appendonly no", "repl-diskless-sync-delay 0"}, conf...)
		}
		if lines != nil {
			conf = append(conf, lines(port)...)
		}
		// The last word on an address is ours: nothing here is to be reached from outside.
		conf = append(conf, "bind "+loopback, fmt.Sprint("port ", port), "daemonize no", `logfile ""`)
		s := &Server{t: t, proc: newProcess(t, conf, args...), port: port, set: set}
		err = s.run()
		if errors.Is(err, errPortTaken) {
			continue
		}
		t.Cleanup(s.end)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Fatal("redistest: every port that was free had been taken when the server bound it")
	return nil
}

var (
	errPortTaken = errors.New("redistest: the port is taken")
	errEnded     = errors.New("redistest: redis-server ended at once")
	errNotReady  = errors.New("redistest: redis-server does not answer")
)

// run starts the process and waits until it answers. The log may hold the words of an earlier run, but these ended in
// another way.
func (s *Server) run() error {
	if err := s.proc.start(); err != nil {
		return err
	}
	var err error
	answered := eventually(func() bool { err = s.probe(); return err == nil || !s.proc.running() })
	switch {
	case !s.proc.running() && strings.Contains(s.proc.logged(), "Address already in use"):
		return errPortTaken
	case !s.proc.running():
		return errEnded
	case !answered:
		return fmt.Errorf("%w: %w", errNotReady, err)
	default:
		return nil
	}
}

// probe is nil once the server serves commands. Unless it may not ask, it makes sure that no other server got the port: ours
// is then about to end.
func (s *Server) probe() error {
	if _, err := s.do("PING"); err != nil {
		return unlessRefused(err)
	}
	info, err := s.info("server")
	if err != nil {
		return unlessRefused(err)
	}
	if pid := info["process_id"]; pid != strconv.Itoa(s.proc.pid()) {
		return fmt.Errorf("%w: its process is %s", errPortTaken, pid)
	}
	return nil
}

// unlessRefused is nil for the errors of a server that works and wants to know who asks.
func unlessRefused(err error) error {
	for _, refusal := range []string{"NOAUTH", "WRONGPASS", "NOPERM"} {
		if strings.Contains(err.Error(), refusal) {
			return nil
		}
	}
	return err
}

// end is the clean-up. A shutdown takes a tenth of a second, which is only spent where it ends a child that may be
// writing to the directory.
func (s *Server) end() {
	const bound = 2 * time.Second
	if s.set.durable {
		s.proc.stop(bound)
	} else {
		s.proc.kill()
	}
	if s.t.Failed() {
		s.t.Logf("redistest: the log of the server on %s:\n%s", s.Addr(), s.proc.logged())
	}
}

// Addr is the server's address, host and port. It stays the same for as long as the test runs.
func (s *Server) Addr() string { return address(s.port) }

// Client returns a client of this server, for the test's own looks and changes: it goes to the server itself, tries each
// command once, and keeps to the contexts' deadlines. It is closed when the test ends.
func (s *Server) Client(t testing.TB) *redis.Client {
	client := redis.NewClient(s.options())
	t.Cleanup(func() {
		if err := client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
			t.Errorf("redistest: %v", err)
		}
	})
	return client
}

func (s *Server) options() *redis.Options {
	return &redis.Options{
		Addr: s.Addr(), Username: s.set.login.user, Password: s.set.login.password,
		Protocol: 2, MaxRetries: -1, DialerRetries: 1, ContextTimeoutEnabled: true, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// with runs something on a connection of its own, so that nothing is left of what fails. It dials by itself since go-redis
// logs what it cannot dial, which is usual here.
func (s *Server) with(run func(ctx context.Context, client *redis.Client) error) error {
	const bound = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp4", s.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	opts := s.options()
	opts.Dialer = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	client := redis.NewClient(opts)
	defer client.Close()
	return run(ctx, client)
}

func (s *Server) do(args ...any) (reply any, err error) {
	err = s.with(func(ctx context.Context, client *redis.Client) error {
		reply, err = client.Do(ctx, args...).Result()
		return err
	})
	return reply, err
}

// text runs a command whose reply is a string.
func (s *Server) text(args ...any) (string, error) {
	reply, err := s.do(args...)
	if err != nil {
		return "", fmt.Errorf("%s: %v: %w", s.Addr(), args[0], err)
	}
	return fmt.Sprint(reply), nil
}

// Info returns the fields of the given section of INFO, or of its default sections for "".
func (s *Server) Info(t testing.TB, section string) map[string]string {
	t.Helper()
	info, err := s.info(section)
	if err != nil {
		t.Fatal("redistest:", err)
	}
	return info
}

func (s *Server) info(section string) (map[string]string, error) {
	args := []any{"INFO", section}
	if section == "" {
		args = args[:1]
	}
	text, err := s.text(args...)
	if err != nil {
		return nil, err
	}
	return fieldsOf(text), nil
}

// fieldsOf takes lines of names and values apart.
func fieldsOf(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// Running tells whether the process is there; one that is paused is.
func (s *Server) Running() bool { return s.proc.running() }

// Kill ends the server with SIGKILL, as a crash does, and waits until the process is gone.
func (s *Server) Kill() { s.proc.kill() }

// Stop shuts the server down as SHUTDOWN does: it saves if it is configured to, and waits for replicas that lag. It
// returns when the process is gone, and fails the test if it had to be killed.
func (s *Server) Stop() {
	s.t.Helper()
	if !s.proc.stop(patience) {
		s.t.Errorf("redistest: the server on %s did not shut down within %v", s.Addr(), patience)
	}
}

// Restart starts the server again on the same port and waits until it answers. One that runs is stopped first. With
// keepData it finds what it had written before: nothing without persistence. Otherwise its data is wiped, and with it
// a cluster node's knowledge of its cluster.
func (s *Server) Restart(keepData bool) {
	s.t.Helper()
	if keepData {
		s.Stop()
	} else {
		s.Kill()
		if err := errors.Join(os.RemoveAll(s.proc.data()), os.Mkdir(s.proc.data(), 0o700)); err != nil {
			s.t.Fatal("redistest:", err)
		}
	}
	if err := s.run(); err != nil {
		s.t.Fatal(err)
	}
}

// Pause stops the process with SIGSTOP, as a suspended machine does: the kernel still accepts connections and takes
// bytes. It returns when the process stands still (on Linux; elsewhere a moment before).
func (s *Server) Pause() {
	s.t.Helper()
	s.proc.signal(signalPause)
	if !eventually(func() bool { return paused(s.proc.pid()) }) {
		s.t.Fatalf("redistest: the server on %s does not pause", s.Addr())
	}
}

// Resume lets a paused process go on, with SIGCONT. It returns at once: nothing is awaited.
func (s *Server) Resume() { s.proc.signal(signalResume) }

//go:build unix

package postgrestest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// patience is how long the server may take to start.
const patience = time.Minute

// Start starts a server and returns a database of it, which is closed with the test. Without initdb the test is skipped;
// with TENURE_NO_SKIP=1 it fails.
func Start(t testing.TB) *sql.DB {
	t.Helper()
	bin := find(t)
	home := newHome(t)
	if err := home.run(t.Context(), filepath.Join(bin, "initdb"), "-D", home.data(), "-U", "tenure", "-A", "trust",
		"-E", "UTF8", "--locale=C.UTF-8", "--no-sync"); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	serve(t, home.command(context.Background(), filepath.Join(bin, "postgres"), "-D", home.data(),
		"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "", "-F"))
	db, err := sql.Open("pgx", fmt.Sprintf("host=127.0.0.1 port=%d user=tenure dbname=postgres sslmode=disable", port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	await(t, db)
	return db
}

// find returns the directory of the server's programs.
func find(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("initdb"); err == nil {
		// The server is beside the program itself, not beside a link to it.
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	// Debian keeps it away from the PATH, in a directory for each version.
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if os.Getenv("TENURE_NO_SKIP") == "1" {
		t.Fatal("PostgreSQL's initdb was not found")
	}
	t.Skip("PostgreSQL's initdb was not found")
	return ""
}

// home is the directory of a server, and who owns it.
type home struct {
	dir   string
	owner *syscall.Credential // nil for the user of this process
}

// newHome makes a home. PostgreSQL does not run as root, so root gives its home to another user.
func newHome(t testing.TB) home {
	t.Helper()
	// The directories of testing.T are closed to other users.
	dir, err := os.MkdirTemp("", "tenure-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	h := home{dir: dir}
	if os.Getuid() != 0 {
		return h
	}
	uid, gid, err := unprivileged()
	if err == nil {
		h.owner = &syscall.Credential{Uid: uid, Gid: gid}
		err = os.Chown(dir, int(uid), int(gid))
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h home) data() string { return filepath.Join(h.dir, "data") }

func (h home) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "HOME="+h.dir, "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.owner}
	return cmd
}

func (h home) run(ctx context.Context, path string, args ...string) error {
	if out, err := h.command(ctx, path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", path, err, out)
	}
	return nil
}

// unprivileged returns a user other than root: the one that the package of PostgreSQL makes, or nobody.
func unprivileged() (uid, gid uint32, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return 0, 0, err
		}
		return uint32(uid), uint32(gid), nil
	}
	return 0, 0, errors.New("there is no user to run PostgreSQL as, neither postgres nor nobody")
}

// freePort finds a port that is free, below those that systems give to outgoing connections, so that none of these takes it
// before the server does.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 23000 + rand.IntN(9000)
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
	t.Fatal("no free port was found")
	return 0
}

// serve runs the server until the end of the test, and shows what it said if that failed.
func serve(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGQUIT) // an immediate shutdown
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("PostgreSQL said:\n%s", said.String())
		}
	})
}

// await waits until the server answers.
func await(t testing.TB, db *sql.DB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatal("PostgreSQL does not answer:", err)
		}
	}
}

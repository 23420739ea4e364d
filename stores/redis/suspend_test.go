//go:build unix

package redis_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// suspendedAddr makes a process of this test that leads on the server with this address, until it is killed.
const suspendedAddr = "TENURE_TEST_SUSPENDED_ADDR"

// TestHelperThatLeads is not a test by itself: it is the process that TestALeaderWhoseProcessIsSuspended suspends. It says
// when it believes that it leads, and what it sees at the first look after each gap.
func TestHelperThatLeads(t *testing.T) {
	addr := os.Getenv(suspendedAddr)
	if addr == "" {
		return
	}
	cfg := config()
	cfg.Participant = "suspended"
	e, err := elector.New(storeOn(t, clientOf(t, addr), redis.Options{}), cfg)
	require.NoError(t, err)
	term, err := e.Campaign(context.Background())
	require.NoError(t, err)
	for last := time.Now(); ; {
		before := time.Now()
		err := term.Err()
		after := time.Now()
		if before.Sub(last) > cfg.Lease {
			fmt.Printf("woke %d %t\n", before.UnixNano(), err == nil)
		}
		if err != nil {
			fmt.Printf("over %d\n", before.UnixNano())
			select {} // until it is killed
		}
		// Where the process stood still between the clock and the look, it is not known when it believed.
		if after.Sub(before) < time.Millisecond {
			fmt.Printf("leads %d\n", before.UnixNano())
		}
		last = after
		time.Sleep(time.Millisecond)
	}
}

func TestALeaderWhoseProcessIsSuspended(t *testing.T) {
	scenario(t)
	server := redistest.Start(t)
	leader := exec.Command(os.Args[0], "-test.run=^TestHelperThatLeads$")
	leader.Env = append(os.Environ(), suspendedAddr+"="+server.Addr())
	output, err := leader.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, leader.Start())
	t.Cleanup(func() {
		_ = leader.Process.Kill()
		_ = leader.Wait()
	})
	said := make(chan [2]any, 1<<16)
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(output); lines.Scan(); {
			var what, leads string
			var at int64
			if _, err := fmt.Sscanf(lines.Text(), "%s %d %s", &what, &at, &leads); at > 0 && (err == nil || leads == "") {
				said <- [2]any{what + leads, time.Unix(0, at)}
			}
		}
	}()
	require.Equal(t, "leads", (<-said)[0])

	c := newCrew(t, storeOn(t, clientOf(t, server.Addr()), redis.Options{}))
	eventually(t, "the follower knows the leader", func() bool { _, known := c.electors[0].Leader(); return known })
	require.NoError(t, leader.Process.Signal(syscall.SIGSTOP))
	_, _, after := c.leads(0)
	taken := time.Now()
	t.Logf("the follower leads %v after the leader was suspended, computed worst case %v", after.Round(time.Millisecond), c.cfg.Failover().Crash)
	time.Sleep(c.cfg.Lease) // so that it is for a second and more
	require.NoError(t, leader.Process.Signal(syscall.SIGCONT))

	believed := 0
	for line := range said {
		switch line[0] {
		case "leads":
			believed++
			require.True(t, line[1].(time.Time).Before(taken), "it believed that it led after the follower did")
			continue
		case "wokefalse":
			t.Logf("suspended past its deadline, it sees at its first look that it leads no longer; before it said %d times that it led", believed)
			continue
		case "over":
		default:
			require.Fail(t, "unexpected", "%v", line)
		}
		break
	}
	require.True(t, c.electors[0].IsLeader())
	c.neverTwo()
}

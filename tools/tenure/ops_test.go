package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis/redistest"
)

// unhurried are timings and limits that a busy machine keeps.
const unhurried = " -redis redis://ADDR -timeout 20s"

func TestOperatorsVerbsCalledWrongly(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, line := range []string{
		"release -election a -redis redis://ADDR", "release -fence 1 -redis redis://ADDR", "release -election a -fence 0",
		"release -election a -fence x", "release -election a -fence 1 now", "release -election a -fence 1 -forc",
		"release -election a -fence 1 -redis redis://app:hush@ADDR/x", "release -election a -fence 1 -prefix a{b}",
		"release -election a -fence 1 -timeout 0s", "release -election a -fence 1 -- ls",
		"doctor -leas 1s", "doctor -lease 0s", "doctor -grace -1s", "doctor -samples 0", "doctor -replicas 101", "doctor -settle 1us",
		"doctor all", "doctor -redis http://ADDR", "doctor -renewal soon", "doctor -retry 0s", "doctor -drain 0s", "doctor -timeout 0s",
		"bench -clients 0", "bench -duration 0s", "bench -handovers -1", "bench -durat 1s", "bench now", "bench -prefix a}b",
	} {
		require.Empty(t, s.expect(exitUsage, line))
	}
	s.golden("ops-wrong")
}

func TestOperatorsVerbsTellAboutThemselves(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, verb := range []string{"release", "doctor", "bench"} {
		s.expect(exitOK, verb+" -h")
	}
	s.golden("ops-help")
}

// everyVerb calls each of the three.
func (s *session) everyVerb(code int, flags string) {
	s.t.Helper()
	for _, line := range []string{"release -election a -fence 1", "doctor", "bench"} {
		s.expect(code, line+" "+flags)
	}
}

func TestOperatorsVerbsWithoutAServer(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.server.Kill()
	s.everyVerb(exitStore, "-redis redis://ADDR")
	s.golden("ops-no-server")
}

func TestOperatorsVerbsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.server.Pause()
	for _, line := range []string{"release -election a -fence 1 -timeout 100ms", "bench -timeout 100ms"} {
		s.expect(exitStore, line+" -redis redis://ADDR")
	}
	s.server.Resume()
	s.golden("ops-no-answer")
}

func TestOperatorsVerbsWithAWrongPassword(t *testing.T) {
	t.Parallel()
	s := newSession(t, redistest.Config("requirepass", "right"))
	s.everyVerb(exitStore, "-redis redis://ADDR")
	s.everyVerb(exitStore, "-redis redis://app:hush@ADDR")
	s.golden("ops-password")
}

func TestOperatorsVerbsWithoutAPermission(t *testing.T) {
	t.Parallel()
	s := newSession(t, redistest.Config("user", "app on >hush ~* &* +@all -get -set"))
	const as = " -redis redis://app:hush@ADDR -timeout 20s"
	s.expect(exitStore, "release -election a -fence 1"+as)
	s.expect(exitStore, "bench"+as)
	s.expect(exitFaults, "doctor -lease 2m -samples 5"+as)
	s.golden("ops-permission")
	require.Empty(t, s.keys())
}

func TestDoctorOnServersWithFaults(t *testing.T) {
	for name, opts := range map[string][]redistest.Option{
		"eviction": {redistest.Config("maxmemory", "100mb"), redistest.Config("maxmemory-policy", "allkeys-lru")},
		"writes":   {redistest.Config("min-replicas-to-write", "1"), redistest.Config("appendonly", "yes")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, opts...)
			s.expect(exitFaults, "doctor -lease 2m -samples 5"+unhurried)
			s.golden("doctor-" + name)
		})
	}
}

func TestOperatorsVerbsOnAReplica(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	s := newSession(t, redistest.Config("replicaof", strings.Replace(primary.Addr(), ":", " ", 1)))
	s.expect(exitFaults, "doctor -lease 2m -samples 5"+unhurried)
	s.expect(exitStore, "bench"+unhurried)
	s.golden("ops-replica")
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	s := newSession(t, redistest.Config("appendonly", "yes"), redistest.Config("appendfsync", "always"))
	lease := s.lead("reports", 1)
	before := s.keys()
	s.expect(exitOK, "doctor -lease 2m -samples 5"+unhurried)
	s.expect(exitOK, "doctor -lease 2m -election reports -json -samples 5 -settle 2m"+unhurried)
	s.expect(exitFaults, "doctor -lease 10s -renewal 5s -retry 1s -grace 4s -drain 30s -prefix mine -settle 1s -replicas 1 -samples 1 -redis redis://ADDR -timeout 2s")
	s.golden("doctor")
	require.ElementsMatch(t, before, s.keys())
	again, err := s.store().Get(t.Context(), "reports")
	require.NoError(t, err)
	again.TimeLeft = lease.TimeLeft
	require.Equal(t, lease, again)
}

func TestDoctorNamesTheTimeoutThatWouldDo(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	proxy := redistest.StartProxy(t, s.server.Addr())
	proxy.On(redistest.Command("set"), redistest.Delay(50*time.Millisecond))
	line := fmt.Sprintf("doctor -samples 3 -redis redis://%s -timeout 60ms -json", proxy.Addr())
	var change string
	for line := range strings.Lines(s.expect(exitFaults, line)) {
		var check struct{ Verdict, What, Change string }
		require.NoError(t, json.Unmarshal([]byte(line), &check))
		if check.Verdict == "fault" {
			require.Contains(t, check.What, "timeout 60ms is")
			change = check.Change
		}
	}
	named, err := time.ParseDuration(strings.Fields(change)[1])
	require.NoError(t, err, change)
	const spare = 10 // for a machine that is busier now
	s.expect(exitOK, fmt.Sprintf("doctor -samples 3 -redis redis://%s -timeout %v -lease 1h", proxy.Addr(), spare*named))
}

func TestRelease(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	lease := s.lead("reports", 1)
	s.expect(exitRefused, "release -election reports -fence 17"+unhurried)
	s.expect(exitRefused, "release -election reports -fence 17 -force"+unhurried)
	s.expect(exitRefused, "release -election invoices -fence 17 -json"+unhurried)
	require.NoError(t, s.renew(lease), "nothing was done to what is held")

	this := fmt.Sprintf("release -election reports -fence %d", lease.Fence)
	s.expect(exitOK, this+unhurried)
	require.ErrorIs(t, s.renew(lease), stores.ErrLost)
	s.expect(exitOK, this+" -json"+unhurried)
	held, err := s.store().Get(t.Context(), "reports")
	require.NoError(t, err)
	require.Equal(t, lease.Fence, held.Fence, "it is held until it lapses")

	s.expect(exitRefused, "release -election reports -fence 17"+unhurried)
	s.expect(exitOK, this+" -force"+unhurried)
	s.expect(exitRefused, this+" -force"+unhurried)
	lease = s.lead("reports", 2)
	out := s.expect(exitOK, fmt.Sprintf("release -election reports -fence %d -force -json", lease.Fence)+unhurried)
	s.golden("release")

	var ended struct {
		TwoMayLead  bool      `json:"two_may_lead"`
		Until       time.Time `json:"until"`
		RemainingMS int64     `json:"remaining_ms"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &ended))
	require.True(t, ended.TwoMayLead)
	require.InDelta(t, time.Minute.Milliseconds(), ended.RemainingMS, 30_000)
	require.WithinDuration(t, time.Now().Add(time.Minute), ended.Until, 30*time.Second)
}

func (s *session) renew(lease stores.Lease) error {
	_, err := s.store().Renew(s.t.Context(), stores.RenewRequest{Election: lease.Election, Tenure: lease.Tenure, Lease: time.Minute})
	return err
}

func TestBench(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.expect(exitOK, "bench -duration 50ms -clients 3 -handovers 3"+unhurried)
	s.expect(exitOK, "bench -duration 50ms -clients 1 -handovers 0"+unhurried)
	s.expect(exitOK, "bench -duration 50ms -clients 2 -handovers 2 -json -prefix mine"+unhurried)
	s.golden("bench")
	require.Empty(t, s.keys())
}

func TestOperatorsVerbsInterrupted(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	for _, line := range []string{"release -election a -fence 1", "doctor", "bench"} {
		proxy := redistest.StartProxy(t, s.server.Addr())
		held := proxy.On(redistest.Command("ping", "eval", "evalsha").Times(1), redistest.Hold())
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			held.Await(1)
			cancel()
			held.Release()
		}()
		code, _ := s.run(ctx, line+" -timeout 20s -redis redis://"+proxy.Addr())
		cancel()
		if !strings.HasPrefix(line, "release") || code != exitRefused { // One call may be answered in time.
			require.Equal(t, exitFailed, code, s.told.String())
			require.Contains(t, s.told.String(), strings.Fields(line)[0]+": interrupted\n")
		}
	}
	require.Empty(t, s.keys())
}

func TestOperatorsVerbsThatCannotPrint(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	fence := s.lead("reports", 1).Fence
	for _, line := range []string{
		fmt.Sprintf("release -election reports -fence %d", fence), "doctor -samples 1 -lease 2m",
		"doctor -json -samples 1 -lease 2m", "bench -duration 20ms -handovers 0", "bench -duration 20ms -handovers 1 -json",
	} {
		var errs bytes.Buffer
		args := strings.Fields(line + " -timeout 20s -redis redis://" + s.server.Addr())
		require.Equal(t, exitFailed, program().Run(t.Context(), args, full{}, &errs))
		require.Equal(t, "tenure "+args[0]+": cannot print: short write\n", errs.String())
	}
}

func TestOperatorsVerbsOnACluster(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	s := &session{t: t, server: cluster.Nodes()[0]}
	const on = " -redis redis://ADDR?cluster=true -timeout 20s"
	lease := s.leadOn("redis://"+s.server.Addr()+"?cluster=true", "reports", 1)
	out := s.expect(exitOK, "doctor -lease 2m -samples 5 -election reports"+on)
	for _, node := range cluster.Nodes() {
		require.Contains(t, out, "ok      permissions  ["+node.Addr()+"] user default may do all that the store needs")
	}
	require.Contains(t, out, `"reports" is led by "alice"`)
	s.expect(exitOK, fmt.Sprintf("release -election reports -fence %d -force", lease.Fence)+on)
	s.expect(exitOK, "bench -duration 50ms -clients 2 -handovers 2"+on)
	for _, node := range cluster.Nodes() {
		keys, err := node.Client(t).Keys(t.Context(), "*").Result()
		require.NoError(t, err)
		require.Subset(t, []string{"tenure:{reports}:fence"}, keys)
	}
}

func TestOperatorsVerbsOverSentinels(t *testing.T) {
	t.Parallel()
	sentinel := redistest.StartSentinel(t)
	s := &session{t: t, server: sentinel.Sentinels()[0]}
	on := " -redis redis://ADDR?master_name=" + sentinel.MasterName() + " -timeout 20s"
	out := s.expect(exitOK, "doctor -lease 2m -samples 5"+on)
	require.Contains(t, out, "the primary that the Sentinels name answers: Redis")
	s.expect(exitOK, "bench -duration 50ms -clients 2 -handovers 2"+on)
	s.expect(exitRefused, "release -election reports -fence 17"+on)
	keys, err := sentinel.Primary().Client(t).Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Empty(t, keys)
}

func TestOperatorsVerbsKeepToTheirPrefix(t *testing.T) {
	t.Parallel()
	s := newSession(t, redistest.Config("user", "app on >hush ~mine:* &mine@* +@all"))
	const as = " -redis redis://app:hush@ADDR -timeout 20s"
	for _, line := range []string{"doctor -lease 2m -samples 5", "bench -duration 20ms -handovers 1"} {
		s.expect(exitOK, line+" -prefix mine"+as)
	}
	s.expect(exitFaults, "doctor -lease 2m -samples 5"+as)
	s.expect(exitStore, "bench -duration 20ms -handovers 1"+as)
	require.Empty(t, s.keys())
}

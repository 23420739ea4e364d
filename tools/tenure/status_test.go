package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores/redis/redistest"
)

func TestStatus(t *testing.T) {
	f := newField(t)
	f.lead("jobs", "p1", time.Hour, map[string]string{"zone": "a b", "address": "host:80", "odd": `say "x"`})
	won := f.lead("revoked", "p 2", time.Hour, nil)
	was, err := f.store().Revoke(t.Context(), "revoked", won.Fence)
	require.NoError(t, err)
	require.True(t, was)

	s := transcript{t: t}
	s.play(exitOK, f, "status -redis URL -election jobs")
	s.play(exitOK, f, "status -redis URL -election jobs -json")
	s.play(exitOK, f, "status -redis=URL --election revoked -prefix tenure -timeout 9s")
	s.play(exitOK, f, "status -redis URL -election revoked -json")
	s.play(exitVacant, f, "status -redis URL -election other")
	s.play(exitVacant, f, "status -redis URL -election other -json")
	s.play(exitVacant, f, "status -redis URL -election jobs -prefix elsewhere")
	t.Setenv(urlVariable, f.url)
	t.Setenv("TENURE_ELECTION", "jobs")
	s.play(exitOK, nil, "status")
	golden(t, "status", s.text.String())
}

func TestStatusOfAStoreThatCannotBeUsed(t *testing.T) {
	f := newField(t,
		redistest.Config("user", "nobody on >"+secret+" -@all +hello +auth"),
		redistest.Config("user", "elsewhere on >"+secret+" ~other:* +@all"),
	)
	mute, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // it takes no time
	require.NoError(t, err)
	defer func() { require.NoError(t, mute.Close()) }()
	at := func(user string) *field {
		return &field{url: "redis://" + user + ":" + secret + "@" + f.Addr()}
	}

	s := transcript{t: t}
	s.play(exitStore, nil, "status -election jobs -redis redis://127.0.0.1:1")
	s.play(exitStore, &field{url: "redis://" + mute.Addr().String()}, "status -election jobs -timeout 50ms -redis URL")
	s.play(exitStore, &field{url: "redis://" + f.Addr()}, "status -election jobs -redis URL")
	s.play(exitStore, &field{url: "redis://:not" + secret + "@" + f.Addr()}, "status -election jobs -redis URL")
	s.play(exitStore, at("unknown"), "status -election jobs -redis URL")
	s.play(exitStore, at("nobody"), "status -election jobs -redis URL")
	s.play(exitStore, at("elsewhere"), "status -election jobs -redis URL")
	s.play(exitStore, at("nobody"), "list -redis URL")
	s.play(exitStore, at("nobody"), "watch -redis URL")
	s.play(exitStore, nil, "list -redis redis://127.0.0.1:1")
	s.play(exitStore, nil, "watch -election jobs -redis redis://127.0.0.1:1")
	golden(t, "unusable", s.text.String())
}

func TestVerbsOfAStoreThatAreCalledWrongly(t *testing.T) {
	s := transcript{t: t}
	for _, command := range []string{
		"status", "status -election jobs now", "status -elecion jobs", "status -election jobs -timeout soon",
		"status -election jobs -timeout 0s", "status -election jobs -timeout -1s", "status -election jobs -prefix {x}",
		"status -election a\x01b", "status -election " + strings.Repeat("x", 201), "status -election jobs -- x",
		"status -election jobs -redis localhost:6379", "status -election jobs -redis redis://:" + secret + "@host/x",
		"status -election jobs -redis redis://:" + secret + "/x@host", "status -election jobs redis://:" + secret + "@host",
		"status -election jobs -redis redis://:" + secret + "@host?read_timeout=-1s",
		"list -begin x", "list -timeout 0", "list x", "watch -refresh 0s", "watch -elections x", "watch -refresh 1", "watch x",
	} {
		code, stdout, stderr := operate(t, strings.Fields(command)...)
		require.Equal(t, exitUsage, code, command)
		require.Empty(t, stdout, command)
		s.text.WriteString("$ tenure " + strings.ReplaceAll(command, secret, "PASSWORD") + "\n" + stderr + "\n")
	}
	for _, verb := range []string{"status", "list", "watch"} {
		code, stdout, _ := operate(t, "help", verb)
		require.Equal(t, exitOK, code)
		s.text.WriteString("$ tenure help " + verb + "\n" + stdout + "\n")
	}
	golden(t, "store-verbs", s.text.String())
}

func TestABadVariableIsNamed(t *testing.T) {
	t.Setenv("TENURE_TIMEOUT", "soon")
	_, _, stderr := operate(t, "status", "-election", "x")
	require.Equal(t, "tenure status: invalid value \"soon\" in TENURE_TIMEOUT: want a time above 0, such as 1s or 300ms."+
		" See: tenure help status\n", stderr)
}

func TestList(t *testing.T) {
	f := newField(t, redistest.Config("user", "noscan on >"+secret+" ~* &* +@all -scan"))
	s := transcript{t: t}
	s.play(exitOK, f, "list -redis URL")
	s.play(exitOK, f, "list -redis URL -json")
	for _, election := range []string{"reports/daily", "reports/nightly", "mail"} {
		f.lead(election, "a-participant", time.Hour, map[string]string{"zone": "b"})
	}
	s.play(exitOK, f, "list -redis URL")
	s.play(exitOK, f, "list -redis URL -begins reports/ -timeout 10s")
	s.play(exitOK, f, "list -redis URL -begins reports/* -prefix tenure")
	s.play(exitOK, f, "list -redis URL -json")
	s.play(exitStore, &field{url: "redis://noscan:" + secret + "@" + f.Addr()}, "list -redis URL")
	require.NoError(t, f.Client(t).Set(t.Context(), "tenure:{broken}:lease", "x", time.Hour).Err())
	s.play(exitFailed, f, "list -redis URL")
	s.play(exitFailed, f, "status -redis URL -election broken")
	golden(t, "list", s.text.String())
}

func TestVerbsThatCannotPrint(t *testing.T) {
	f := newField(t)
	f.lead("jobs", "p1", time.Hour, nil)
	for verb, args := range map[string]string{"status": "-election jobs", "list": "", "watch": "-election jobs"} {
		var stderr output
		args := append([]string{verb, "-redis", f.url}, strings.Fields(args)...)
		require.Equal(t, exitFailed, program().Main(args, full{}, &stderr))
		require.Equal(t, "tenure "+verb+": cannot print: short write\n", stderr.String())
	}
}

func TestAnInterruptedVerbSaysSo(t *testing.T) {
	f := newField(t)
	f.Pause()
	defer f.Resume()
	s := begin(t, "status", "-redis", f.url, "-election", "jobs", "-timeout", "1m")
	s.end(t, exitFailed)
	require.Equal(t, "tenure status: interrupted\n", s.errs.String())
}

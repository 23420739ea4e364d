package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// Severity says how bad a [Finding] is.
type Severity uint8

const (
	// Advice says that the server promises less than it could.
	Advice Severity = iota + 1
	// Fault says that the store does not work on this server, or that two may lead.
	Fault
)

func (s Severity) String() string {
	switch s {
	case Advice:
		return "advice"
	case Fault:
		return "fault"
	default:
		return "unknown"
	}
}

// Finding is something about a server that is not as it should be.
type Finding struct {
	Severity Severity
	// Server is the address of the server.
	Server string
	// Subject is the setting, as the server calls it, and Value what it is.
	Subject, Value string
	// Meaning says what comes of it, and what to do.
	Meaning string
	_       struct{}
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s is %s: %s", f.Server, f.Severity, f.Subject, f.Value, f.Meaning)
}

// minMajor is the first version of Redis on which this package is tested.
const minMajor = 7

// Check looks at every server that may be asked for a lease, and returns what is not as it should be, faults and advice;
// nothing if all is well. It reads INFO, runs each command that the store needs on a key of its own, which ends by itself,
// and subscribes. An error means that a server could not be looked at.
func (s *Store) Check(ctx context.Context) ([]Finding, error) {
	answer := make(chan []Finding, 1)
	err := within(ctx, func() error {
		findings, err := s.checkAll(ctx)
		answer <- findings
		return err
	})
	select {
	case findings := <-answer:
		return findings, err
	default:
		return nil, err
	}
}

func (s *Store) checkAll(ctx context.Context) (findings []Finding, err error) {
	var mu sync.Mutex
	look := func(ctx context.Context, node *goredis.Client) error {
		found, err := s.checkServer(ctx, node)
		mu.Lock()
		defer mu.Unlock()
		findings = append(findings, found...)
		return err
	}
	if s.cluster != nil {
		err = s.cluster.ForEachMaster(ctx, look)
	} else if node, ok := s.client.(*goredis.Client); ok {
		err = look(ctx, node)
	}
	return findings, err
}

func (s *Store) checkServer(ctx context.Context, node *goredis.Client) ([]Finding, error) {
	text, err := node.Info(ctx).Result()
	if err != nil {
		return nil, failure("check", node.Options().Addr, names{}, err)
	}
	e := examination{server: node.Options().Addr, info: parseInfo(text)}
	e.version()
	e.role(s.cluster != nil)
	e.replicas(s.opts)
	e.memory()
	e.persistence(s.opts)
	err = s.probe(ctx, node, &e)
	return e.findings, err
}

// examination is of one server.
type examination struct {
	server   string
	info     map[string]string
	findings []Finding
}

func (e *examination) find(severity Severity, subject, value, meaning string) {
	e.findings = append(e.findings, Finding{Severity: severity, Server: e.server, Subject: subject, Value: value, Meaning: meaning})
}

func (e *examination) version() {
	version := e.info["redis_version"]
	major, _, _ := strings.Cut(version, ".")
	if number, err := strconv.Atoi(major); err != nil || number < minMajor {
		e.find(Fault, "redis_version", version, fmt.Sprintf("this store is tested on Redis %d and later", minMajor))
	}
}

func (e *examination) role(cluster bool) {
	if role := e.info["role"]; role != "master" {
		e.find(Fault, "role", role, "a replica accepts no writes; connect to the primary, or by Sentinel")
	}
	if clustered := e.info["cluster_enabled"] == "1"; clustered != cluster {
		e.find(Fault, "cluster_enabled", e.info["cluster_enabled"],
			"a Cluster needs a *redis.ClusterClient, and a server by itself a *redis.Client")
	}
}

func (e *examination) replicas(o Options) {
	replicas, _ := strconv.Atoi(e.info["connected_slaves"])
	if replicas < o.Replicas {
		e.find(Fault, "connected_slaves", e.info["connected_slaves"],
			fmt.Sprintf("no grant will count, since Options.Replicas is %d", o.Replicas))
	}
	if replicas > 0 && (o.Settle == 0 || o.Replicas == 0) {
		e.find(Advice, "connected_slaves", e.info["connected_slaves"],
			"replication is asynchronous: a failover may forget a lease and let two lead for a while, under different fences; "+
				"Options.Replicas makes that less likely, and Options.Settle rules it out for one failover at a time")
	}
}

func (e *examination) memory() {
	policy := e.info["maxmemory_policy"]
	if e.info["maxmemory"] != "0" && policy != "noeviction" {
		e.find(Fault, "maxmemory-policy", policy,
			"a lease that is evicted lets a second one lead; set noeviction, or use another server for leases")
	}
}

func (e *examination) persistence(o Options) {
	if e.info["aof_enabled"] != "1" && o.Settle == 0 {
		e.find(Advice, "appendonly", "no",
			"a restart forgets the leases that were granted since the last snapshot, and two may lead for a while, under "+
				"different fences; switch it on, or set Options.Settle")
	}
}

// refuse notes that a server refuses a command.
func (e *examination) refuse(severity Severity, value, meaning string) {
	subject := "command"
	if strings.Contains(value, "NOPERM") || strings.Contains(value, refusedInScript) {
		subject = "permission"
	}
	e.find(severity, subject, value, meaning)
}

// probe runs each command that the store needs.
func (s *Store) probe(ctx context.Context, node *goredis.Client, e *examination) error {
	// As a whole first, since a server that knows the script by its name would not show that it may not be brought.
	for _, whole := range []bool{true, false} {
		refused, err := s.probeScripts(ctx, node, whole)
		if err != nil {
			return err
		}
		for _, command := range refused {
			e.refuse(Fault, command, permissionMeaning)
		}
		if len(refused) > 0 {
			break
		}
	}
	if s.opts.Replicas > 0 {
		if err := node.Process(ctx, goredis.NewIntCmd(ctx, "wait", 0, 1)); err != nil {
			e.refuse(Fault, err.Error(), permissionMeaning)
		}
	}
	sub := node.Subscribe(ctx, s.names(probeElection).channel)
	defer func() { _ = sub.Close() }()
	if _, err := sub.ReceiveTimeout(ctx, soon); err != nil {
		e.refuse(Advice, err.Error(), "without SUBSCRIBE on the store's channels followers wait for the end of a lease, "+
			"where others are woken up")
	}
	return nil
}

// probeScripts runs the script that probes, and returns the commands that were refused, or that of the script itself. In a
// Cluster it looks for a key that is the node's.
func (s *Store) probeScripts(ctx context.Context, node *goredis.Client, whole bool) ([]string, error) {
	const tries = 1000
	var err error
	for i := range tries {
		n := s.names(fmt.Sprint(probeElection, i))
		args := s.scripts.probe.evalsha([]any{n.lease + ":probe"}, n.channel, flag(s.opts.Settle > 0))
		if whole {
			args = s.scripts.probe.eval(args)
		}
		cmd := goredis.NewStringSliceCmd(ctx, args...)
		if err = node.Process(ctx, cmd); err == nil {
			return cmd.Val(), nil
		}
		if err = failure("check", probeElection, n, err); !errors.Is(err, ErrMoved) {
			break
		}
	}
	if errors.Is(err, ErrNoPermission) {
		return []string{err.Error()}, nil
	}
	return nil, err
}

const permissionMeaning = "the store needs this command; see the package's documentation for an ACL line that is enough"

// probeElection is the election that a check is about. Nothing is granted in it.
const probeElection = "tenure/check "

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			info[name] = value
		}
	}
	return info
}

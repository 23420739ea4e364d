package redistest

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	masterName = "main"
	sentinels  = 3
	quorum     = 2
)

// Sentinel is a primary with replicas, and three sentinels, of which two must agree that the primary is down. Each of
// the primary and its replicas is known to the others, and to clients that ask a sentinel, by the address of a
// [Proxy] in front of it, so that faults can be done to all that goes between them.
type Sentinel struct {
	t         testing.TB
	sentinels []*Server
	nodes     []node

	mu      sync.Mutex
	primary *Server
}

type node struct {
	*Server
	proxy *Proxy
}

// Replicas sets how many replicas [StartSentinel] starts, instead of one.
func Replicas(n int) Option { return func(s *settings) { s.replicas = n } }

// DownAfter sets for how long a server must be silent until the first of [StartSentinel]'s sentinels takes it to be down,
// instead of for a second. The others follow half a second apart. A busy machine may be silent for longer than a short
// time.
func DownAfter(d time.Duration) Option { return func(s *settings) { s.downAfter = d } }

// StartSentinel starts a primary, its replicas and the sentinels, and waits until the replicas have caught up and each
// sentinel knows them and the other sentinels, so that a failover can begin. The options are for the primary
// and its replicas.
func StartSentinel(t testing.TB, opts ...Option) *Sentinel {
	t.Helper()
	set := settingsOf(append([]Option{Replicas(1), DownAfter(time.Second)}, opts...))
	set.lines = append(set.lines, set.login.lines("masterauth ", "masteruser ")...)
	s := &Sentinel{t: t}
	for range 1 + set.replicas {
		s.startNode(set)
	}
	s.primary = s.nodes[0].Server
	s.AwaitSync(t)
	for range sentinels {
		s.startSentinel(set)
	}
	for _, each := range s.sentinels {
		await(t, "the sentinels to know all others", func() error { return s.ready(each, set.replicas) })
	}
	return s
}

// lines sets the login in another server's configuration.
func (l login) lines(password, user string) []string {
	var lines []string
	if l.password != "" {
		lines = append(lines, password+l.password)
	}
	if l.user != "" {
		lines = append(lines, user+l.user)
	}
	return lines
}

// startNode starts the primary or, if there is one, a replica.
func (s *Sentinel) startNode(set settings) {
	s.t.Helper()
	var proxy *Proxy
	server := start(s.t, set, func(port int) []string {
		proxy = StartProxy(s.t, address(port))
		lines := []string{"replica-announce-ip " + loopback, "replica-announce-port " + portOf(proxy.Addr())}
		if len(s.nodes) > 0 {
			lines = append(lines, "replicaof "+loopback+" "+portOf(s.nodes[0].proxy.Addr()))
		}
		return lines
	})
	s.nodes = append(s.nodes, node{server, proxy})
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // It is one of ours.
	return port
}

// startSentinel makes the sentinel faster than it is by default, where the version lets it: it looks around more often. A
// sentinel that a busy machine has stopped would take others to be down, so after such a stop it does nothing for a
// moment, where by default that takes half a minute. Sentinels that were all alike would find the primary down and stand
// for election at one instant, and again each time that all lost, so each has times of its own.
func (s *Sentinel) startSentinel(set settings) {
	s.t.Helper()
	const (
		timeout = 3 * time.Second // An election that was lost is repeated after twice that time.
		apart   = 500 * time.Millisecond
	)
	nth := time.Duration(len(s.sentinels))
	downAfter := set.downAfter + nth*apart
	conf := settings{lines: []string{
		fmt.Sprintf("sentinel monitor %s %s %s %d", masterName, loopback, portOf(s.nodes[0].proxy.Addr()), quorum),
		fmt.Sprintf("sentinel down-after-milliseconds %s %d", masterName, downAfter.Milliseconds()),
		fmt.Sprintf("sentinel failover-timeout %s %d", masterName, (timeout + nth*time.Second).Milliseconds()),
	}}
	conf.lines = append(conf.lines, set.login.lines("sentinel auth-pass "+masterName+" ", "sentinel auth-user "+masterName+" ")...)
	sentinel := start(s.t, conf, nil, "--sentinel")
	for name, period := range map[string]time.Duration{
		"info-period": 500 * time.Millisecond, "publish-period": 300 * time.Millisecond,
		// A replica that was last heard of five such periods ago is not promoted.
		"ping-period":  500 * time.Millisecond,
		"tilt-trigger": set.downAfter / 2, "tilt-period": set.downAfter,
	} {
		sentinel.do("SENTINEL", "DEBUG", name, period.Milliseconds()) //nolint:errcheck // before 7.0 it is slower
	}
	s.sentinels = append(s.sentinels, sentinel)
}

var errNotYet = errors.New("redistest: not yet")

// ready is nil once the sentinel could lead a failover.
func (s *Sentinel) ready(sentinel *Server, replicas int) error {
	master, err := sentinel.fields("SENTINEL", "MASTER", masterName)
	if err != nil {
		return err
	}
	if len(master) != 1 || master[0]["flags"] != "master" || master[0]["num-slaves"] != strconv.Itoa(replicas) ||
		master[0]["num-other-sentinels"] != strconv.Itoa(sentinels-1) {
		return fmt.Errorf("%w: %v", errNotYet, master)
	}
	known, err := sentinel.fields("SENTINEL", "REPLICAS", masterName)
	if err != nil {
		return err
	}
	for _, replica := range known {
		if replica["flags"] != "slave" || replica["master-link-status"] != "ok" {
			return fmt.Errorf("%w: %v", errNotYet, replica)
		}
	}
	_, err = sentinel.do("SENTINEL", "CKQUORUM", masterName)
	return err
}

// fields runs a command whose reply is a list of names and values, or a list of such lists.
func (s *Server) fields(args ...any) ([]map[string]string, error) {
	reply, err := s.do(args...)
	if err != nil {
		return nil, err
	}
	list, _ := reply.([]any)
	if len(list) > 0 {
		if _, flat := list[0].(string); flat {
			list = []any{list}
		}
	}
	var all []map[string]string
	for _, each := range list {
		pairs, _ := each.([]any)
		fields := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			fields[fmt.Sprint(pairs[i])] = fmt.Sprint(pairs[i+1])
		}
		all = append(all, fields)
	}
	return all, nil
}

// MasterName is the name by which the sentinels know the primary.
func (s *Sentinel) MasterName() string { return masterName }

// Addrs are the addresses of the sentinels.
func (s *Sentinel) Addrs() []string { return addrs(s.sentinels) }

func addrs(servers []*Server) []string {
	var all []string
	for _, each := range servers {
		all = append(all, each.Addr())
	}
	return all
}

// Sentinels are the sentinels themselves, to be killed or paused.
func (s *Sentinel) Sentinels() []*Server { return append([]*Server(nil), s.sentinels...) }

// Primary is the server that was the primary at the start, or by the last [Sentinel.AwaitFailover].
func (s *Sentinel) Primary() *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.primary
}

// Replicas are all servers but the primary, whether or not they run.
func (s *Sentinel) Replicas() []*Server {
	primary := s.Primary()
	var replicas []*Server
	for _, each := range s.nodes {
		if each.Server != primary {
			replicas = append(replicas, each.Server)
		}
	}
	return replicas
}

// Proxy is the proxy in front of the primary or a replica. Its address is the one that the sentinels give to clients; what
// sentinels and replicas send goes through it as well.
func (s *Sentinel) Proxy(server *Server) *Proxy {
	for _, each := range s.nodes {
		if each.Server == server {
			return each.proxy
		}
	}
	return nil
}

// AwaitFailover waits until all sentinels that run agree on a primary other than before, and until that server says that
// it is one. It returns that server, which is what [Sentinel.Primary] gives from then on.
func (s *Sentinel) AwaitFailover(t testing.TB) *Server {
	t.Helper()
	var promoted *Server
	await(t, "a failover", func() (err error) {
		promoted, err = s.promoted()
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.primary = promoted
	return promoted
}

func (s *Sentinel) promoted() (*Server, error) {
	agreed := ""
	for _, sentinel := range s.sentinels {
		if !sentinel.Running() {
			continue
		}
		reply, err := sentinel.do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName)
		if err != nil {
			return nil, err
		}
		host, _ := reply.([]any)
		if addr := net.JoinHostPort(fmt.Sprint(host[0]), fmt.Sprint(host[1])); agreed == "" || addr == agreed {
			agreed = addr
		} else {
			return nil, fmt.Errorf("%w: the sentinels say %s and %s", errNotYet, agreed, addr)
		}
	}
	for _, each := range s.nodes {
		if each.proxy.Addr() != agreed || each.Server == s.Primary() {
			continue
		}
		info, err := each.info("replication")
		if err == nil && info["role"] != "master" {
			err = fmt.Errorf("%w: %s is a %s", errNotYet, each.Addr(), info["role"])
		}
		return each.Server, err
	}
	return nil, fmt.Errorf("%w: the sentinels say %s", errNotYet, agreed)
}

// StopReplication loses from now on what the primary sends to its replicas, until [Sentinel.ResumeReplication]. Nobody is
// told: the primary goes on to acknowledge writes, the replicas' links look up, and the sentinels reach all. So a
// failover promotes a replica that lacks the last writes. WAIT falls short. Redis notices by itself after
// repl-timeout, a minute by default.
func (s *Sentinel) StopReplication() {
	for _, each := range s.nodes {
		each.proxy.cutReplication(ToClient)
	}
}

// ResumeReplication lets the replicas connect again. It does not wait until they have caught up, see
// [Sentinel.AwaitSync].
func (s *Sentinel) ResumeReplication() {
	for _, each := range s.nodes {
		each.proxy.restoreReplication()
	}
}

// AwaitSync waits until each replica that runs follows the primary and has all that this had written when it was last
// asked.
func (s *Sentinel) AwaitSync(t testing.TB) {
	t.Helper()
	for _, replica := range s.Replicas() {
		if replica.Running() {
			await(t, "a replica to catch up", func() error { return s.synced(replica) })
		}
	}
}

func (s *Sentinel) synced(replica *Server) error {
	primary, err := s.Primary().info("replication")
	if err != nil {
		return err
	}
	info, err := replica.info("replication")
	if err != nil {
		return err
	}
	if info["role"] != "slave" || info["master_link_status"] != "up" || info["master_replid"] != primary["master_replid"] {
		return fmt.Errorf("%w: %v", errNotYet, info)
	}
	had, err := strconv.ParseInt(primary["master_repl_offset"], 10, 64)
	if err != nil {
		return err
	}
	has, err := strconv.ParseInt(info["slave_repl_offset"], 10, 64)
	if err == nil && has < had {
		err = fmt.Errorf("%w: it is at %d of %d", errNotYet, has, had)
	}
	return err
}

package redistest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	masters = 3
	slots   = 16384
)

// Cluster is a Redis Cluster of three masters without replicas. For faults put a [Proxy] in front of its nodes, and let the
// client dial [Through] these.
type Cluster struct {
	t     testing.TB
	nodes []*Server
	ids   map[*Server]string
}

// StartCluster starts the masters, spreads the slots evenly and waits until all three say that the cluster is fine, which
// Redis does two seconds after it started. The options are for each node.
func StartCluster(t testing.TB, opts ...Option) *Cluster {
	t.Helper()
	set := settingsOf(opts)
	set.lines = append([]string{
		"cluster-enabled yes", "cluster-config-file nodes.conf", "cluster-node-timeout 5000",
	}, set.lines...)
	c := &Cluster{t: t, ids: map[*Server]string{}}
	for range masters {
		node := start(t, set, func(port int) []string {
			return []string{"cluster-announce-ip " + loopback, fmt.Sprint("cluster-announce-port ", port)}
		})
		c.nodes = append(c.nodes, node)
	}
	for i := range c.nodes {
		if err := c.join(i); err != nil {
			t.Fatal("redistest:", err)
		}
	}
	for _, node := range c.nodes {
		await(t, "the cluster", func() error { return fine(node) })
	}
	return c
}

// join gives a node its slots and lets it meet those before it. All pairs meet, since news would take seconds to spread, and
// each gets an epoch of its own, as the nodes would have to agree on otherwise.
func (c *Cluster) join(i int) error {
	node := c.nodes[i]
	id, err := node.text("CLUSTER", "MYID")
	if err != nil {
		return err
	}
	c.ids[node] = id
	if _, err := node.text("CLUSTER", "SET-CONFIG-EPOCH", i+1); err != nil {
		return err
	}
	args := []any{"CLUSTER", "ADDSLOTS"}
	for slot := i * slots / masters; slot < (i+1)*slots/masters; slot++ {
		args = append(args, slot)
	}
	if _, err := node.text(args...); err != nil {
		return err
	}
	for _, other := range c.nodes[:i] {
		if _, err := node.text("CLUSTER", "MEET", loopback, other.port); err != nil {
			return err
		}
	}
	return nil
}

// fine is nil once the node serves all slots of a cluster that is whole.
func fine(node *Server) error {
	text, err := node.text("CLUSTER", "INFO")
	if err != nil {
		return err
	}
	for name, want := range map[string]string{
		"cluster_state": "ok", "cluster_slots_ok": strconv.Itoa(slots), "cluster_known_nodes": strconv.Itoa(masters),
	} {
		if got := fieldsOf(text)[name]; got != want {
			return fmt.Errorf("%w: %s has %s:%s", errNotYet, node.Addr(), name, got)
		}
	}
	return nil
}

// Addrs are the addresses of the nodes.
func (c *Cluster) Addrs() []string { return addrs(c.nodes) }

// Nodes are the nodes themselves.
func (c *Cluster) Nodes() []*Server { return append([]*Server(nil), c.nodes...) }

// NodeOf is the node that the key's slot belongs to, as the first node that runs knows it.
func (c *Cluster) NodeOf(key string) *Server {
	c.t.Helper()
	for _, node := range c.nodes {
		if !node.Running() {
			continue
		}
		slot, err := slotOf(node, key)
		if err != nil {
			c.t.Fatal("redistest:", err)
		}
		owner, err := c.owner(node, slot)
		if err != nil {
			c.t.Fatal("redistest:", err)
		}
		return owner
	}
	c.t.Fatal("redistest: no node of the cluster runs")
	return nil
}

func slotOf(node *Server, key string) (int, error) {
	text, err := node.text("CLUSTER", "KEYSLOT", key)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// owner is the node that the slot belongs to, as the node that is asked knows it. CLUSTER SLOTS replies with a list of the
// first and the last slot of a range, and for each of its nodes, the master first, host, port and id.
func (c *Cluster) owner(asked *Server, slot int) (*Server, error) {
	reply, err := asked.do("CLUSTER", "SLOTS")
	if err != nil {
		return nil, err
	}
	const first, last, master, id = 0, 1, 2, 2
	ranges, _ := reply.([]any)
	for _, each := range ranges {
		fields, _ := each.([]any)
		if len(fields) <= master {
			continue
		}
		from, _ := fields[first].(int64)
		to, _ := fields[last].(int64)
		owner, _ := fields[master].([]any)
		if int64(slot) < from || int64(slot) > to || len(owner) <= id {
			continue
		}
		for _, node := range c.nodes {
			if c.ids[node] == owner[id] {
				return node, nil
			}
		}
	}
	return nil, fmt.Errorf("%w: nobody has slot %d", errNotYet, slot)
}

// Move is the migration of one slot that has begun: the node that gives it away still has the keys that were not moved,
// and answers ASK for all others of the slot.
type Move struct {
	c        *Cluster
	slot     int
	from, to *Server
}

// MoveSlot moves the key's slot, with all keys in it, to another node, and waits until all nodes that run know. Those asked
// for the key answer MOVED to a client that does not.
func (c *Cluster) MoveSlot(t testing.TB, key string, to *Server) {
	t.Helper()
	c.BeginMove(t, key, to).Finish(t)
}

// BeginMove begins to move the key's slot to another node and stops there.
func (c *Cluster) BeginMove(t testing.TB, key string, to *Server) *Move {
	t.Helper()
	m := &Move{c: c, from: c.NodeOf(key), to: to}
	if m.from == to {
		t.Fatalf("redistest: the slot of %q is where it is to be moved to", key)
	}
	var err error
	if m.slot, err = slotOf(to, key); err != nil {
		t.Fatal("redistest:", err)
	}
	if _, err := to.text("CLUSTER", "SETSLOT", m.slot, "IMPORTING", c.ids[m.from]); err != nil {
		t.Fatal("redistest:", err)
	}
	if _, err := m.from.text("CLUSTER", "SETSLOT", m.slot, "MIGRATING", c.ids[to]); err != nil {
		t.Fatal("redistest:", err)
	}
	return m
}

// Keys moves the given keys of the slot, or all that are there if none is given. A command on keys of which one has
// moved and another has not is answered TRYAGAIN.
func (m *Move) Keys(t testing.TB, keys ...string) {
	t.Helper()
	if len(keys) == 0 {
		if err := m.all(); err != nil {
			t.Fatal("redistest:", err)
		}
		return
	}
	if err := m.migrate(keys); err != nil {
		t.Fatal("redistest:", err)
	}
}

// all moves keys until none is left.
func (m *Move) all() error {
	const some = 100
	for {
		var keys []string
		err := m.from.with(func(ctx context.Context, client *redis.Client) (err error) {
			keys, err = client.ClusterGetKeysInSlot(ctx, m.slot, some).Result()
			return err
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := m.migrate(keys); err != nil {
			return err
		}
	}
}

func (m *Move) migrate(keys []string) error {
	const bound = 5 * time.Second
	host, port, err := net.SplitHostPort(m.to.Addr())
	if err != nil {
		return err
	}
	args := []any{"MIGRATE", host, port, "", 0, bound.Milliseconds()}
	switch login := m.to.set.login; {
	case login.user != "":
		args = append(args, "AUTH2", login.user, login.password)
	case login.password != "":
		args = append(args, "AUTH", login.password)
	}
	args = append(args, "KEYS")
	for _, key := range keys {
		args = append(args, key)
	}
	_, err = m.from.text(args...)
	return err
}

// Finish moves the keys that are left, gives the slot to its new node and waits until all nodes that run know.
func (m *Move) Finish(t testing.TB) {
	t.Helper()
	m.Keys(t)
	// The new node has to know first: were the old one told before, each would answer MOVED to the other for a moment.
	told := []*Server{m.to, m.from}
	for _, node := range m.c.nodes {
		if node != m.to && node != m.from {
			told = append(told, node)
		}
	}
	for _, node := range told {
		if !node.Running() {
			continue
		}
		if _, err := node.text("CLUSTER", "SETSLOT", m.slot, "NODE", m.c.ids[m.to]); err != nil {
			t.Fatal("redistest:", err)
		}
	}
	for _, node := range told {
		if node.Running() {
			await(t, "the slot's new node to be known", func() error { return m.known(node) })
		}
	}
}

func (m *Move) known(node *Server) error {
	owner, err := m.c.owner(node, m.slot)
	if err == nil && owner != m.to {
		err = fmt.Errorf("%w: %s says that slot %d is on %s", errNotYet, node.Addr(), m.slot, owner.Addr())
	}
	return err
}

package redistest

import (
	"context"
	"maps"
	"net"
	"sync"
	"testing"
)

// Proxy stands between clients and one Redis. It reads RESP2 and RESP3 as far as is needed to tell where requests and
// replies end and which belongs to which, also in pipelines, so that faults can be given by command. Its methods may be
// called from any goroutine, but for [Proxy.On].
//
// A connection that has sent SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE is a stream from then on: faults can be done to its
// requests and its messages, but not to replies after the first confirmation. One that has sent PSYNC, which is a
// replica's, is only copied. CLIENT REPLY OFF, MONITOR and TLS are not understood.
type Proxy struct {
	t        testing.TB
	upstream string
	addr     string
	ctx      context.Context // ends with the proxy
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while refusing
	rules    []*Rule
	links    map[*link]bool
	cut      Direction
	cutSync  Direction // as cut, but for the connections of replicas only
	closed   bool
	stats    Stats
}

// Direction is the way that bytes go through a proxy.
type Direction int

// The directions add up.
const (
	ToServer Direction = 1 << iota
	ToClient
	BothWays = ToServer | ToClient
)

// Stats are what a proxy has seen and done.
type Stats struct {
	Connections int            // accepted so far
	Open        int            // of these, those with either side still open
	Messages    int            // pub/sub messages that came from the server
	Requests    map[string]int // that came from clients, by command in upper case
	Faults      map[string]int // done, by the name of the fault without its duration; "cut" is what was lost to [Proxy.Cut]
}

// StartProxy starts a proxy on a free port of 127.0.0.1 for the Redis on the address upstream, which need not be
// running. It ends with the test, and so do all of its connections. Rules that were never hit then fail the test.
func StartProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	port, err := freePort(t)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp4", address(port))
	if err != nil {
		t.Fatal("redistest:", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{
		t: t, upstream: upstream, addr: address(port), ctx: ctx, cancel: cancel, listener: listener,
		links: map[*link]bool{}, stats: Stats{Requests: map[string]int{}, Faults: map[string]int{}},
	}
	p.running.Go(func() { p.accept(listener) })
	t.Cleanup(p.end)
	return p
}

// Addr is the address that clients are to use, host and port.
func (p *Proxy) Addr() string { return p.addr }

// Upstream is the address of the Redis behind the proxy.
func (p *Proxy) Upstream() string { return p.upstream }

// Stats returns a copy of what was counted so far.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	stats := p.stats
	stats.Open = len(p.links)
	stats.Requests, stats.Faults = maps.Clone(stats.Requests), maps.Clone(stats.Faults)
	return stats
}

// Cut loses all that goes in the given direction, on connections that are open and on new ones, which are still accepted:
// nobody is told. Cuts add up until [Proxy.Restore].
func (p *Proxy) Cut(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut |= d
}

// Restore ends a cut. Connections that lost a request or a reply are reset, since nothing that follows could be
// understood; the others go on, also those that only lost pub/sub messages.
func (p *Proxy) Restore() { p.restore(&p.cut) }

// cutReplication is Cut for the connections of replicas only, and restoreReplication is its Restore.
func (p *Proxy) cutReplication(d Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutSync |= d
}

func (p *Proxy) restoreReplication() { p.restore(&p.cutSync) }

func (p *Proxy) restore(cut *Direction) {
	p.mu.Lock()
	*cut = 0
	var over []*link
	for l := range p.links {
		if l.holes != 0 && !l.cut(BothWays) {
			over = append(over, l)
		}
	}
	p.mu.Unlock()
	for _, l := range over {
		l.reset()
	}
}

// ResetAll resets all connections to clients (RST). Requests that these had sent before still reach the server.
func (p *Proxy) ResetAll() {
	p.mu.Lock()
	links := maps.Clone(p.links)
	p.mu.Unlock()
	for l := range links {
		l.resetClient()
	}
}

// Refuse closes the port, so that new connections are refused, or opens it again. Open connections go on.
func (p *Proxy) Refuse(refuse bool) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || refuse == (p.listener == nil) {
		return
	}
	if refuse {
		if err := p.listener.Close(); err != nil {
			p.t.Errorf("redistest: %v", err)
		}
		p.listener = nil
		return
	}
	listener, err := net.Listen("tcp4", p.addr)
	if err != nil {
		p.t.Errorf("redistest: the proxy's port was taken while it refused connections: %v", err)
		return
	}
	p.listener = listener
	p.running.Go(func() { p.accept(listener) })
}

func (p *Proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.serve(client.(*net.TCPConn)) })
	}
}

// serve lasts as long as the connection.
func (p *Proxy) serve(client *net.TCPConn) {
	p.mu.Lock()
	p.stats.Connections++
	p.mu.Unlock()
	var dialer net.Dialer
	server, err := dialer.DialContext(p.ctx, "tcp4", p.upstream)
	if err != nil {
		hangUp(client)
		return
	}
	l := newLink(p, client, server.(*net.TCPConn))
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.links[l] = true
	}
	p.mu.Unlock()
	if closed {
		l.kill()
		return
	}
	l.run()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// end is the clean-up.
func (p *Proxy) end() {
	p.mu.Lock()
	p.closed = true
	p.cancel()
	if p.listener != nil {
		p.listener.Close()
	}
	links := maps.Clone(p.links)
	p.mu.Unlock()
	for l := range links {
		l.kill()
	}
	p.running.Wait()
	if p.t.Skipped() {
		return
	}
	for _, r := range p.rules {
		if r.hits == 0 && !r.optional {
			p.t.Errorf("redistest: the rule %q was never hit", r)
		}
	}
}

// rule counts what came and finds the rule for it, if any.
func (p *Proxy) rule(f frame, message, answered bool) *Rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	if message {
		p.stats.Messages++
	} else if what := f.what(); what != "" {
		p.stats.Requests[what]++
	}
	for _, r := range p.rules {
		if r.takes(f.words, message, answered) {
			return r
		}
	}
	return nil
}

// Through is a Dialer for go-redis that goes through the proxies to the servers behind them, and directly to all
// others. So a client follows a cluster's redirects, or a primary's address, through the proxies.
func Through(proxies ...*Proxy) func(ctx context.Context, network, addr string) (net.Conn, error) {
	behind := map[string]string{}
	for _, p := range proxies {
		behind[p.upstream] = p.addr
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if proxy := behind[addr]; proxy != "" {
			addr = proxy
		}
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, addr)
	}
}

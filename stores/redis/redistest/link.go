package redistest

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// request is one request on its way.
type request struct {
	frame
	link  *link
	rule  *Rule // nil for most
	fault faultKind
	came  time.Time

	copies     int  // how often it is sent
	answered   bool // whether its replies can be told from others
	subscribes bool
	replicates bool

	left int // replies still to come; only the link's reader of replies looks at it

	done     chan struct{} // closed when nothing more will happen to it; what follows is written before
	replied  bool
	finished sync.Once
}

func (r *request) finish(replied bool) {
	r.finished.Do(func() {
		r.replied = replied
		close(r.done)
	})
}

func (r *request) wasAnswered() bool {
	select {
	case <-r.done:
		return r.replied
	default:
		return false
	}
}

// link is a client's connection and the one to the server that belongs to it. Three goroutines run it: one reads
// requests, one holds them up and forwards them, one reads replies and delivers them.
type link struct {
	p              *Proxy
	client, server *net.TCPConn
	requests       chan *request // closed when the client has gone
	gone           chan struct{} // closed then, too
	dead           chan struct{} // closed when both sides are
	once           sync.Once

	// The proxy's lock guards what follows.
	pending []*request // sent to the server and not yet answered, in order
	mute    bool       // nothing more goes to the server
	deaf    bool       // nothing more goes to the client
	holes   Direction  // where a cut has lost what cannot be missed
	replica bool
}

// backlog is how many requests of a client are read ahead of one that is held up.
const backlog = 1024

func newLink(p *Proxy, client, server *net.TCPConn) *link {
	return &link{
		p: p, client: client, server: server,
		requests: make(chan *request, backlog), gone: make(chan struct{}), dead: make(chan struct{}),
	}
}

func (l *link) run() {
	var running sync.WaitGroup
	running.Go(l.read)
	running.Go(l.forward)
	l.replies()
	running.Wait()
}

// kill closes both sides.
func (l *link) kill() {
	l.once.Do(func() {
		close(l.dead)
		l.client.Close()
		l.server.Close()
	})
}

// reset ends the connection with a RST to the client.
func (l *link) reset() {
	l.resetClient()
	l.kill()
}

// resetClient leaves the server's side to those requests that are still on their way.
func (l *link) resetClient() { hangUp(l.client) }

// hangUp closes with a RST. The connection may be closed already.
func hangUp(conn *net.TCPConn) {
	conn.SetLinger(0) //nolint:errcheck // closed already
	conn.Close()
}

// cut tells whether that direction is cut. The caller has the proxy's lock.
func (l *link) cut(d Direction) bool {
	return l.p.cut&d != 0 || (l.replica && l.p.cutSync&d != 0)
}

// lost tells whether what goes in that direction is lost to a cut. What can be missed leaves no hole; after a hole nothing
// follows.
func (l *link) lost(d Direction, harmless bool) bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if !l.cut(d) && l.holes&d == 0 {
		return false
	}
	if !harmless {
		l.holes |= d
	}
	l.p.stats.Faults["cut"]++
	return true
}

// hidden tells whether a cut keeps one side from learning that the other has closed the connection.
func (l *link) hidden(d Direction) bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if l.cut(d) {
		l.holes |= d
	}
	return l.holes&d != 0
}

// wait waits until then, or until the link is dead.
func (l *link) wait(then time.Time) {
	timer := time.NewTimer(time.Until(then))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.dead:
	}
}

// read reads requests until the client has gone.
func (l *link) read() {
	defer close(l.gone)
	defer close(l.requests)
	r := bufio.NewReader(l.client)
	for stream := false; ; {
		f, err := readRequest(r)
		if err != nil {
			return
		}
		req := l.request(f, stream)
		stream = stream || req.subscribes || req.replicates
		select {
		case l.requests <- req:
		case <-l.dead:
			return
		}
	}
}

func (l *link) request(f frame, stream bool) *request {
	req := &request{frame: f, link: l, came: time.Now(), copies: 1, done: make(chan struct{})}
	// The server does not answer empty requests, which are allowed.
	req.answered = !stream && len(f.words) > 0
	switch f.what() {
	case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE":
		req.subscribes = true
	case "PSYNC", "SYNC":
		req.replicates = true
		l.p.mu.Lock()
		l.replica = true
		l.p.mu.Unlock()
	}
	if req.rule = l.p.rule(f, false, req.answered); req.rule != nil {
		req.fault = req.rule.fault.kind
	}
	if req.fault == duplicate || req.fault == retry {
		req.copies = 2
	}
	return req
}

// forward sends the requests on, also those of a client that has gone: they had been sent.
func (l *link) forward() {
	var last *request
	for req := range l.requests {
		l.hinder(req, last)
		if l.send(req) {
			last = req
		} else {
			req.finish(false)
		}
	}
	if l.hidden(ToServer) {
		<-l.dead
		return
	}
	l.server.CloseWrite() //nolint:errcheck // closed already
}

// hinder does the faults that come before sending.
func (l *link) hinder(req, last *request) {
	switch req.fault {
	case delay:
		req.rule.hit()
		l.wait(req.came.Add(req.rule.fault.time))
	case hold:
		req.rule.hold(req)
	case swallowRequest:
		l.p.mu.Lock()
		l.mute = true
		l.p.mu.Unlock()
		req.rule.hit()
	case reset:
		if last != nil && last.answered {
			select {
			case <-last.done:
			case <-l.dead:
			}
		}
		l.reset()
		req.rule.hit()
	default:
	}
}

// send tells whether the request went out. One whose replies can be told is noted before, since they may come at once.
func (l *link) send(req *request) bool {
	if l.lost(ToServer, false) || !l.note(req) {
		return false
	}
	for range req.copies {
		if _, err := l.server.Write(req.raw); err != nil {
			return false
		}
	}
	if req.copies > 1 {
		req.rule.hit()
	}
	if !req.answered {
		req.finish(true)
	}
	return true
}

// note tells whether the request may be sent.
func (l *link) note(req *request) bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if l.mute {
		return false
	}
	if req.answered {
		req.left = req.copies
		l.pending = append(l.pending, req)
	}
	return true
}

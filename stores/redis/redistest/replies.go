package redistest

import (
	"bufio"
	"time"
)

// replies reads what the server sends until it closes the connection.
func (l *link) replies() {
	defer l.serverLeft()
	r := bufio.NewReader(l.server)
	for subscribed := false; ; {
		// Only once something has come is it certain which request it answers.
		if _, err := r.Peek(1); err != nil {
			return
		}
		head := l.head()
		if head != nil && head.replicates {
			head.finish(true)
			l.copy(r)
			return
		}
		f, err := readFrame(r)
		if err != nil {
			return
		}
		var goOn bool
		switch {
		case f.pushed(subscribed):
			goOn = l.message(f)
		case head == nil, f.kind == '>' && !head.subscribes:
			l.deliver(f.raw, false)
			goOn = true
		default:
			subscribed = subscribed || head.subscribes
			goOn = l.reply(head, f)
		}
		if !goOn {
			return
		}
	}
}

// head is the request that the next reply belongs to, or nil.
func (l *link) head() *request {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if len(l.pending) == 0 {
		return nil
	}
	return l.pending[0]
}

// reply does the faults of replies, and tells whether the connection goes on.
func (l *link) reply(req *request, f frame) bool {
	req.left--
	if req.left == 0 {
		l.p.mu.Lock()
		l.pending = l.pending[1:]
		l.p.mu.Unlock()
		defer req.finish(true)
	}
	switch req.fault {
	case delayReply:
		came := time.Now()
		req.rule.hit()
		l.wait(came.Add(req.rule.fault.time))
	case swallowReply:
		l.p.mu.Lock()
		l.deaf = true
		l.p.mu.Unlock()
		req.rule.hit()
	case resetAfter:
		l.reset()
		req.rule.hit()
		return false
	case duplicate:
		if req.left == 0 {
			return true
		}
	case retry:
		if req.left > 0 {
			return true
		}
	default:
	}
	l.deliver(f.raw, false)
	return true
}

// message does the faults of pub/sub messages, and tells whether the connection goes on.
func (l *link) message(f frame) bool {
	rule := l.p.rule(f, true, false)
	if rule == nil {
		l.deliver(f.raw, true)
		return true
	}
	switch rule.fault.kind {
	case swallowReply:
		rule.hit()
		return true
	case reset:
		l.reset()
		rule.hit()
		return false
	case delayReply:
		came := time.Now()
		rule.hit()
		l.wait(came.Add(rule.fault.time))
	case duplicate:
		l.deliver(f.raw, true)
		rule.hit()
	default:
	}
	l.deliver(f.raw, true)
	return true
}

// deliver sends to the client, if it is still there. What can be lost without harm leaves no hole.
func (l *link) deliver(raw []byte, harmless bool) {
	l.p.mu.Lock()
	deaf := l.deaf
	l.p.mu.Unlock()
	if deaf || l.lost(ToClient, harmless) {
		return
	}
	l.client.Write(raw) //nolint:errcheck // the reader of requests sees that the client has gone
}

// copy is for what is no RESP, as a replica gets.
func (l *link) copy(r *bufio.Reader) {
	const size = 32 << 10
	buf := make([]byte, size)
	for {
		n, err := r.Read(buf)
		if err != nil {
			return
		}
		l.deliver(buf[:n], false)
	}
}

// serverLeft ends the link, once the client may learn of it.
func (l *link) serverLeft() {
	if l.hidden(ToClient) {
		select {
		case <-l.dead:
		case <-l.gone:
		}
	}
	l.kill()
}

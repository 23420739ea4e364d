package fsm

import (
	"context"
	"log/slog"
	"slices"
	"sync"
)

// logLimit is how many records wait for a slow log handler before further ones are left out.
const logLimit = 64

// background is a log handler that hands records to another one in a goroutine that exists only while records wait: a
// handler that blocks, panics or calls the elector must not hold up the mailbox, in which deadlines are dealt with.
type background struct {
	next slog.Handler
	sink *sink
}

// sink is what handlers made from one another share.
type sink struct {
	mu      sync.Mutex
	waiting []entry
	running bool
	lost    func()
}

type entry struct {
	handler slog.Handler
	record  slog.Record
}

func newBackground(next slog.Handler, lost func()) slog.Handler {
	return background{next: next, sink: &sink{lost: lost}}
}

// Enabled answers true: asking the handler may block.
func (b background) Enabled(context.Context, slog.Level) bool { return true }

// Handle never blocks and never fails.
func (b background) Handle(_ context.Context, record slog.Record) error {
	s := b.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) >= logLimit {
		s.lost()
		return nil
	}
	s.waiting = append(s.waiting, entry{handler: b.next, record: record.Clone()})
	if !s.running {
		s.running = true
		go s.drain()
	}
	return nil
}

// WithAttrs returns a handler whose records have these attributes too.
func (b background) WithAttrs(attrs []slog.Attr) slog.Handler {
	return background{next: b.next.WithAttrs(attrs), sink: b.sink}
}

// WithGroup returns a handler that puts what follows into a group.
func (b background) WithGroup(name string) slog.Handler {
	return background{next: b.next.WithGroup(name), sink: b.sink}
}

func (s *sink) drain() {
	emptied := false
	// A handler that ends its goroutine must not end the logging.
	defer func() {
		if !emptied {
			s.lost()
			go s.drain()
		}
	}()
	for {
		s.mu.Lock()
		if len(s.waiting) == 0 {
			s.running, emptied = false, true
			s.mu.Unlock()
			return
		}
		e := s.waiting[0]
		s.waiting = slices.Delete(s.waiting, 0, 1)
		s.mu.Unlock()
		s.write(e)
	}
}

func (s *sink) write(e entry) {
	defer func() {
		if recover() != nil {
			s.lost()
		}
	}()
	ctx := context.Background()
	if e.handler.Enabled(ctx, e.record.Level) && e.handler.Handle(ctx, e.record) != nil {
		s.lost()
	}
}

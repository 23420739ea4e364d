package memory

import (
	"time"

	"github.com/tenure-go/tenure/stores"
)

// Notices are sent, and channels closed, under the lock of the election's shard: so their order is that of the effects,
// and nothing is sent on a closed channel. Sending never waits, since only the holder of the lock fills a channel.

func (sh *shard) watch(name string, notices chan stores.Notice) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.entry(name)
	if e.watchers == nil {
		e.watchers = map[chan stores.Notice]struct{}{}
	}
	e.watchers[notices] = struct{}{}
}

func (sh *shard) unwatch(name string, notices chan stores.Notice) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.elections[name]
	delete(e.watchers, notices)
	close(notices)
	// A name that was watched and never granted has no fence to remember.
	if len(e.watchers) == 0 && e.last == 0 {
		delete(sh.elections, name)
	}
}

func (e *election) publishHeld(now time.Time) {
	for notices := range e.watchers {
		// Each watcher gets metadata of its own: none can spoil another's, or the store's.
		replace(notices, stores.Notice{Kind: stores.NoticeHeld, Lease: e.view(now).Clone()})
	}
}

func (e *election) publishVacated() {
	for notices := range e.watchers {
		replace(notices, stores.Notice{Kind: stores.NoticeVacated})
	}
}

// replace puts the notice in the place of one that was not read yet.
func replace(notices chan stores.Notice, notice stores.Notice) {
	select {
	case <-notices:
	default:
	}
	notices <- notice
}

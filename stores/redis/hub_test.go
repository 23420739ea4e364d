package redis

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
)

// TestWatchersShareNoMetadata spoils what one watcher was told while the next one is told. The race detector sees it at the
// first round where a copy is made of what a watcher has already.
func TestWatchersShareNoMetadata(t *testing.T) {
	for range 1000 {
		top := &topic{watchers: map[*watcher]struct{}{}}
		var readers sync.WaitGroup
		addresses := make(chan string, 3)
		for range cap(addresses) {
			w := &watcher{notices: make(chan stores.Notice, 1)}
			top.watchers[w] = struct{}{}
			readers.Go(func() {
				metadata := (<-w.notices).Lease.Metadata
				addresses <- metadata["addr"]
				metadata["addr"] = "spoilt"
			})
		}
		top.tell(stores.Notice{Kind: stores.NoticeHeld, Lease: stores.Lease{Metadata: map[string]string{"addr": "a"}}})
		readers.Wait()
		for range cap(addresses) {
			require.Equal(t, "a", <-addresses)
		}
	}
}

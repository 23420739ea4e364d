package faulty_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/faulty"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestWhatEachFaultDoesToANotice(t *testing.T) {
	for name, c := range map[string]struct {
		fault faulty.Fault
		after time.Duration // when the notice came; -1 never
		ends  bool          // the subscription ends
	}{
		"swallow":       {fault: faulty.SwallowRequest(), after: -1},
		"swallow reply": {fault: faulty.SwallowReply(), after: -1},
		"delay":         {fault: faulty.Delay(time.Second), after: time.Second},
		"delay reply":   {fault: faulty.DelayReply(time.Second), after: time.Second},
		"hold":          {fault: faulty.Hold(), after: 5 * time.Second},
		"fail":          {fault: faulty.Fail(nil), after: -1, ends: true},
		"fail after":    {fault: faulty.FailAfter(nil), after: 0, ends: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := faulty.NewLink(memory.New())
				defer l.Close()
				rule := l.On(faulty.Notices(stores.NoticeHeld), c.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				notices, err := l.Store().(stores.Watcher).Watch(ctx, election)
				require.NoError(t, err)
				_, err = l.Store().Acquire(t.Context(), request("a"))
				require.NoError(t, err)
				began, came := time.Now(), time.Duration(-1)
				go func() {
					time.Sleep(5 * time.Second)
					rule.Release()
				}()
				for notice := range notices {
					require.Equal(t, stores.NoticeHeld, notice.Kind)
					came = time.Since(began)
				}
				ended := time.Since(began)
				require.Equal(t, c.after, came)
				require.Equal(t, c.ends, ended == 0)
				require.Equal(t, 1, rule.Hits())
				require.NoError(t, l.Check())
				time.Sleep(5 * time.Second)
			})
		})
	}
}

func TestADoubledNoticeIsOneAndNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := faulty.NewLink(memory.New())
		defer l.Close()
		l.On(faulty.Notices(), faulty.Duplicate())
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		notices, err := l.Store().(stores.Watcher).Watch(ctx, election)
		require.NoError(t, err)
		_, err = l.Store().Acquire(t.Context(), request("a"))
		require.NoError(t, err)
		require.Equal(t, stores.NoticeHeld, (<-notices).Kind)
		synctest.Wait()
		require.Empty(t, notices)
		require.Error(t, l.Check())
	})
}

func TestAWatchThatIsLostOrLate(t *testing.T) {
	for name, fault := range map[string]faulty.Fault{
		"the answer fails": faulty.FailAfter(nil), "it is never answered": faulty.SwallowReply(), "it is late": faulty.Delay(time.Hour),
		"it is doubled": faulty.Retry(),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := faulty.NewLink(memory.New())
				defer l.Close()
				l.On(faulty.Calls(faulty.Watch), fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				notices, err := l.Store().(stores.Watcher).Watch(ctx, election)
				require.Equal(t, name == "it is doubled", err == nil)
				if err == nil {
					for range notices {
						t.Error("nothing happened")
					}
				}
				require.NoError(t, l.Check())
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

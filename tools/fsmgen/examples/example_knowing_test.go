package elector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

// Events: told in order, each gain followed by its loss. They are for logs, metrics and switching things on; what is
// written is guarded by the term.
func ExampleElector_Changes() {
	e, err := elector.New(memory.New(), elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	changes := e.Changes(ctx)
	if err := e.Start(); err != nil {
		fmt.Println(err)
	}
	for change := range changes {
		switch {
		case change.Gained != nil:
			fmt.Println("gained, and still so:", change.Gained.Err() == nil)
			go func() { _ = e.Close() }()
		case change.Lost != nil:
			fmt.Println("lost:", change.Reason)
		}
		if change.Current == elector.StateIdle {
			break
		}
	}
	// Output:
	// gained, and still so: true
	// lost: stop
}

// A callback is told as well, in a goroutine of its own; it may do what it likes.
func ExampleElector_Subscribe() {
	e, err := elector.New(memory.New(), elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan struct{})
	unsubscribe := e.Subscribe(func(c elector.Change) {
		fmt.Println(c.Previous, "->", c.Current)
		if c.Current == elector.StateIdle {
			close(done)
		}
	})
	defer unsubscribe()
	if _, err := e.TryAcquire(context.Background()); err != nil {
		fmt.Println(err)
	}
	if err := e.Stop(context.Background()); err != nil {
		fmt.Println(err)
	}
	<-done
	// Output:
	// idle -> acquiring
	// acquiring -> leading
	// leading -> stopping
	// stopping -> leaving
	// leaving -> idle
}

// A health monitor: it wants to lead nothing, and tells who does from the metadata that leaders publish.
func ExampleElector_Leader() {
	store := memory.New()
	ctx := context.Background()
	leader, err := elector.New(store, elector.Config{
		Election: "gateway", Participant: "gateway-1", Metadata: map[string]string{"address": "10.0.0.7:8080", "version": "1.4"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	monitor, err := elector.New(store, elector.Config{Election: "gateway", Participant: "monitor", Manual: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := leader.Campaign(ctx); err != nil {
		fmt.Println(err)
	}
	if err := monitor.Start(); err != nil {
		fmt.Println(err)
	}
	known, ok := monitor.Leader()
	for ; !ok; known, ok = monitor.Leader() {
		time.Sleep(time.Millisecond)
	}
	fmt.Println(known.Participant, known.Metadata["address"], known.Metadata["version"])
	fmt.Println("lease left:", known.Remaining > 0, "news are fresh:", known.Age < time.Minute)
	fmt.Println(errors.Join(monitor.Close(), leader.Close()))
	// Output:
	// gateway-1 10.0.0.7:8080 1.4
	// lease left: true news are fresh: true
	// <nil>
}

// Status, acquire and release over HTTP.
func Example_http() {
	e, err := elector.New(memory.New(), elector.Config{Election: "deploys", Participant: "node-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /leader", func(w http.ResponseWriter, _ *http.Request) {
		leader, known := e.Leader()
		if !known {
			http.Error(w, "nobody that this node knows of", http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, "%s leads; this node: %v\n", leader.Participant, e.IsLeader())
	})
	mux.HandleFunc("POST /acquire", func(w http.ResponseWriter, r *http.Request) {
		switch _, err := e.TryAcquire(r.Context()); {
		case errors.Is(err, elector.ErrHeld):
			http.Error(w, err.Error(), http.StatusConflict)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "leading")
		}
	})
	mux.HandleFunc("POST /release", func(w http.ResponseWriter, r *http.Request) {
		if err := e.Release(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "released")
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	call := func(method, path string) {
		request, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		response, err := server.Client().Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		fmt.Print(response.StatusCode, " ", string(body))
	}
	call("GET", "/leader")
	call("POST", "/acquire")
	call("GET", "/leader")
	call("POST", "/release")
	fmt.Println(e.Close())
	// Output:
	// 404 nobody that this node knows of
	// 200 leading
	// 200 node-1 leads; this node: true
	// 200 released
	// <nil>
}

// counting is a store of one's own in front of another: here it counts renewals. A store from the ground up, with the
// conformance suite that it has to pass, is in package storetest's examples.
type counting struct {
	stores.Watcher
	renewals int
}

func (c *counting) Renew(ctx context.Context, req stores.RenewRequest) (stores.Lease, error) {
	c.renewals++
	return c.Watcher.Renew(ctx, req)
}

func Example_customStore() {
	store := &counting{Watcher: memory.New()}
	e, err := elector.New(store, elector.Config{Election: "reports"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := e.Campaign(context.Background()); err != nil {
		fmt.Println(err)
	}
	fmt.Println(e.Renew(context.Background()), store.renewals, e.Close())
	// Output: <nil> 1 <nil>
}

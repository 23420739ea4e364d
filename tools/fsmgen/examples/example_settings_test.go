package elector_test

import (
	"fmt"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores/memory"
)

// Timing profiles of common cases, with the worst times without a leader that they give.
func ExampleConfig_Failover() {
	for _, profile := range []struct {
		name string
		cfg  elector.Config
	}{
		{"default", elector.Config{}},
		{"highly available", elector.Config{
			Lease: 3 * time.Second, Renewal: 800 * time.Millisecond, Retry: 300 * time.Millisecond,
			Timeout: 700 * time.Millisecond, Drain: 2 * time.Second,
		}},
		{"low traffic", elector.Config{Lease: 2 * time.Minute, Renewal: time.Minute, Retry: 10 * time.Second, Timeout: 10 * time.Second}},
		{"batch jobs that stop slowly", elector.Config{
			Lease: time.Minute, Renewal: 15 * time.Second, Retry: 5 * time.Second, Timeout: 5 * time.Second,
			Grace: 20 * time.Second, Drain: 5 * time.Minute,
		}},
		{"high frequency", elector.Config{
			Lease: 500 * time.Millisecond, Renewal: 100 * time.Millisecond, Retry: 50 * time.Millisecond,
			Timeout: 100 * time.Millisecond, Drain: 500 * time.Millisecond,
		}},
		{"constrained device", elector.Config{Lease: 5 * time.Minute, Renewal: 100 * time.Second, Retry: 30 * time.Second, Timeout: 30 * time.Second}},
		{"slow network", elector.Config{Lease: time.Minute, Renewal: 15 * time.Second, Retry: 5 * time.Second, Timeout: 15 * time.Second}},
	} {
		profile.cfg.Election = "any"
		if err := profile.cfg.Validate(); err != nil {
			fmt.Println(err)
		}
		f := profile.cfg.Failover()
		fmt.Printf("%-28s handover %-6v crash %-8v worst %v\n", profile.name, f.Handover, f.Crash, f.Worst)
	}
	// Output:
	// default                      handover 5s     crash 40.8s    worst 2m1.6s
	// highly available             handover 700ms  crash 4.46s    worst 11.92s
	// low traffic                  handover 10s    crash 2m22.2s  worst 7m4.4s
	// batch jobs that stop slowly  handover 5s     crash 1m11.1s  worst 7m32.2s
	// high frequency               handover 100ms  crash 715ms    worst 2.08s
	// constrained device           handover 30s    crash 6m6s     worst 18m12s
	// slow network                 handover 15s    crash 1m31.1s  worst 4m22.2s
}

// Settings that do not fit each other are refused, all at once, before anything is sent.
func ExampleNew_invalid() {
	_, err := elector.New(memory.New(), elector.Config{Lease: 10 * time.Second, Renewal: -time.Second, Jitter: 2})
	fmt.Println(err)
	_, err = elector.New(memory.New(), elector.Config{Election: "reports", Lease: 10 * time.Second, Renewal: 9 * time.Second})
	fmt.Println(err)
	// Output:
	// tenure: invalid Election: "": it must not be empty
	// tenure: invalid Renewal: "-1s": it must be from 1ms to 168h0m0s, or 0 for the default
	// tenure: invalid Jitter: 2: it is a share of Retry, above 0 and at most 1, or NoJitter
	// tenure: invalid Lease: "10s": 1 x Renewal 9s + 2 x Timeout 1.666s + 1 x Retry 1.666s = 13.998s must be at most Lease - margin 100ms - Grace 0s = 9.9s
}

func ExampleConfigFor() {
	cfg := elector.ConfigFor("reports", 6*time.Second)
	fmt.Println(cfg.Renewal, cfg.Retry, cfg.Timeout, cfg.Drain)
	// Output: 2s 1s 1s 6s
}

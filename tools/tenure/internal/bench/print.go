package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/tenure-go/tenure/tools/tenure/internal/latency"
)

// Print writes what was measured as a table.
func (r Report) Print(out io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "Redis %s; round trip: %v\n\n%-22s %10s %9s %9s %9s %9s %8s\n",
		r.Server, r.Trip, "", "per second", "median", "p95", "p99", "max", "n")
	row := func(name, rate string, s latency.Summary) {
		fmt.Fprintf(&text, "%-22s %10s %9v %9v %9v %9v %8d\n", name, rate,
			latency.Round(s.Median), latency.Round(s.P95), latency.Round(s.P99), latency.Round(s.Max), s.N)
	}
	for _, renewals := range r.Renewals {
		name := "renewals, 1 client"
		if renewals.Clients > 1 {
			name = fmt.Sprintf("renewals, %d clients", renewals.Clients)
		}
		row(name, fmt.Sprintf("%.0f", renewals.PerSecond), renewals.Latency)
	}
	if r.Handovers.N > 0 {
		row("release to next gain", "", r.Handovers)
	}
	_, err := out.Write(text.Bytes())
	return err
}

// times are a summary in an object.
type times struct {
	N      int     `json:"n"`
	Median float64 `json:"median_ms"`
	P95    float64 `json:"p95_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
}

func timesOf(s latency.Summary) times {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return times{N: s.N, Median: ms(s.Median), P95: ms(s.P95), P99: ms(s.P99), Max: ms(s.Max)}
}

// PrintJSON writes what was measured, one object a line.
func (r Report) PrintJSON(out io.Writer) error {
	objects := []any{struct {
		Type   string `json:"type"`
		Server string `json:"server"`
		times
	}{"round_trip", r.Server, timesOf(r.Trip)}}
	for _, renewals := range r.Renewals {
		objects = append(objects, struct {
			Type      string  `json:"type"`
			Clients   int     `json:"clients"`
			PerSecond float64 `json:"per_second"`
			times
		}{"renewals", renewals.Clients, renewals.PerSecond, timesOf(renewals.Latency)})
	}
	if r.Handovers.N > 0 {
		objects = append(objects, struct {
			Type string `json:"type"`
			times
		}{"handovers", timesOf(r.Handovers)})
	}
	encoder := json.NewEncoder(out)
	for _, object := range objects {
		if err := encoder.Encode(object); err != nil {
			return err
		}
	}
	return nil
}

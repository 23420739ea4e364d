package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

const (
	// DefaultLease is long enough for an eye to follow and short enough for a demonstration.
	DefaultLease = time.Second
	// DefaultAllowance is granted on top of the computed bounds; see [limits].
	DefaultAllowance = 5 * time.Second
)

// Options say how a run goes.
type Options struct {
	// Participants is how many take part at a time, 2 at least.
	Participants int
	// Lease is the lease time; all other timings follow from it as for a zero [elector.Config].
	Lease time.Duration
	// Rounds is how often each kind of strike is made.
	Rounds int
	// Seed fixes the order of the strikes, the pauses between them and the jitter; not what the scheduler does.
	Seed uint64
	// Quiet leaves the timeline out, JSON prints an object a line, Colour colours.
	Quiet, JSON, Colour bool
	// Out is where it prints.
	Out io.Writer

	// store and allowance are replaced by tests, which plant faults.
	store     stores.Watcher
	allowance time.Duration
}

// ErrInterrupted says that ctx ended before the run did.
var ErrInterrupted = errors.New("interrupted")

// Run plays an election, prints what happens, and returns what the auditor found. An error that is
// [elector.ErrInvalid] says that the settings do not fit, before anything is printed. Any other error means that the
// run did not come to its end; the report then covers what there is, and may be nil.
func Run(ctx context.Context, opts Options) (*Report, error) {
	cfg := elector.Config{Election: "demo", Lease: opts.Lease}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if opts.store == nil {
		opts.store = memory.New()
	}
	if opts.allowance == 0 {
		opts.allowance = DefaultAllowance
	}
	bound := cfg.Failover()
	s := newScript(opts, limits{
		lease: opts.Lease, handover: bound.Handover, crash: bound.Crash, worst: bound.Worst,
		allowance: opts.allowance, tick: max(5*time.Millisecond, opts.Lease/200),
	})
	s.title()
	cut := s.play(ctx)
	if errors.Is(cut, errTooLate) {
		cut = nil // a promise that the auditor will find broken
	}
	if ctx.Err() != nil {
		cut = ErrInterrupted
	}
	// Where somebody does not stop, its goroutines still write to the journal; the copy is not touched by that.
	cut = errors.Join(cut, s.curtain())
	ev := s.journal.snapshot()
	report := audit(ev, s.limits, cut != nil)
	out := s.timeline.out
	summarise(out, opts.JSON, ev, report, cut)
	if out.err != nil {
		return report, fmt.Errorf("cannot print: %w", out.err)
	}
	return report, cut
}

func newScript(opts Options, lim limits) *script {
	j := newJournal()
	return &script{
		world: &world{
			journal: j, resource: &resource{journal: j}, store: opts.store, tick: lim.tick,
			timeline: &timeline{
				journal: j, out: &printer{out: opts.Out, colour: opts.Colour}, json: opts.JSON, quiet: opts.Quiet,
			},
		},
		opts: opts, limits: lim,
		random: rand.New(rand.NewPCG(opts.Seed, 0)), //nolint:gosec // a script needs no secrecy
	}
}

type titleObject struct {
	Type         string  `json:"type"`
	Participants int     `json:"participants"`
	Lease        float64 `json:"lease_ms"`
	Rounds       int     `json:"rounds"`
	Seed         uint64  `json:"seed"`
}

func (s *script) title() {
	out, o := s.timeline.out, s.opts
	if o.JSON {
		out.object(titleObject{"run", o.Participants, millis(o.Lease), o.Rounds, o.Seed})
		return
	}
	out.printf("%d participants, lease %v, rounds %d, seed %d; about %v\n",
		o.Participants, o.Lease, o.Rounds, o.Seed, estimate(o))
	if !o.Quiet {
		out.printf("\n")
	}
}

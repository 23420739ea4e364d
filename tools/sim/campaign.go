package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tenure-go/tenure/proptest"
)

const (
	// chunk is how many seeds are run between two looks at the world outside.
	chunk = 250
	// killLimit is how many seeds may pass before a planted fault is shown.
	killLimit = 4000
	// tellEvery is the least time between two lines of progress.
	tellEvery = 10 * time.Second
)

// campaign is one run of the program.
type campaign struct {
	set   *settings
	opt   proptest.Options
	state *state
	out   io.Writer
	now   func() time.Time
	// began and told are when this run of the program began and last told its progress; ran is how many seeds it made.
	began, told time.Time
	ran         uint64
}

// open begins a campaign, or finds the one that the state file keeps.
func open(set *settings, out io.Writer, now func() time.Time) (*campaign, error) {
	c := &campaign{set: set, out: out, now: now}
	found, err := load(set.state)
	switch {
	case err != nil:
		return nil, err
	case found == nil && set.report:
		return nil, fmt.Errorf("there is no %s", set.state)
	case found != nil && set.report:
		set.first, set.planted, set.trouble = found.First, found.Planted, found.Trouble
	}
	c.opt = proptest.Options{Planted: findPlanted(set.planted), Trouble: findTrouble(set.trouble), Workers: set.workers}
	fresh := &state{
		Code: proptest.Fingerprint(c.opt), First: set.first, Next: set.first, Planted: set.planted, Trouble: set.trouble,
	}
	switch {
	case found == nil:
		c.state = fresh
		// A place that cannot be written to is better noticed now than after an hour.
		return c, fresh.save(set.state)
	case found.Planted != fresh.Planted:
		return nil, fmt.Errorf("%s is of a campaign with -planted %q", set.state, found.Planted)
	case found.Trouble != fresh.Trouble:
		return nil, fmt.Errorf("%s is of a campaign with -trouble %q", set.state, found.Trouble)
	case found.First != fresh.First:
		return nil, fmt.Errorf("%s is of a campaign with -first %d", set.state, found.First)
	case found.Code != fresh.Code:
		return nil, fmt.Errorf("%s is of another version of the code (%s; this is %s): begin anew with another file",
			set.state, found.Code, fresh.Code)
	}
	c.state = found
	return c, nil
}

// run goes on with the campaign. It reports whether it came to its end.
func (c *campaign) run(ctx context.Context) (bool, error) {
	c.began = c.now()
	c.told = c.began
	if c.set.planted == "" {
		if finished, err := c.plant(ctx); !finished || err != nil {
			return false, err
		}
	}
	for end := c.set.first + c.set.seeds; c.state.Next < end; {
		if interrupted(ctx) {
			return false, nil
		}
		if err := c.chunk(min(chunk, end-c.state.Next)); err != nil {
			return false, err
		}
		c.tell(end)
	}
	return true, nil
}

func interrupted(ctx context.Context) bool { return ctx.Err() != nil }

// plant looks for the first seed that shows each planted fault.
func (c *campaign) plant(ctx context.Context) (bool, error) {
	faults := proptest.PlantedFaults()
	for _, p := range faults[min(len(c.state.Kills), len(faults)):] {
		if interrupted(ctx) {
			return false, nil
		}
		k := kill{Name: p.Name, Check: p.Check.String(), Seed: proptest.FirstKill(p, killLimit)}
		c.state.Kills = append(c.state.Kills, k)
	}
	return true, c.state.save(c.set.state)
}

// chunk runs the next seeds and saves what they gave.
func (c *campaign) chunk(seeds uint64) error {
	before := c.now()
	report := proptest.Campaign(c.state.Next, int(seeds), c.opt) //nolint:gosec // at most a chunk
	c.state.Stats.Add(&report.Stats)
	c.state.Spent += c.now().Sub(before)
	c.state.Next += seeds
	c.ran += seeds
	for _, v := range report.Violations {
		c.note(v)
	}
	return c.state.save(c.set.state)
}

// note keeps a violation: the first of each check in full and shrunk, of the others some seeds.
func (c *campaign) note(v *proptest.Violation) {
	var b *broken
	for _, known := range c.state.Broken {
		if known.Check == v.Check.String() {
			b = known
		}
	}
	if b == nil {
		opt := c.opt
		opt.Seed = v.Seed
		small := proptest.Shrink(opt)
		b = &broken{Check: v.Check.String(), Whole: v.String(), Small: small.String(), Replay: small.Violation.Replay()}
		c.state.Broken = append(c.state.Broken, b)
	}
	b.Runs++
	if len(b.Seeds) < seedsKept {
		b.Seeds = append(b.Seeds, v.Seed)
	}
}

// violations is the number of runs that broke a check.
func (s *state) violations() (n uint64) {
	for _, b := range s.Broken {
		n += b.Runs
	}
	return n
}

// tell writes a line of progress, if the last is some time ago.
func (c *campaign) tell(end uint64) {
	now := c.now()
	if now.Sub(c.told) < tellEvery {
		return
	}
	c.told = now
	s := c.state
	left := time.Duration(float64(now.Sub(c.began)) / float64(c.ran) * float64(end-s.Next))
	fmt.Fprintf(c.out, "%d of %d seeds, %.0f virtual hours, %.0f events/s, %d violations, %v left\n",
		s.Next-s.First, end-s.First, s.Stats.Virtual.Hours(), perSecond(s.Stats.Events, s.Spent), s.violations(),
		left.Round(time.Second))
}

func perSecond(n uint64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

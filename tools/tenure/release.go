package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/release"
)

func releaseVerb() *cli.Verb {
	return &cli.Verb{
		Name: "release", Summary: "end a tenure: refuse its renewals, or with -force free its lease now",
		Intro: `release ends the tenure with this fence, and no other: if another is held, it does nothing and names it. The store refuses
the tenure's renewals from now on, and its lease lapses when it would have without them; nobody leads beside the holder.

With -force the lease is free at once, for a holder that is known to be dead or stopped. One that is not goes on leading
until its next renewal, or its deadline at the latest, beside whoever comes next; only what compares fences is safe then.

A call that failed may have been carried out all the same. To repeat it does no harm.
`,
		Examples: `  tenure status -election reports                          the fence
  tenure release -election reports -fence 1798761600000000
  tenure release -election reports -fence 1798761600000000 -force
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore, exitRefused},
		Define: defineRelease,
	}
}

func defineRelease(f *cli.Flags) cli.Action {
	store := defineStore(f, defaultTimeout)
	election := f.Name("election", "", "the election's `name`")
	fence := f.Uint64("fence", 0, 1, "the `fence` of the tenure to end")
	force := f.Bool("force", false, "free the lease now, although its holder may still lead")
	asJSON := f.Bool("json", false, "print one JSON object")
	f.Required("election", "fence")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := store.open(call, redis.Options{})
		if s == nil {
			return code
		}
		defer s.close()
		bounded, cancel := s.limit(ctx)
		defer cancel()
		end := release.Revoke
		if *force {
			end = release.Free
		}
		ended, err := end(bounded, s, *election, *fence)
		var other *release.NotHeldError
		switch {
		case errors.As(err, &other):
			return call.Fail(exitRefused, notHeld(other))
		case err != nil:
			return s.failed(ctx, err)
		}
		text := tellEnded(ended, time.Now())
		if *asJSON {
			text = endedJSON(ended, time.Now())
		}
		return printed(call, text, exitOK)
	}
}

func notHeld(e *release.NotHeldError) string {
	if e.Held == nil {
		return fmt.Sprintf("fence %d is not held: nobody leads %s", e.Asked, plain(e.Election))
	}
	return fmt.Sprintf("fence %d is not held: %s leads %s under fence %d, for another %s",
		e.Asked, plain(e.Held.Participant), plain(e.Election), e.Held.Fence, remaining(*e.Held))
}

// until is the instant, rounded up, by this machine's clock.
func until(now time.Time, left time.Duration) time.Time {
	return now.UTC().Add(left + time.Millisecond).Truncate(time.Millisecond)
}

const precise = "2006-01-02T15:04:05.000Z07:00"

func tellEnded(e release.Ended, now time.Time) string {
	end := fmt.Sprintf("%s, in %.1fs", until(now, e.Left).Format(precise), e.Left.Seconds())
	switch {
	case e.Left == 0:
		return fmt.Sprintf("the tenure of %s in %s under fence %d ended by itself\n", plain(e.Participant), plain(e.Election), e.Fence)
	case e.Freed:
		return fmt.Sprintf("%s is free; %s led it under fence %d\n"+
			"TWO MAY LEAD until %s: %s learns of it from its next renewal, or leads until its deadline.\n"+
			"Only the fence protects until then: what is written to must refuse fence %d once it has seen a higher one.\n",
			plain(e.Election), plain(e.Participant), e.Fence, end, plain(e.Participant), e.Fence)
	}
	return fmt.Sprintf("the tenure of %s in %s under fence %d is revoked: its renewals are refused, and it lapses at %s\n",
		plain(e.Participant), plain(e.Election), e.Fence, end)
}

func endedJSON(e release.Ended, now time.Time) string {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(struct { // of such a value it cannot fail
		Election    string    `json:"election"`
		Holder      string    `json:"holder"`
		Fence       uint64    `json:"fence"`
		Freed       bool      `json:"freed"`
		TwoMayLead  bool      `json:"two_may_lead"`
		Until       time.Time `json:"until"`
		RemainingMS int64     `json:"remaining_ms"`
	}{e.Election, e.Participant, e.Fence, e.Freed, e.Freed && e.Left > 0, until(now, e.Left), e.Left.Milliseconds()})
	return line.String()
}

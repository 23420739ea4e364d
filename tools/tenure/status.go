package main

import (
	"context"
	"errors"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

func statusVerb() *cli.Verb {
	return &cli.Verb{
		Name: "status", Summary: "tell who leads an election",
		Intro: `status asks the store who leads an election, since when, under which fence, and for how long its lease still lasts.
`,
		Examples: `  tenure status -election reports
  tenure status -election reports -json | jq -r .holder
  tenure status -election reports > /dev/null; test $? = 5 && echo "nobody leads"
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore, exitVacant},
		Define: defineStatus,
	}
}

func defineStatus(f *cli.Flags) cli.Action {
	store := defineStore(f, defaultTimeout)
	election := f.Name("election", "", "the election's `name`")
	asJSON := f.Bool("json", false, "print one JSON object")
	f.Required("election")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := store.open(call, redis.Options{})
		if s == nil {
			return code
		}
		defer s.close()
		bounded, cancel := s.limit(ctx)
		defer cancel()
		lease, err := s.Get(bounded, *election)
		switch {
		case errors.Is(err, stores.ErrVacant):
			code = exitVacant
			lease = stores.Lease{Election: *election}
		case err != nil:
			return s.failed(ctx, err)
		}
		text := details(lease)
		if *asJSON {
			text = jsonLine(lease)
		}
		return printed(call, text, code)
	}
}

package main

import (
	"context"
	"strings"

	"github.com/tenure-go/tenure/stores/redis"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

func listVerb() *cli.Verb {
	return &cli.Verb{
		Name: "list", Summary: "list the elections that somebody leads",
		Intro: `list asks the store for all elections that somebody leads, ordered by name. It goes through all keys of the server, in small
steps that hold nobody up; -timeout bounds the whole of it.
`,
		Examples: `  tenure list
  tenure list -begins reports/
  tenure list -json | jq -r 'select(.remaining_ms < 1000) | .election'
`,
		Exits:  []int{exitOK, exitUsage, exitFailed, exitStore},
		Define: defineList,
	}
}

func defineList(f *cli.Flags) cli.Action {
	store := defineStore(f, defaultTimeout)
	begins := f.Name("begins", "", "only elections whose names begin with this `text`")
	asJSON := f.Bool("json", false, "print one JSON object a line")
	return func(ctx context.Context, call *cli.Call) int {
		s, code := store.open(call, redis.Options{})
		if s == nil {
			return code
		}
		defer s.close()
		bounded, cancel := s.limit(ctx)
		defer cancel()
		leases, err := s.List(bounded, *begins)
		text := table(leases)
		if *asJSON {
			var lines strings.Builder
			for _, lease := range leases {
				lines.WriteString(jsonLine(lease))
			}
			text = lines.String()
		}
		switch {
		case err != nil && len(leases) == 0:
			return s.failed(ctx, err)
		case err != nil: // some could not be read
			return printed(call, text, s.failed(ctx, err))
		}
		return printed(call, text, exitOK)
	}
}

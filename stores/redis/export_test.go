package redis

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// ScriptNamed returns a script's name on the server and its source.
func ScriptNamed(name string) (sha, source string) {
	all := newScripts()
	sc := map[string]script{
		"acquire": all.acquire, "renew": all.renew, "release": all.release, "revoke": all.revoke, "get": all.get,
	}[name]
	return fmt.Sprint(sc.sha), fmt.Sprint(sc.source)
}

// Plant replaces text in all scripts of the store, and returns in how many places.
func (s *Store) Plant(text, by string) (places int) {
	for _, sc := range []*script{&s.scripts.acquire, &s.scripts.renew, &s.scripts.release, &s.scripts.revoke, &s.scripts.get} {
		source := fmt.Sprint(sc.source)
		places += strings.Count(source, text)
		*sc = newScript(strings.ReplaceAll(source, text, by))
	}
	return places
}

// LoadScripts makes the server know the store's scripts.
func (s *Store) LoadScripts(ctx context.Context) error {
	for _, sc := range []script{s.scripts.acquire, s.scripts.renew, s.scripts.release, s.scripts.revoke, s.scripts.get} {
		if err := s.client.ScriptLoad(ctx, fmt.Sprint(sc.source)).Err(); err != nil {
			return err
		}
	}
	return nil
}

// DoubtAfter sets when a silent subscription is doubted, and how long it may take to show that it lives.
func (s *Store) DoubtAfter(quiet, patience time.Duration) {
	s.hub.quiet, s.hub.patience = quiet, patience
}

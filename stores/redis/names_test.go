package redis

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
)

// hashTag is what a Cluster hashes of a key, by its specification.
func hashTag(key string) string {
	_, rest, opened := strings.Cut(key, "{")
	tag, _, closed := strings.Cut(rest, "}")
	if !opened || !closed || tag == "" {
		return key
	}
	return tag
}

// election draws a name, of characters that mean something to keys and patterns more often than not.
func election(t *rapid.T) string {
	name := rapid.OneOf(rapid.StringMatching(`[a{}%:*?\[\]\\^-]{1,8}`), rapid.StringN(1, 20, stores.MaxName)).Draw(t, "name")
	if stores.ValidateName("election", name) != nil {
		t.Skip("no name of an election")
	}
	return name
}

func TestTheKeysOfAnElectionShareATagOfTheirOwnAndLeadBackToIt(t *testing.T) {
	s := &Store{opts: Options{Prefix: "tenure"}, channels: "tenure@0:"}
	rapid.Check(t, func(t *rapid.T) {
		a, b := election(t), election(t)
		n, m := s.names(a), s.names(b)
		require.Equal(t, hashTag(n.lease), hashTag(n.fence))
		require.Equal(t, hashTag(n.lease), hashTag(n.mark))
		require.Equal(t, "{"+hashTag(n.lease)+"}", n.lease[strings.Index(n.lease, "{"):strings.LastIndex(n.lease, ":")])
		require.Equal(t, a == b, n.lease == m.lease)
		require.Equal(t, a == b, n.channel == m.channel)
		back, err := s.election(n.lease)
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

func TestAKeyThatNamesNoElectionIsCorrupt(t *testing.T) {
	s := &Store{opts: Options{Prefix: "tenure"}}
	for _, key := range []string{
		"", "tenure", "tenure:{}:lease", "tenure:{a}:fence", "other:{a}:lease", "tenure:{a%zz}:lease", "tenure:{a}b}:lease",
		"tenure:{%61}:lease", "tenure:{a\nb}:lease", "tenure:{" + strings.Repeat("a", stores.MaxName+1) + "}:lease",
	} {
		_, err := s.election(key)
		require.ErrorIs(t, err, ErrCorrupt, "%q", key)
	}
}

package redis

import (
	"net/url"
	"strings"

	"github.com/tenure-go/tenure/stores"
)

// names are what an election is called on the server. The keys share a hash tag, so that a Cluster keeps them on one
// node and a script may use them together.
type names struct {
	lease, fence, mark string
	channel            string
}

// names makes an election's names. The channel also has the number of the database, since a server has one set of
// channels for all its databases.
func (s *Store) names(election string) names {
	tag := "{" + escape.Replace(election) + "}"
	key := s.opts.Prefix + ":" + tag
	return names{
		lease: key + leaseSuffix, fence: key + ":fence", mark: key + ":mark",
		channel: s.channels + tag,
	}
}

const leaseSuffix = ":lease"

// escape keeps a name from ending its hash tag early, and from making an empty one, which would not be a tag.
var escape = strings.NewReplacer("%", "%25", "{", "%7B", "}", "%7D")

// election returns the name of the election that a lease's key is for.
func (s *Store) election(key string) (string, error) {
	invalid := &CorruptError{Key: key, Field: "key", Value: key}
	escaped, ours := strings.CutPrefix(key, s.opts.Prefix+":{")
	escaped, lease := strings.CutSuffix(escaped, "}"+leaseSuffix)
	if !ours || !lease {
		return "", invalid
	}
	election, err := url.PathUnescape(escaped)
	if err != nil || stores.ValidateName("election", election) != nil || escape.Replace(election) != escaped {
		return "", invalid
	}
	return election, nil
}

// pattern matches the keys of the leases of the elections whose names begin with prefix.
func (s *Store) pattern(prefix string) string {
	return glob.Replace(s.opts.Prefix) + ":{" + glob.Replace(escape.Replace(prefix)) + "*}" + leaseSuffix
}

// glob takes the meaning from characters that have one in a pattern of SCAN.
var glob = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "^", `\^`)

// validatePrefix checks a key prefix.
func validatePrefix(prefix string) error {
	if err := stores.ValidateName("Prefix", prefix); err != nil {
		return err
	}
	if strings.ContainsAny(prefix, "{}") {
		return invalid("Prefix", prefix, "it must not contain braces, by which a Cluster finds the node of a key")
	}
	return nil
}

func invalid(field string, value any, reason string) error {
	return &stores.InvalidError{Field: field, Value: value, Reason: reason}
}

package storetest

import (
	"fmt"
	"slices"
)

// readChecks are about Get and List.
var readChecks = []check{
	{"get_answers_with_the_live_lease_or_vacant", 8, func(b *bench) {
		b.vacant("e")
		first := b.acquire(request("e", "alice", 1))
		b.unchanged(first.Lease, first.ends(long))
		b.vacant("f")
		b.release("e", first.Tenure, true)
		b.vacant("e")
	}},
	{"list_is_ordered_by_name_byte_by_byte", 8, func(b *bench) {
		b.Empty(b.names(""))
		names := []string{"b", "a", "B", "a/2", "a/10", "\u00e9", "~", "aa", "\u4e16", "z", "a b"}
		for i := range 100 {
			names = append(names, fmt.Sprintf("many/%d", i))
		}
		for _, name := range names {
			b.acquire(request(name, "alice", 1))
		}
		slices.Sort(names)
		b.Equal(names, b.names(""))
	}},
	{"list_takes_its_prefix_literally", 8, func(b *bench) {
		for _, name := range []string{"a*c", "abc", "a?c", "a[b]c", "[ab]", "a\\b", "A", "\u00e9t\u00e9", "a^", "a%c", "a_c"} {
			b.acquire(request(name, "alice", 1))
		}
		for prefix, want := range map[string][]string{
			"a*": {"a*c"}, "a?": {"a?c"}, "a[b": {"a[b]c"}, "[ab]": {"[ab]"}, "a\\": {"a\\b"}, "A": {"A"}, "\u00e9t": {"\u00e9t\u00e9"},
			"abc": {"abc"}, "abcd": {}, "*": {}, "bc": {}, "a^": {"a^"}, "a%": {"a%c"}, "a_": {"a_c"}, "\u00e8": {},
		} {
			b.Equal(want, b.names(prefix), "List(%q)", prefix)
		}
	}},
	{"list_leaves_out_what_is_over", 8, func(b *bench) {
		expired := b.acquire(with(request("expired", "alice", 1), b.short))
		freed := b.acquire(request("freed", "alice", 1))
		live := b.acquire(request("live", "alice", 1))
		b.release("freed", freed.Tenure, true)
		b.passEnd(expired.ends(b.short))
		b.Equal([]string{"live"}, b.names(""))
		listed, _ := b.onlyListed()
		b.requireSame(live.Lease, listed)
	}},
}

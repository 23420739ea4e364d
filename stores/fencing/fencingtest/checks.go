package fencingtest

import (
	"math"
	"strings"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

// checks are all that the suite does, in its order.
func checks() []check {
	return []check{
		{"a_higher_fence_is_admitted", higher},
		{"the_same_tenure_is_admitted_again", again},
		{"a_late_write_of_an_earlier_tenure_is_refused", late},
		{"the_same_fence_of_another_incarnation_is_refused", other},
		{"a_refused_write_changes_nothing", refused},
		{"fences_are_compared_as_whole_numbers", exact},
		{"what_is_at_the_limits_is_admitted", limits},
		{"a_token_that_is_not_valid_is_refused", invalid},
		{"of_many_writers_the_accepted_never_go_down", race},
	}
}

func higher(b *bench) error {
	return first(b.admit(token(1, "a")), b.admit(token(2, "b")), b.admit(token(7, "a")), b.admit(token(8, "a")))
}

func again(b *bench) error {
	return first(b.admit(token(7, "a")), b.admit(token(7, "a")), b.admit(token(7, "a")), b.admit(token(8, "b")),
		b.admit(token(8, "b")))
}

// late has both writers that are not the leader any more: another one, and the leader itself in an earlier tenure.
func late(b *bench) error {
	return first(b.admit(token(7, "a")), b.admit(token(8, "b")), b.refuse(token(7, "a")), b.refuse(token(7, "b")),
		b.refuse(token(1, "b")), b.admit(token(8, "b")))
}

// other tries incarnations that a comparison may take for the same: by case, by blanks, by a part, by a pattern.
func other(b *bench) error {
	steps := []func() error{b.admit(token(7, "ab"))}
	for _, incarnation := range []string{"aa", "ac", "AB", "aB", "a", "b", "abc", "ab ", " ab", "a_", "%", "*"} {
		steps = append(steps, b.refuse(token(7, incarnation)))
	}
	return first(append(steps, b.admit(token(7, "ab")))...)
}

// refused sees that the highest is what it was, in both directions.
func refused(b *bench) error {
	return first(b.admit(token(7, "a")), b.refuse(token(3, "b")), b.refuse(token(4, "c")), b.refuse(token(7, "b")),
		b.admit(token(7, "a")), b.admit(token(8, "c")), b.refuse(token(7, "a")), b.admit(token(8, "c")))
}

// exact goes where texts of digits and floats are in another order than the numbers that they stand for.
func exact(b *bench) error {
	const precise = 1 << 53
	return first(
		b.admit(token(9, "a")), b.admit(token(10, "b")), b.refuse(token(9, "a")),
		b.admit(token(precise, "a")), b.admit(token(precise+1, "b")), b.refuse(token(precise, "b")),
		b.admit(token(math.MaxInt64-1, "a")), b.admit(token(math.MaxInt64, "b")), b.refuse(token(math.MaxInt64-1, "b")),
	)
}

func limits(b *bench) error {
	long := strings.Repeat("i", stores.MaxName)
	return first(
		b.admit(token(1, "'; DROP TABLE x; --")), b.admit(token(2, " caf\u00e9 \u4e16\u754c {a}:*%_\\\"`$1?")),
		b.admit(token(2, " caf\u00e9 \u4e16\u754c {a}:*%_\\\"`$1?")),
		b.admit(token(3, long)), b.refuse(token(3, long[1:])), b.admit(token(3, long)),
		b.admit(token(math.MaxInt64, "a")), b.admit(token(math.MaxInt64, "a")),
	)
}

func invalid(b *bench) error {
	bad := []fencing.Token{
		{}, token(0, "a"), token(7, ""), token(8, ""), token(1<<63, "a"), token(math.MaxUint64, "a"),
		token(8, "a\nb"), token(8, "a\xff"), token(8, strings.Repeat("i", stores.MaxName+1)),
	}
	var steps []func() error
	for _, t := range bad {
		steps = append(steps, b.reject(t))
	}
	steps = append(steps, b.admit(token(7, "a")))
	for _, t := range bad {
		steps = append(steps, b.reject(t))
	}
	return first(append(steps, b.admit(token(7, "a")))...)
}

package storetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
)

// mutants are the planted faults, each with the checks that must find it. Others may find it too.
var mutants = map[string][]string{
	// Who is granted a lease.
	"everybody is granted": {
		"a_held_election_is_refused_with_holder_fence_and_time_left", "of_many_that_try_at_once_one_is_granted",
		"under_contention_one_at_a_time_holds_under_growing_fences", "releases_at_once_free_nobody_elses_lease",
	},
	"Acquire looks and acts in two steps": {
		"of_many_that_try_at_once_one_is_granted", "of_many_repeats_at_once_all_are_granted_under_one_fence",
		"of_many_attempts_at_once_the_highest_stands", "a_give_back_stands_against_repeats_at_once",
	},
	"goes by participant, not by incarnation": {"two_incarnations_of_one_participant_exclude_each_other"},
	"a repeat mints a fence": {
		"a_repeated_acquire_is_granted_once_with_the_same_fence_and_the_time_really_left",
	},
	"a repeat extends": {
		"a_repeated_acquire_is_granted_once_with_the_same_fence_and_the_time_really_left",
		"an_acquire_whose_answer_is_lost_is_granted_once_when_it_is_repeated",
		"a_late_repeat_changes_nothing_while_its_lease_is_live",
	},
	"a repeat sets the end": {
		"a_repeated_acquire_is_granted_once_with_the_same_fence_and_the_time_really_left",
		"neither_renewal_nor_repeat_shortens",
	},
	"a higher attempt of the holder is refused": {
		"an_incarnation_replaces_its_own_lower_attempt_under_a_new_fence", "an_orphan_is_replaced_by_a_higher_attempt",
	},
	"a replacement keeps the fence": {
		"an_incarnation_replaces_its_own_lower_attempt_under_a_new_fence", "fence_grows_over_expiry_and_release",
	},
	"a lower attempt is granted": {
		"a_lower_attempt_is_refused", "a_late_acquire_replaces_no_higher_attempt",
		"of_many_attempts_at_once_the_highest_stands",
	},
	"a refused acquire extends the lease":  {"a_held_election_is_refused_with_holder_fence_and_time_left"},
	"a refusal does not tell of the lease": {"a_held_election_is_refused_with_holder_fence_and_time_left"},
	"folds names by case":                  {"elections_are_independent"},
	"grants more than asked":               {"a_vacant_election_is_granted_for_the_time_asked"},

	// How long it lasts.
	"never expires": {
		"a_lease_ends_by_itself_and_another_takes_over", "a_release_of_what_has_expired_frees_nothing",
		"a_renewal_of_an_expired_lease_is_lost", "an_orphan_delays_others_by_its_lease_at_most",
	},
	"expires late":                {"a_lease_is_live_up_to_its_end_and_not_beyond"},
	"expires early":               {"a_lease_is_live_up_to_its_end_and_not_beyond"},
	"time left is the time asked": {"time_left_goes_down_as_the_stores_clock_goes_on"},
	"a renewal changes nothing":   {"a_renewal_counts_from_now", "a_renewal_whose_answer_is_lost_has_extended"},
	"a renewal counts from the end": {
		"a_renewal_counts_from_now", "of_many_renewals_at_once_the_longest_counts_and_no_more",
	},
	"a renewal shortens": {"neither_renewal_nor_repeat_shortens"},
	"a renewal revives an expired lease": {
		"a_renewal_of_an_expired_lease_is_lost", "a_late_renewal_brings_nothing_back",
	},

	// Which tenure a renewal, a release or a give-back acts on.
	"a renewal compares nothing":              {"a_renewal_acts_only_on_its_very_tenure", "a_late_renewal_extends_no_other_lease"},
	"a renewal compares the incarnation only": {"a_renewal_acts_only_on_its_very_tenure"},
	"a renewal does not compare the fence":    {"a_renewal_acts_only_on_its_very_tenure"},
	"a loss tells of the tenure that holds":   {"a_renewal_acts_only_on_its_very_tenure"},
	"a release compares nothing": {
		"a_release_acts_only_on_its_very_tenure", "a_late_release_of_an_old_tenure_frees_nothing",
		"a_release_frees_once_and_the_second_try_is_no_error",
	},
	"a release compares the incarnation only": {
		"a_release_acts_only_on_its_very_tenure", "a_late_release_of_an_old_tenure_frees_nothing",
		"a_late_release_frees_no_newer_tenure",
	},
	"a release compares the attempt only": {
		"a_late_release_of_an_old_tenure_frees_nothing", "a_late_release_frees_no_newer_tenure",
	},
	"a release frees nothing": {
		"a_release_frees_once_and_the_second_try_is_no_error", "a_release_stands_against_renewals_at_once",
	},
	"a release says that it freed what it did not": {
		"a_release_frees_once_and_the_second_try_is_no_error", "of_many_releases_at_once_one_frees",
	},
	"a second release is an error":     {"a_release_frees_once_and_the_second_try_is_no_error"},
	"a release frees what has expired": {"a_release_of_what_has_expired_frees_nothing"},
	"a give-back frees nothing": {
		"a_give_back_frees_by_attempt_only", "an_acquire_whose_answer_is_lost_can_be_given_back",
	},
	"a give-back goes by incarnation": {
		"a_give_back_frees_by_attempt_only", "a_late_give_back_frees_no_newer_tenure",
	},

	// Fences.
	"the fence is a plain counter": {"a_fence_is_not_below_the_stores_clock"},
	"the fence is the clock":       {"fence_grows_over_expiry_and_release", "fences_grow_over_a_clock_that_is_set"},
	"the fence is reset at the end of a lease": {
		"fence_grows_over_expiry_and_release", "fences_grow_over_a_clock_that_is_set",
	},
	"a release forgets the last fence": {
		"fence_grows_over_expiry_and_release", "under_contention_one_at_a_time_holds_under_growing_fences",
	},
	"the highest fence seen is ignored":   {"a_claimed_fence_is_exceeded"},
	"a claim of an hour ahead is refused": {"a_claim_of_almost_a_day_ahead_is_accepted"},
	"a claim is never refused":            {"a_claim_of_more_than_a_day_ahead_is_refused_and_changes_nothing"},
	"a refused claim raises the fence":    {"a_claim_of_more_than_a_day_ahead_is_refused_and_changes_nothing"},
	"a refused claim frees the lease":     {"a_claim_of_more_than_a_day_ahead_is_refused_and_changes_nothing"},
	"a refused claim is an untyped error": {"a_claim_of_more_than_a_day_ahead_is_refused_and_changes_nothing"},

	// Revocation.
	"a revocation is ignored": {
		"a_revoked_tenure_is_not_renewed_and_stands_until_its_present_end", "a_revocation_whose_answer_is_lost_counts",
	},
	"a loss does not tell of a revocation": {
		"a_revoked_tenure_is_not_renewed_and_stands_until_its_present_end",
	},
	"a revocation frees the lease": {
		"a_revoked_tenure_is_not_renewed_and_stands_until_its_present_end", "a_revoked_tenure_may_be_released",
	},
	"a revoked lease never ends":       {"a_revoked_tenure_ends_by_itself"},
	"a revoked tenure is not released": {"a_revoked_tenure_may_be_released"},
	"a repeat clears a revocation":     {"a_repeated_acquire_of_a_revoked_tenure_says_so"},
	"a revocation does not compare the fence": {
		"a_revocation_acts_only_on_the_live_tenure_with_its_fence", "a_late_revocation_touches_no_newer_tenure",
		"a_refusal_whose_answer_is_lost_changes_nothing",
	},
	"a revocation stays with the election": {"a_revocation_ends_with_its_tenure"},

	// What a lease says.
	"a renewal drops the metadata":      {"metadata_is_kept_through_renewals_and_repeats"},
	"a repeat sets the metadata":        {"metadata_is_kept_through_renewals_and_repeats"},
	"metadata is shared on its way in":  {"metadata_is_copied_on_its_way_in_and_out"},
	"metadata is shared on its way out": {"metadata_is_copied_on_its_way_in_and_out"},
	"metadata is nil where it is empty": {"metadata_is_never_nil"},
	"acquired-at is zero":               {"acquired_at_is_the_instant_of_the_grant"},
	"a renewal sets acquired-at":        {"acquired_at_does_not_change"},
	"a repeat sets acquired-at":         {"acquired_at_does_not_change"},
	"trims blanks":                      {"names_and_metadata_come_back_byte_for_byte"},
	"names end at 64 bytes":             {"what_is_at_the_limits_is_accepted"},

	// Reading.
	"vacancy is no error":   {"get_answers_with_the_live_lease_or_vacant"},
	"a prefix is a pattern": {"list_takes_its_prefix_literally"},
	"what is over is listed": {
		"list_leaves_out_what_is_over",
	},
	"the list is ordered without regard to case": {"list_is_ordered_by_name_byte_by_byte"},

	// Input.
	"Acquire validates nothing":         {"bad_input_to_acquire_names_its_field_and_has_no_effect"},
	"Acquire validates after the grant": {"bad_input_to_acquire_names_its_field_and_has_no_effect"},
	"Renew validates nothing":           {"bad_input_to_renew_names_its_field_and_has_no_effect"},
	"Release validates nothing":         {"bad_input_to_release_names_its_field_and_has_no_effect"},
	"Revoke validates nothing":          {"bad_input_to_revoke_names_its_field_and_has_no_effect"},
	"Get validates nothing":             {"bad_input_to_get_names_its_field"},
	"Watch validates nothing":           {"bad_input_to_watch_names_its_field"},
	"bad input is an untyped error": {
		"bad_input_to_acquire_names_its_field_and_has_no_effect", "bad_input_to_watch_names_its_field",
	},
	"tells one fault of several":       {"every_fault_of_bad_input_is_told_at_once"},
	"ignores that a context has ended": {"a_context_that_has_ended_is_an_error"},

	// Contexts that end within a call.
	"an acquire whose context ends is taken back": {"a_context_that_ends_within_an_acquire_undoes_nothing"},
	"a renewal whose context ends is taken back":  {"a_context_that_ends_within_a_renewal_undoes_nothing"},
	"a release whose context ends is taken back":  {"a_context_that_ends_within_a_release_undoes_nothing"},

	// Calls without an answer.
	"does not return when its context ends":           {"a_call_without_an_answer_returns_soon_and_tells_nothing_for_sure"},
	"a call without an answer is taken for a refusal": {"a_call_without_an_answer_returns_soon_and_tells_nothing_for_sure"},
	"an acquire without an answer is given back":      {"an_acquire_whose_answer_is_lost_is_granted_once_when_it_is_repeated"},
	"an acquire without an answer is sent again as the next attempt": {
		"an_acquire_whose_answer_is_lost_is_granted_once_when_it_is_repeated",
		"an_acquire_whose_answer_is_lost_can_be_given_back",
	},
	"an acquire without an answer frees the lease": {
		"a_request_that_never_arrives_changes_nothing", "a_refusal_whose_answer_is_lost_changes_nothing",
	},
	"a renewal without an answer releases": {
		"a_request_that_never_arrives_changes_nothing", "a_renewal_whose_answer_is_lost_has_extended",
	},
	"a release without an answer counts as done": {
		"a_release_whose_answer_is_lost_has_freed_and_the_second_try_is_no_error",
	},
	"acts in a second message, once the first is answered": {
		"a_renewal_whose_answer_is_lost_has_extended", "a_revocation_whose_answer_is_lost_counts",
		"a_release_whose_answer_is_lost_has_freed_and_the_second_try_is_no_error", "a_late_call_counts_from_its_arrival",
	},

	// Late calls, and what they win.
	"an acquire is compared by the caller": {
		"a_late_acquire_replaces_no_higher_attempt", "a_late_repeat_changes_nothing_while_its_lease_is_live",
	},
	"a renewal is compared by the caller": {
		"a_late_renewal_extends_no_other_lease", "a_late_renewal_brings_nothing_back", "a_late_renewal_never_shortens",
	},
	"a release is compared by the caller":    {"a_late_release_frees_no_newer_tenure"},
	"a give-back is compared by the caller":  {"a_late_give_back_frees_no_newer_tenure"},
	"a revocation is compared by the caller": {"a_late_revocation_touches_no_newer_tenure"},
	"times are reckoned by the caller":       {"a_late_call_counts_from_its_arrival"},
	"fences are minted by the caller":        {"an_orphan_is_a_tenure_of_its_own_under_a_new_fence"},
	"a give-back of an attempt works once":   {"an_orphan_is_freed_by_a_give_back_of_its_attempt"},

	// Calls at once.
	"Renew looks and acts in two steps": {
		"of_many_renewals_at_once_the_longest_counts_and_no_more", "a_release_stands_against_renewals_at_once",
		"a_revocation_stands_against_renewals_at_once",
	},
	"Release looks and acts in two steps": {
		"of_many_releases_at_once_one_frees", "releases_at_once_free_nobody_elses_lease",
		"give_backs_at_once_free_no_higher_attempt",
	},
	"every second read is of the tenure before": {"readers_see_one_lease_at_a_time_and_none_that_is_over"},
	"what was replaced is listed":               {"readers_see_one_lease_at_a_time_and_none_that_is_over"},

	// Clocks that are set.
	"time left is what the clock says": {"no_time_left_is_above_what_was_asked_for"},
	"what was over comes back":         {"what_was_seen_to_be_over_stays_so"},
	"the clock never goes back":        {"a_lease_granted_on_a_clock_that_was_set_lasts_as_asked"},
	"a clock that is set forward gives each lease its whole time again": {
		"a_clock_that_is_set_forward_shortens_at_worst",
	},

	// Notices.
	"notices are sent by the caller":       {"a_watcher_is_told_though_the_caller_has_no_answer"},
	"no notice of grants and renewals":     {"a_watcher_is_told_of_grants_and_renewals_with_the_lease"},
	"no notice of a release":               {"a_watcher_is_told_of_a_release"},
	"a watcher hears of every election":    {"a_watcher_hears_of_its_own_election_only"},
	"a repeat is news":                     {"what_changes_nothing_is_no_news"},
	"a release that frees nothing is news": {"what_changes_nothing_is_no_news"},
	"the oldest notice stays":              {"a_slow_watcher_delays_nobody_and_gets_the_newest"},
	"publishing waits for a slow watcher":  {"a_slow_watcher_delays_nobody_and_gets_the_newest"},
	"watchers share metadata":              {"metadata_of_a_notice_is_a_copy"},
	"a watch never ends":                   {"a_watch_ends_with_its_context"},
	"the end of one watch ends all":        {"a_watch_ends_with_its_context"},
}

// judgeBreakable runs the suite on a store with the given fault.
func judgeBreakable(t *testing.T, fault string, patience time.Duration) map[string]Verdict {
	t.Helper()
	var store *breakable
	h := InProcess(Harness{
		New: func(*testing.T) stores.Store {
			store = newBreakable(fault)
			return store
		},
		Advance:  func(_ *testing.T, d time.Duration) { store.advance(d) },
		Step:     func(_ *testing.T, d time.Duration) { store.step(d) },
		Now:      func(*testing.T) time.Time { return store.advance(0) },
		Patience: patience,
	})
	newStore := h.New
	h.New = func(t *testing.T) stores.Store { return newCaller(newStore(t), store, t.Context().Done()) }
	verdicts := map[string]Verdict{}
	for _, v := range Judge(t, h) {
		verdicts[v.Check] = v
	}
	return verdicts
}

func TestAStoreWithoutFaultPasses(t *testing.T) {
	for name, v := range judgeBreakable(t, "", 0) {
		require.Equal(t, Passed, v.Outcome, "%s: %s", name, v.Log)
	}
}

func TestEachPlantedFaultIsFoundByTheCheckThatNamesIt(t *testing.T) {
	var table strings.Builder
	for _, fault := range slices.Sorted(maps.Keys(mutants)) {
		// This store delivers its notices before a call returns: no need to wait for one that does not come.
		verdicts := judgeBreakable(t, fault, 50*time.Millisecond)
		found := 0
		for name, v := range verdicts {
			require.NotEqual(t, Panicked, v.Outcome, "%s: %s: %s", fault, name, v.Log)
			if v.Outcome == Failed {
				found++
			}
		}
		for _, name := range mutants[fault] {
			require.Equal(t, Failed.String(), verdicts[name].Outcome.String(), "the fault %q survives %s", fault, name)
		}
		fmt.Fprintf(&table, "%-46s found by %2d, among them %s\n", fault, found, strings.Join(mutants[fault], ", "))
	}
	t.Logf("%d planted faults:\n%s", len(mutants), table.String())
}

func TestEachCheckFindsAPlantedFault(t *testing.T) {
	finds := map[string]bool{}
	for _, names := range mutants {
		for _, name := range names {
			finds[name] = true
		}
	}
	for _, c := range checks() {
		require.True(t, finds[c.name], "no planted fault shows that %s can fail", c.name)
		delete(finds, c.name)
	}
	require.Empty(t, finds, "checks that do not exist")
}

func TestEachCheckHasANameAndARuleOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range checks() {
		require.False(t, seen[c.name], "two checks are named %s", c.name)
		seen[c.name] = true
		require.Regexp(t, `^[a-z_]+$`, c.name)
		require.True(t, 1 <= c.rule && c.rule <= 10, "%s has no rule of safety", c.name)
	}
}

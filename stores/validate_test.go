package stores_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
)

// faults are the InvalidErrors that err joins, in their order.
func faults(t *testing.T, err error) []stores.InvalidError {
	t.Helper()
	if err == nil {
		return nil
	}
	require.ErrorIs(t, err, stores.ErrInvalid)
	if one, ok := err.(*stores.InvalidError); ok { //nolint:errorlint // the tree is walked by hand, to find all
		return []stores.InvalidError{*one}
	}
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T is neither an InvalidError nor several joined", err)
	var all []stores.InvalidError
	for _, part := range joined.Unwrap() {
		all = append(all, faults(t, part)...)
	}
	return all
}

// fields are the fields at fault.
func fields(t *testing.T, err error) []string {
	t.Helper()
	var names []string
	for _, fault := range faults(t, err) {
		require.NotEmpty(t, fault.Reason)
		names = append(names, fault.Field)
	}
	return names
}

func acquireRequest() stores.AcquireRequest {
	return stores.AcquireRequest{
		Election: "orders", Participant: "alice", Attempt: stores.Attempt{Incarnation: "r4nd0m", Number: 1},
		Lease: 15 * time.Second, Metadata: map[string]string{"addr": "10.0.0.1:80"},
	}
}

func renewRequest() stores.RenewRequest {
	return stores.RenewRequest{
		Election: "orders", Lease: 15 * time.Second,
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: "r4nd0m", Number: 1}, Fence: 1},
	}
}

func TestValidateName(t *testing.T) {
	for name, c := range map[string]struct{ value, reason string }{
		"one byte":                  {"e", ""},
		"at the limit":              {strings.Repeat("e", stores.MaxName), ""},
		"any script, and blanks":    {" caf\u00e9 \u4e16\u754c/{a}:* ", ""},
		"empty":                     {"", "empty"},
		"a byte too long":           {strings.Repeat("e", stores.MaxName+1), "201 bytes, at most 200"},
		"bytes count, not letters":  {strings.Repeat("\u00e9", 101), "202 bytes"},
		"not UTF-8":                 {"a\xff", "UTF-8"},
		"a line feed":               {"a\nb", "control"},
		"NUL":                       {"\x00", "control"},
		"a control character of C1": {"a\u0085", "control"},
	} {
		t.Run(name, func(t *testing.T) {
			got := faults(t, stores.ValidateName("the field", c.value))
			if c.reason == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Equal(t, "the field", got[0].Field)
			require.Equal(t, c.value, got[0].Value)
			require.Contains(t, got[0].Reason, c.reason)
		})
	}
}

func TestValidateLease(t *testing.T) {
	for lease, reason := range map[time.Duration]string{
		time.Millisecond:                   "",
		15 * time.Second:                   "",
		stores.MaxLease:                    "",
		0:                                  "positive",
		-time.Second:                       "positive",
		math.MinInt64:                      "positive",
		stores.MaxLease + time.Millisecond: "at most 168h0m0s",
		math.MaxInt64:                      "at most 168h0m0s",
		time.Microsecond:                   "milliseconds",
		time.Second + time.Nanosecond:      "milliseconds",
	} {
		t.Run(lease.String(), func(t *testing.T) {
			got := faults(t, stores.ValidateLease("lease", lease))
			if reason == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Equal(t, stores.InvalidError{Field: "lease", Value: lease.String(), Reason: got[0].Reason}, got[0])
			require.Contains(t, got[0].Reason, reason)
		})
	}
}

// fullMetadata is at every limit at once.
func fullMetadata() map[string]string {
	metadata := map[string]string{}
	for i := range stores.MaxMetadataPairs {
		key := fmt.Sprintf("%0*d", stores.MaxMetadataKey, i)
		metadata[key] = strings.Repeat("v", stores.MaxMetadataBytes/stores.MaxMetadataPairs-len(key))
	}
	return metadata
}

func TestValidateMetadata(t *testing.T) {
	onePairMore, oneByteMore := fullMetadata(), fullMetadata()
	key := slices.Min(slices.Collect(maps.Keys(onePairMore)))
	onePairMore[key] = onePairMore[key][1:]
	onePairMore["k"] = ""
	oneByteMore[key] += "v"
	for name, c := range map[string]struct {
		metadata map[string]string
		fields   []string
	}{
		"none":                  {nil, nil},
		"at every limit":        {fullMetadata(), nil},
		"an empty value":        {map[string]string{"key": ""}, nil},
		"a pair too many":       {onePairMore, []string{"metadata"}},
		"a byte too many":       {oneByteMore, []string{"metadata"}},
		"an empty key":          {map[string]string{"": "value"}, []string{"metadata key"}},
		"a key a byte too long": {map[string]string{strings.Repeat("k", stores.MaxMetadataKey+1): ""}, []string{"metadata key"}},
		"a key not UTF-8":       {map[string]string{"\xff": ""}, []string{"metadata key"}},
		"a value not UTF-8":     {map[string]string{"key": "\xff"}, []string{"metadata[key]"}},
		"a value with controls": {map[string]string{"key": "a\tb"}, []string{"metadata[key]"}},
		"all at once, in order": {
			map[string]string{"": "\n", "b": "\n", "a": "\xff", "c": strings.Repeat("v", stores.MaxMetadataBytes)},
			[]string{"metadata key", "metadata[]", "metadata[a]", "metadata[b]", "metadata"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.fields, fields(t, stores.ValidateMetadata(c.metadata)))
		})
	}
}

func TestAcquireRequestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*stores.AcquireRequest)
		fields []string
	}{
		"good":                       {func(*stores.AcquireRequest) {}, nil},
		"highest attempt and fence":  {func(r *stores.AcquireRequest) { r.Attempt.Number, r.HighestFence = math.MaxInt64, math.MaxInt64 }, nil},
		"no election":                {func(r *stores.AcquireRequest) { r.Election = "" }, []string{"election"}},
		"no participant":             {func(r *stores.AcquireRequest) { r.Participant = "" }, []string{"participant"}},
		"no incarnation":             {func(r *stores.AcquireRequest) { r.Attempt.Incarnation = "" }, []string{"incarnation"}},
		"no attempt number":          {func(r *stores.AcquireRequest) { r.Attempt.Number = 0 }, []string{"attempt"}},
		"an attempt beyond int64":    {func(r *stores.AcquireRequest) { r.Attempt.Number = 1 << 63 }, []string{"attempt"}},
		"no lease":                   {func(r *stores.AcquireRequest) { r.Lease = 0 }, []string{"lease"}},
		"bad metadata":               {func(r *stores.AcquireRequest) { r.Metadata[""] = "" }, []string{"metadata key"}},
		"a highest fence over int64": {func(r *stores.AcquireRequest) { r.HighestFence = 1 << 63 }, []string{"highest fence"}},
		"all at once": {
			func(r *stores.AcquireRequest) {
				*r = stores.AcquireRequest{HighestFence: 1 << 63, Metadata: map[string]string{"": ""}}
			},
			[]string{"election", "participant", "incarnation", "attempt", "lease", "metadata key", "highest fence"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := acquireRequest()
			c.spoil(&req)
			require.Equal(t, c.fields, fields(t, req.Validate()))
		})
	}
}

func TestRenewRequestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*stores.RenewRequest)
		fields []string
	}{
		"good":                     {func(*stores.RenewRequest) {}, nil},
		"highest attempt, fence":   {func(r *stores.RenewRequest) { r.Tenure.Number, r.Tenure.Fence = math.MaxInt64, math.MaxInt64 }, nil},
		"no election":              {func(r *stores.RenewRequest) { r.Election = "" }, []string{"election"}},
		"no incarnation":           {func(r *stores.RenewRequest) { r.Tenure.Incarnation = "" }, []string{"incarnation"}},
		"no attempt number":        {func(r *stores.RenewRequest) { r.Tenure.Number = 0 }, []string{"attempt"}},
		"no fence":                 {func(r *stores.RenewRequest) { r.Tenure.Fence = 0 }, []string{"fence"}},
		"a fence beyond int64":     {func(r *stores.RenewRequest) { r.Tenure.Fence = 1 << 63 }, []string{"fence"}},
		"a fraction of ms a lease": {func(r *stores.RenewRequest) { r.Lease++ }, []string{"lease"}},
		"all at once": {
			func(r *stores.RenewRequest) { *r = stores.RenewRequest{} },
			[]string{"election", "incarnation", "attempt", "fence", "lease"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := renewRequest()
			c.spoil(&req)
			require.Equal(t, c.fields, fields(t, req.Validate()))
		})
	}
}

func TestValidateRelease(t *testing.T) {
	attempt := stores.Attempt{Incarnation: "r4nd0m", Number: 1}
	for name, c := range map[string]struct {
		election string
		tenure   stores.Tenure
		fields   []string
	}{
		"a release":            {"orders", stores.Tenure{Attempt: attempt, Fence: 1}, nil},
		"the highest fence":    {"orders", stores.Tenure{Attempt: attempt, Fence: math.MaxInt64}, nil},
		"a give-back":          {"orders", stores.Tenure{Attempt: attempt}, nil},
		"no election":          {"", stores.Tenure{Attempt: attempt, Fence: 1}, []string{"election"}},
		"a fence beyond int64": {"orders", stores.Tenure{Attempt: attempt, Fence: 1 << 63}, []string{"fence"}},
		"a fence is no attempt": {
			"orders", stores.Tenure{Fence: 1}, []string{"incarnation", "attempt"},
		},
		"all at once": {
			"\n", stores.Tenure{Fence: math.MaxUint64}, []string{"election", "incarnation", "attempt", "fence"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.fields, fields(t, stores.ValidateRelease(c.election, c.tenure)))
		})
	}
}

func TestValidateRevoke(t *testing.T) {
	for name, c := range map[string]struct {
		election string
		fence    uint64
		fields   []string
	}{
		"the lowest fence":     {"orders", 1, nil},
		"the highest fence":    {"orders", math.MaxInt64, nil},
		"no fence":             {"orders", 0, []string{"fence"}},
		"a fence beyond int64": {"orders", 1 << 63, []string{"fence"}},
		"no election":          {"", 1, []string{"election"}},
		"all at once":          {"", 0, []string{"election", "fence"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.fields, fields(t, stores.ValidateRevoke(c.election, c.fence)))
		})
	}
}

func TestFaultsNameTheValue(t *testing.T) {
	got := faults(t, stores.ValidateRelease("a\nb", stores.Tenure{
		Attempt: stores.Attempt{Incarnation: "\xff", Number: 1 << 63}, Fence: 1<<63 + 1,
	}))
	values := map[string]any{}
	for _, fault := range got {
		values[fault.Field] = fault.Value
	}
	require.Equal(t, map[string]any{
		"election": "a\nb", "incarnation": "\xff", "attempt": uint64(1 << 63), "fence": uint64(1<<63 + 1),
	}, values)
}

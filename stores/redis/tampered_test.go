package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

const (
	leaseKey = "tenure:{orders}:lease"
	fenceKey = "tenure:{orders}:fence"
)

func request(participant string, attempt uint64) stores.AcquireRequest {
	return stores.AcquireRequest{
		Election: "orders", Participant: participant, Lease: time.Minute,
		Attempt:  stores.Attempt{Incarnation: "run of " + participant, Number: attempt},
		Metadata: map[string]string{"addr": "10.0.0.1:80"},
	}
}

// calls make every call that reads what is stored for the election.
func calls(t *testing.T, store *redis.Store, of stores.Lease) map[string]error {
	t.Helper()
	ctx := t.Context()
	_, acquire := store.Acquire(ctx, request("bob", 1))
	_, renew := store.Renew(ctx, stores.RenewRequest{Election: "orders", Tenure: of.Tenure, Lease: time.Minute})
	_, release := store.Release(ctx, "orders", of.Tenure)
	_, revoke := store.Revoke(ctx, "orders", of.Fence)
	_, get := store.Get(ctx, "orders")
	_, list := store.List(ctx, "")
	return map[string]error{"acquire": acquire, "renew": renew, "release": release, "revoke": revoke, "get": get, "list": list}
}

func TestALeaseThatWasTamperedWithIsATypedErrorThatNamesTheField(t *testing.T) {
	for field, tamper := range map[string]func(lines []string) string{
		"format":      func([]string) string { return "garbage" },
		"participant": func(l []string) string { l[1] = ""; return strings.Join(l, "\n") },
		"incarnation": func(l []string) string { l[2] = ""; return strings.Join(l, "\n") },
		"attempt":     func(l []string) string { l[3] = "01"; return strings.Join(l, "\n") },
		"fence":       func(l []string) string { l[4] = "-1"; return strings.Join(l, "\n") },
		"acquired":    func(l []string) string { l[5] = "1e6"; return strings.Join(l, "\n") },
		"span":        func(l []string) string { l[6] = "0"; return strings.Join(l, "\n") },
		"revoked":     func(l []string) string { l[7] = "yes"; return strings.Join(l, "\n") },
	} {
		t.Run(field, func(t *testing.T) {
			server := newDouble(t)
			store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
			lease, err := store.Acquire(t.Context(), request("alice", 1))
			require.NoError(t, err)
			value, err := server.Get(leaseKey)
			require.NoError(t, err)
			require.NoError(t, server.Set(leaseKey, tamper(strings.Split(value, "\n"))))
			server.SetTTL(leaseKey, time.Minute)
			for call, err := range calls(t, store, lease) {
				var corrupt *redis.CorruptError
				require.ErrorIs(t, err, redis.ErrCorrupt, call)
				require.ErrorAs(t, err, &corrupt, call)
				require.Equal(t, field, corrupt.Field, call)
				require.Equal(t, leaseKey, corrupt.Key, call)
			}
		})
	}
}

func TestWhatIsStoredOtherwiseThanByThisStoreIsATypedError(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	lease, err := store.Acquire(t.Context(), request("alice", 1))
	require.NoError(t, err)
	value, err := server.Get(leaseKey)
	require.NoError(t, err)

	require.NoError(t, server.Set(leaseKey, value)) // which takes its expiry away
	stranger := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	for call, err := range calls(t, stranger, lease) {
		require.ErrorIs(t, err, redis.ErrCorrupt, call)
		require.ErrorContains(t, err, "expiry", call)
	}
	require.NoError(t, renew(t, store, lease), "the holder's renewal sets the expiry again")

	server.Del(leaseKey)
	server.HSet(leaseKey, "participant", "alice")
	for call, err := range calls(t, store, lease) {
		require.ErrorIs(t, err, redis.ErrCorrupt, call)
	}

	server.Del(leaseKey)
	server.Del(fenceKey)
	server.HSet(fenceKey, "last", "1")
	_, err = store.Acquire(t.Context(), request("bob", 1))
	var other *redis.CorruptError
	require.ErrorAs(t, err, &other)
	require.Equal(t, redis.CorruptError{Key: fenceKey, Field: "last fence", Value: "of another type"}, *other)
	server.Del(fenceKey)
	for _, fence := range []string{"", "x", "-5", "007", "9007199254740992", "9223372036854775807", "1.5"} {
		require.NoError(t, server.Set(fenceKey, fence))
		_, err := store.Acquire(t.Context(), request("bob", 1))
		var corrupt *redis.CorruptError
		require.ErrorAs(t, err, &corrupt, fence)
		require.Equal(t, fenceKey, corrupt.Key)
		require.Equal(t, "last fence", corrupt.Field)
		require.Equal(t, fence, corrupt.Value)
		_, err = store.Get(t.Context(), "orders")
		require.ErrorIs(t, err, stores.ErrVacant, "nothing was granted over the fence %q", fence)
	}
	require.NoError(t, server.Set(fenceKey, "9007199254740991"))
	_, err = store.Acquire(t.Context(), request("bob", 1))
	require.ErrorIs(t, err, redis.ErrCorrupt, "there is no fence above")
}

func TestALeaseThatCannotBeReadDoesNotHideOthersFromAList(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	good := request("alice", 1)
	good.Election = "good"
	_, err := store.Acquire(t.Context(), good)
	require.NoError(t, err)
	require.NoError(t, server.Set(leaseKey, "garbage"))
	require.NoError(t, server.Set("tenure:{%zz}:lease", "garbage"))
	leases, err := store.List(t.Context(), "")
	require.ErrorIs(t, err, redis.ErrCorrupt)
	require.ErrorContains(t, err, leaseKey)
	require.ErrorContains(t, err, "%zz")
	require.Len(t, leases, 1)
	require.Equal(t, "good", leases[0].Election)
}

func TestMetadataUnderAnotherEncodingIsATypedError(t *testing.T) {
	server := newDouble(t)
	client := clientOf(t, server.Addr())
	_, err := storeOn(t, client, redis.Options{Encoding: lines{}}).Acquire(t.Context(), request("alice", 1))
	require.NoError(t, err)
	got, err := storeOn(t, client, redis.Options{Encoding: lines{}}).Get(t.Context(), "orders")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"addr": "10.0.0.1:80"}, got.Metadata)
	_, err = storeOn(t, client, redis.Options{}).Acquire(t.Context(), request("bob", 1))
	var corrupt *redis.CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.Equal(t, "metadata", corrupt.Field)
}

// oneWay cannot be read back.
type oneWay struct{ lines }

func (oneWay) Decode([]byte) (map[string]string, error) { return nil, errors.New("not readable") }

func TestAnEncodingThatCannotReadWhatItWroteIsRefusedBeforeTheGrant(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{Encoding: oneWay{}})
	_, err := store.Acquire(t.Context(), request("alice", 1))
	require.ErrorIs(t, err, stores.ErrInvalid)
	require.Empty(t, server.Keys())
}

// lines is another encoding: a pair a line.
type lines struct{}

func (lines) Encode(metadata map[string]string) ([]byte, error) {
	var text strings.Builder
	for key, value := range metadata {
		text.WriteString(key + "\t" + value + "\n")
	}
	return []byte(text.String()), nil
}

func (lines) Decode(data []byte) (map[string]string, error) {
	metadata := map[string]string{}
	for line := range strings.Lines(string(data)) {
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !found {
			return nil, errors.New("a line without a tab")
		}
		metadata[key] = value
	}
	return metadata, nil
}

// Whatever stands where the lease does: while it stands there, nobody else is granted one, and nothing panics.
func TestNoValueInThePlaceOfALeaseIsEverAGrantToAStranger(t *testing.T) {
	server := newDouble(t)
	client := clientOf(t, server.Addr())
	rapid.Check(t, func(rt *rapid.T) {
		server.FlushAll()
		store := storeOn(t, client, redis.Options{})
		lease, err := store.Acquire(t.Context(), request("alice", 7))
		require.NoError(rt, err)
		value, err := server.Get(leaseKey)
		require.NoError(rt, err)
		spoilt := []byte(value)
		for range rapid.IntRange(1, 4).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(spoilt)).Draw(rt, "at")
			switch rapid.SampledFrom([]string{"cut", "insert", "replace"}).Draw(rt, "how") {
			case "cut":
				spoilt = spoilt[:at]
			case "insert":
				spoilt = append(spoilt[:at:at], append(rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(rt, "bytes"), spoilt[at:]...)...)
			case "replace":
				if at < len(spoilt) {
					spoilt[at] = rapid.SampledFrom([]byte("\n0123456789az\x00\xff")).Draw(rt, "byte")
				}
			}
		}
		require.NoError(rt, server.Set(leaseKey, string(spoilt)))
		server.SetTTL(leaseKey, time.Minute)
		_, err = store.Acquire(t.Context(), request("bob", 1))
		require.Error(rt, err, "granted over %q", spoilt)
		require.Error(rt, calls(t, store, lease)["acquire"], "granted after every other call, over %q", spoilt)
	})
}

func TestNoticesThatCannotBeReadAreAReasonToLook(t *testing.T) {
	server := newDouble(t)
	store := storeOn(t, clientOf(t, server.Addr()), redis.Options{})
	notices, err := store.Watch(t.Context(), "orders")
	require.NoError(t, err)
	for _, message := range []string{
		"", "1", "2v", "1h", "1hx\n1", "1h-1\nx", "1h99999999999999999999\nx", "1h5\ngarbage", "1h5\n1\np\ni\n0\n1\n1\n1\n0\n",
	} {
		server.Publish("tenure@0:{orders}", message)
		require.Equal(t, stores.NoticeMissed, (<-notices).Kind, "%q", message)
	}
	server.Publish("tenure@0:{orders}", "1v")
	require.Equal(t, stores.NoticeVacated, (<-notices).Kind)
}

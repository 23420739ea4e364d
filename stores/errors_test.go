package stores_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/stores"
)

func lease() stores.Lease {
	return stores.Lease{
		Election: "orders", Participant: "alice", TimeLeft: 1500 * time.Millisecond,
		Tenure: stores.Tenure{Attempt: stores.Attempt{Incarnation: "r4nd0m", Number: 2}, Fence: 42},
	}
}

func TestErrorsSayWhatHappened(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"held": {
			&stores.HeldError{Lease: lease()}, `tenure: election "orders" is held by "alice" (fence 42) for another 1.5s`,
		},
		"lost": {
			&stores.LostError{Election: "orders", Tenure: lease().Tenure},
			`tenure: the lease on election "orders" under fence 42 is lost: it expired, was released or was replaced`,
		},
		"revoked": {
			&stores.LostError{Election: "orders", Tenure: lease().Tenure, Revoked: true},
			`tenure: the lease on election "orders" under fence 42 is lost: it was revoked`,
		},
		"fence claim": {
			&stores.FenceClaimError{Election: "orders", Claimed: 5_000_000, Limit: 2_000_000},
			`tenure: election "orders": the candidate claims to have seen fence 5000000, 3s beyond the limit of one day ahead ` +
				`of the store's clock; compare the clock of the store with the one that minted this fence`,
		},
		"invalid": {
			&stores.InvalidError{Field: "election", Value: "a\nb", Reason: "it must not contain control characters"},
			`tenure: invalid election: "a\nb": it must not contain control characters`,
		},
		"invalid number": {
			&stores.InvalidError{Field: "fence", Value: uint64(10), Reason: "a fence is at most 2^63-1"},
			`tenure: invalid fence: 10: a fence is at most 2^63-1`,
		},
	} {
		t.Run(name, func(t *testing.T) { require.EqualError(t, c.err, c.want) })
	}
}

func TestAnAbsurdFenceClaimHasASensibleMessage(t *testing.T) {
	err := &stores.FenceClaimError{Election: "orders", Claimed: math.MaxInt64, Limit: 1}
	require.Contains(t, err.Error(), "2501999h47m34.740992s beyond")
}

func TestEachTypedErrorIsOfItsClassOnly(t *testing.T) {
	classes := []error{stores.ErrHeld, stores.ErrLost, stores.ErrVacant, stores.ErrInvalid, stores.ErrFenceClaim}
	for class, err := range map[error]error{
		stores.ErrHeld:       &stores.HeldError{},
		stores.ErrLost:       &stores.LostError{},
		stores.ErrInvalid:    &stores.InvalidError{},
		stores.ErrFenceClaim: &stores.FenceClaimError{},
		stores.ErrVacant:     stores.ErrVacant,
	} {
		wrapped := fmt.Errorf("while trying: %w", err)
		for _, each := range classes {
			require.Equal(t, each == class, errors.Is(wrapped, each), "whether %T is %q", err, each) //nolint:errorlint // identity
		}
	}
}

func TestTypedErrorsKeepTheirDataWhenWrapped(t *testing.T) {
	err := fmt.Errorf("while trying: %w", &stores.HeldError{Lease: lease()})
	var held *stores.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, lease(), held.Lease)

	err = fmt.Errorf("while trying: %w", stores.RenewRequest{Lease: time.Second}.Validate())
	var invalid *stores.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "election", invalid.Field)
}

func TestCloneSharesNoMetadata(t *testing.T) {
	original := lease()
	require.NotNil(t, original.Clone().Metadata, "a clone has metadata, though the original has none")
	require.Nil(t, original.Metadata)

	original.Metadata = map[string]string{"addr": "10.0.0.1:80"}
	clone := original.Clone()
	require.Equal(t, original, clone)
	clone.Metadata["addr"] = "spoilt"
	require.Equal(t, "10.0.0.1:80", original.Metadata["addr"])
}

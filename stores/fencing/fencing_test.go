package fencing_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/tenure-go/tenure/gen/elector"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/fencing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The term of an elector is a source of tokens without this package knowing electors.
var _ fencing.Source = (*elector.Term)(nil)

func token(fence uint64, incarnation string) fencing.Token {
	return fencing.Token{Fence: fence, Incarnation: incarnation}
}

func TestAdmits(t *testing.T) {
	for name, c := range map[string]struct {
		last, next fencing.Token
		want       bool
	}{
		"the first":                      {fencing.Token{}, token(1, "a"), true},
		"a higher fence":                 {token(7, "a"), token(8, "b"), true},
		"a higher fence, same run":       {token(7, "a"), token(8, "a"), true},
		"the same tenure":                {token(7, "a"), token(7, "a"), true},
		"the same fence, another run":    {token(7, "a"), token(7, "b"), false},
		"a lower fence":                  {token(7, "a"), token(6, "b"), false},
		"a lower fence, same run":        {token(7, "a"), token(6, "a"), false},
		"digits of other lengths":        {token(9, "a"), token(10, "b"), true},
		"beyond the precision of floats": {token(1<<53+1, "a"), token(1<<53, "a"), false},
		"the highest":                    {token(math.MaxInt64-1, "a"), token(math.MaxInt64, "b"), true},
		"none after none":                {fencing.Token{}, fencing.Token{}, false},
		"none after some":                {token(7, "a"), fencing.Token{}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, fencing.Admits(c.last, c.next)) })
	}
}

func TestTokenValidate(t *testing.T) {
	for name, c := range map[string]struct {
		token  fencing.Token
		faults []string
	}{
		"good":                   {token(1, "a"), nil},
		"at the limits":          {token(math.MaxInt64, strings.Repeat("i", stores.MaxName)), nil},
		"no fence":               {token(0, "a"), []string{"invalid fence: 0"}},
		"a fence beyond int64":   {token(1<<63, "a"), []string{"invalid fence: 9223372036854775808"}},
		"no incarnation":         {token(1, ""), []string{"invalid incarnation"}},
		"a control character":    {token(1, "a\nb"), []string{"invalid incarnation"}},
		"an incarnation too big": {token(1, strings.Repeat("i", stores.MaxName+1)), []string{"201 bytes"}},
		"both":                   {fencing.Token{}, []string{"invalid fence", "invalid incarnation"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.token.Validate()
			if c.faults == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, stores.ErrInvalid)
			for _, fault := range c.faults {
				require.ErrorContains(t, err, fault)
			}
		})
	}
}

func TestAStaleErrorSaysWhoWasRefusedByWhom(t *testing.T) {
	err := error(&fencing.StaleError{Resource: "ledger", Offered: token(7, "old"), Highest: token(8, "new")})
	require.ErrorIs(t, err, fencing.ErrStale)
	require.NotErrorIs(t, err, stores.ErrInvalid)
	require.EqualError(t, err, `tenure: resource "ledger" refuses a write under fence 7 of incarnation "old": `+
		`it has admitted fence 8 of incarnation "new"`)
	err = &fencing.StaleError{Resource: "ledger", Offered: token(7, "old")}
	require.EqualError(t, err, `tenure: resource "ledger" refuses a write under fence 7 of incarnation "old": `+
		`it has admitted a later tenure`)
}

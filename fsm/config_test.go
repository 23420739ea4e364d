package fsm_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/fsm"
	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/memory"
)

func TestDefaultsAreDerivedFromTheLease(t *testing.T) {
	cfg := fsm.Config{Election: "x"}.WithDefaults()
	require.Equal(t, 30*time.Second, cfg.Lease)
	require.Equal(t, 10*time.Second, cfg.Renewal)
	require.Equal(t, 5*time.Second, cfg.Retry)
	require.Equal(t, 5*time.Second, cfg.Timeout)
	require.Equal(t, 30*time.Second, cfg.Drain)
	require.NoError(t, cfg.Validate())
	require.Equal(t, fsm.Config{Election: "x", Lease: 6 * time.Second}.WithDefaults(), fsm.ConfigFor("x", 6*time.Second))
}

func TestEveryFaultOfTheSettingsIsNamedAtOnceWithFieldAndValue(t *testing.T) {
	_, err := fsm.New(nil, fsm.Config{
		Election: "", Participant: strings.Repeat("p", 201), Lease: 1500 * time.Microsecond, Renewal: -time.Second,
		Retry: -1, Timeout: -2, Grace: -3, Drain: -4, Jitter: math.NaN(), Metadata: map[string]string{"": "x"},
	})
	require.ErrorIs(t, err, stores.ErrInvalid)
	for _, field := range []string{
		"store", "Election", "Participant", "Lease", "Renewal", "Retry", "Timeout", "Grace", "Drain", "Jitter", "metadata key",
	} {
		require.ErrorContains(t, err, "invalid "+field+":")
	}
	require.ErrorContains(t, err, "-1s")
	var invalid *stores.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "store", invalid.Field)
}

func TestALeaseThatIsNotAcceptedIsTheOnlyFaultOfWhatIsDerivedFromIt(t *testing.T) {
	err := fsm.Config{Election: "x", Lease: 10_000 * time.Hour}.Validate()
	require.Equal(t, 1, strings.Count(err.Error(), "invalid "), err.Error())
	err = fsm.Config{Election: "x", Lease: time.Millisecond}.Validate()
	require.Equal(t, 1, strings.Count(err.Error(), "invalid "), err.Error())
}

func TestTimingsThatDoNotFitEachOtherAreRefusedWithTheirSum(t *testing.T) {
	fits := fsm.Config{Election: "x", Lease: 10 * time.Second, Renewal: 4 * time.Second, Timeout: 2 * time.Second, Retry: 1900 * time.Millisecond}
	require.NoError(t, fits.Validate())
	fits.Retry += time.Millisecond
	err := fits.Validate()
	var invalid *stores.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, "Lease", invalid.Field)
	require.ErrorContains(t, err, "9.901s must be at most Lease - margin 100ms - Grace 0s = 9.9s")

	fits.Manual = true
	require.NoError(t, fits.Validate(), "in manual mode only one call must fit")
	fits.Grace = 8 * time.Second
	require.ErrorContains(t, fits.Validate(), "in manual mode Timeout 2s must be at most")
}

// A renewal may time out and be repeated before the deadline, for all settings that are accepted.
func TestAcceptedSettingsLeaveRoomForOneFailedRenewal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := func(name string, low, high int) time.Duration {
			return time.Duration(rapid.IntRange(low, high).Draw(t, name)) * time.Millisecond
		}
		cfg := fsm.Config{
			Election: "x", Lease: ms("lease", 1, 100_000), Renewal: ms("renewal", 1, 40_000), Retry: ms("retry", 1, 20_000),
			Timeout: ms("timeout", 1, 20_000), Grace: ms("grace", 0, 20_000),
		}
		if cfg.Validate() != nil {
			t.Skip("not accepted")
		}
		failed := cfg.Renewal + cfg.Timeout + cfg.Retry + cfg.Timeout
		require.LessOrEqual(t, failed, cfg.Lease-lifecycle.Margin(cfg.Lease)-cfg.Grace)
	})
}

func TestFailoverIsWhatTheFormulaSays(t *testing.T) {
	f := fsm.Config{Lease: 30 * time.Second}.Failover()
	require.Equal(t, 5*time.Second, f.Handover)
	require.Equal(t, 40800*time.Millisecond, f.Crash)
	require.Equal(t, 121600*time.Millisecond, f.Worst)
	require.Greater(t, fsm.Config{Lease: 30 * time.Second, Retry: 10 * time.Millisecond, Jitter: 1}.Failover().Crash, 35*time.Second+300*time.Millisecond)
}

func TestMetadataIsCopied(t *testing.T) {
	metadata := map[string]string{"version": "1"}
	e, err := fsm.New(memory.New(), fsm.Config{Election: "x", Metadata: metadata})
	require.NoError(t, err)
	metadata["version"] = "2"
	_, err = e.TryAcquire(t.Context())
	require.NoError(t, err)
	leader, known := e.Leader()
	require.True(t, known)
	require.Equal(t, "1", leader.Metadata["version"])
	require.NoError(t, e.Close())
}

func TestDefaultParticipantsDiffer(t *testing.T) {
	a, err := fsm.New(memory.New(), fsm.Config{Election: "x"})
	require.NoError(t, err)
	b, err := fsm.New(memory.New(), fsm.Config{Election: "x"})
	require.NoError(t, err)
	require.NotEqual(t, a.Participant(), b.Participant())
}

func TestErrorsSayWhatTheyAre(t *testing.T) {
	ended := &fsm.EndedError{Election: "x", Fence: 7, Reason: lifecycle.EventDeadline}
	require.ErrorIs(t, ended, fsm.ErrEnded)
	require.Equal(t, `tenure: the tenure of election "x" under fence 7 is over: its deadline passed without a renewal`, ended.Error())
	inner := errors.New("inner")
	require.ErrorIs(t, &fsm.MachineError{Err: inner}, inner)
	require.ErrorIs(t, &fsm.DisagreementError{Err: inner}, inner)
	require.Contains(t, (&fsm.MachineError{Got: "idle"}).Error(), "against the table")
}

package fsm

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tenure-go/tenure/gen/lifecycle"
	"github.com/tenure-go/tenure/stores"
)

// Validate returns every fault of the Config with its defaults applied, joined, each a *[stores.InvalidError] with the
// field and its value; nil if there is none. It does no I/O and corrects nothing.
//
// The rule for the timings is lifecycle.Budget: one renewal may time out and be repeated before the deadline,
//
//	Renewal + 2 x Timeout + Retry <= Lease - margin - Grace
//
// with a margin of 1 % of the lease, at least 10 ms. In manual mode only one call must fit: Timeout <= Lease - margin -
// Grace.
func (c Config) Validate() error {
	given := c
	c = c.WithDefaults()
	faults := []error{
		stores.ValidateName("Election", c.Election),
		stores.ValidateLease("Lease", c.Lease),
		stores.ValidateMetadata(c.Metadata),
		// What is derived from the lease is at fault only where the lease is.
		inRange("Renewal", given.Renewal), inRange("Retry", given.Retry),
		inRange("Timeout", given.Timeout), inRange("Drain", given.Drain),
		c.checkGrace(), c.checkJitter(),
	}
	if c.Participant != "" {
		faults = append(faults, stores.ValidateName("Participant", c.Participant))
	}
	if errors.Join(faults...) == nil {
		faults = append(faults, c.checkBudget())
	}
	return errors.Join(faults...)
}

func inRange(field string, d time.Duration) error {
	if d != 0 && (d < time.Millisecond || d > stores.MaxLease) {
		return invalid(field, d.String(), fmt.Sprintf("it must be from 1ms to %v, or 0 for the default", stores.MaxLease))
	}
	return nil
}

func (c Config) checkGrace() error {
	if c.Grace < 0 || c.Grace > stores.MaxLease {
		return invalid("Grace", c.Grace.String(), "it must not be negative, and must leave a part of the lease to lead in")
	}
	return nil
}

func (c Config) checkJitter() error {
	if c.Jitter != NoJitter && (math.IsNaN(c.Jitter) || c.Jitter < 0 || c.Jitter > 1) {
		return invalid("Jitter", c.Jitter, "it is a share of Retry, above 0 and at most 1, or NoJitter")
	}
	return nil
}

// checkBudget compares the timings with each other. It is reached with fields that are each in range.
func (c Config) checkBudget() error {
	margin := lifecycle.Margin(c.Lease)
	room := lifecycle.Validity(c.Lease, c.Grace)
	need, rule := c.Timeout, fmt.Sprintf("in manual mode Timeout %v", c.Timeout)
	if !c.Manual {
		need = lifecycle.Budget(c.Renewal, c.Timeout, c.Retry)
		rule = fmt.Sprintf("%d x Renewal %v + %d x Timeout %v + %d x Retry %v = %v", lifecycle.BudgetRenewal, c.Renewal,
			lifecycle.BudgetTimeout, c.Timeout, lifecycle.BudgetRetry, c.Retry, need)
	}
	if need <= room {
		return nil
	}
	return invalid("Lease", c.Lease.String(), fmt.Sprintf("%s must be at most Lease - margin %v - Grace %v = %v",
		rule, margin, c.Grace, room))
}

func invalid(field string, value any, reason string) error {
	return &stores.InvalidError{Field: field, Value: value, Reason: reason}
}

//go:build !tenure_record

package proptest_test

import "github.com/tenure-go/tenure/gen/elector"

const recorded = false

// tape is empty in a build without a recorder.
type tape struct{}

func (tape) record(*elector.Config) {}

func (tape) replay() error { return nil }

// inputs is how many were replayed.
func (tape) inputs() int { return 0 }

func (tape) way() uint64 { return 0 }

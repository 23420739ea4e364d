//go:build !tenure_record

package fsm

import "github.com/tenure-go/tenure/fsm/core"

// recording has neither fields nor instructions unless the module is built with the tag tenure_record, for which there
// is a twin that can record.
type recording struct{}

func (recording) newCore(set core.Settings) *core.Core { return core.New(set) }

func (recording) step(c *core.Core, now core.Instant, in *core.Input) *core.Output {
	return c.Step(now, in)
}

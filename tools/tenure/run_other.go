//go:build !linux && !darwin

package main

import (
	"context"

	"github.com/tenure-go/tenure/tools/internal/cli"
	"github.com/tenure-go/tenure/tools/tenure/internal/guard"
)

func (f *runFlags) do(_ context.Context, call *cli.Call) int {
	return call.Fail(exitFailed, guard.Supported().Error())
}

func guardAction(_ context.Context, call *cli.Call) int {
	return call.Fail(exitFailed, guard.Supported().Error())
}

//go:build !tenure_record

package fsm

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/fsm/core"
)

// What ships has no recorder: no field, no room for one, nothing that can be reached from outside, and no allocation.
func TestWithoutItsTagTheRecorderIsNotThere(t *testing.T) {
	config := reflect.TypeFor[Config]()
	field, found := config.FieldByName("recording")
	require.True(t, found)
	require.Zero(t, field.Type.NumField())
	require.Zero(t, field.Type.Size())
	require.Zero(t, field.Type.NumMethod(), "exported methods")
	_, found = config.FieldByName("Record")
	require.False(t, found)
	require.Equal(t, sizeWithout(config, "recording"), config.Size())
}

func TestTheCheckOfTheRecordersSizeSeesAField(t *testing.T) {
	type settings struct {
		Election string
		Record   *int
	}
	require.NotEqual(t, sizeWithout(reflect.TypeFor[settings](), "Record"), reflect.TypeFor[settings]().Size())
	type last struct {
		Election string
		Record   struct{}
	}
	require.NotEqual(t, sizeWithout(reflect.TypeFor[last](), "Record"), reflect.TypeFor[last]().Size(),
		"an empty last field takes room")
}

// sizeWithout is how much room a struct's exported fields need, without that of the given name.
func sizeWithout(of reflect.Type, name string) uintptr {
	var others []reflect.StructField
	for field := range of.Fields() {
		if field.IsExported() && field.Name != name {
			others = append(others, field)
		}
	}
	return reflect.StructOf(others).Size()
}

func TestTheSeamOfTheRecorderAllocatesNothing(t *testing.T) {
	e := handling(t)
	in := core.Input{Kind: core.InputTick}
	require.Zero(t, testing.AllocsPerRun(100, func() { e.cfg.step(e.core, 0, &in) }))
}

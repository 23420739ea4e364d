package spec_test

import (
	"fmt"

	"github.com/tenure-go/tenure/spec"
)

func ExampleLoad() {
	table, err := spec.Load("testdata/small.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	row, _ := table.Row("acquiring", "granted")
	fmt.Println(row.To, row.Do)
	// Output: leading [adopt_grant announce_gained]
}

// All faults come at once, each where an editor finds it.
func ExampleLoad_faults() {
	_, err := spec.Load("testdata/vocabulary.yaml")
	fmt.Println(err)
	// Output:
	// testdata/vocabulary.yaml:15:3: the rules of safety need a pending named spent
	// testdata/vocabulary.yaml:24:3: the rules of safety need an effect named extend_grant
	// testdata/vocabulary.yaml:40:3: the rules of safety need an event named resign
}

package proptest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"

	"github.com/tenure-go/tenure/gen/lifecycle"
)

// fingerprintSeeds is how many runs a fingerprint looks at: enough for most rows of the table.
const fingerprintSeeds = 40

// Fingerprint identifies what runs with these options consist of and what is kept of them: the table, the transcripts of
// some fixed seeds, the checks, faults and counts. Results of campaigns with different fingerprints do not belong together.
func Fingerprint(opt Options) string {
	h := sha256.New()
	runs := Campaign(1, fingerprintSeeds, opt)
	fmt.Fprintln(h, lifecycle.TableHash, runs.Hash, runs.Events, len(runs.Violations), fullName(opt.Planted), troubleOf(opt))
	for check := range Check(CheckCount) {
		fmt.Fprintln(h, check)
	}
	for kind := range FaultKind(FaultKinds) {
		fmt.Fprintln(h, kind)
	}
	for r := range Reach(ReachCount) {
		fmt.Fprintln(h, r)
	}
	shape(h, reflect.TypeFor[Stats]())
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func troubleOf(opt Options) string {
	if opt.Trouble == nil {
		return ""
	}
	return opt.Trouble.Name
}

func fullName(p *Planted) string {
	if p == nil {
		return ""
	}
	return p.Name
}

// shape writes the names and types of a struct's fields.
func shape(h hash.Hash, t reflect.Type) {
	for i := range t.NumField() {
		fmt.Fprintln(h, t.Field(i).Name, t.Field(i).Type)
	}
}

package proptest_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/gen/elector"
)

// opKind is what an op of a script does.
type opKind int

const (
	opPass opKind = iota
	opStart
	opTry
	opCampaign
	opRun
	opRegister
	opRenew
	opRelease
	opStop
	opClose
	opListen
	opUnlisten
	opFault
	opHeal
	opRevoke
	opWall
	opSuspend
	opStoreBack
	opStorm
)

var opNames = [...]string{
	"pass", "start", "try", "campaign", "run", "register", "renew", "release", "stop", "close", "listen", "unlisten",
	"fault", "heal", "revoke", "wall", "suspend", "store back", "storm",
}

// op is one thing that happens to the stage. Its fields mean what its kind makes of them.
type op struct {
	kind opKind
	// who is the actor's index.
	who int
	// span is the life of a call's context, or the length of a fault, a workload, a step of a clock.
	span time.Duration
	// how is the variant.
	how int
	// then is what passes before the next op.
	then time.Duration
}

func (o op) String() string {
	return fmt.Sprintf("%s(who %d, span %v, how %d) then %v", opNames[o.kind], o.who, o.span, o.how, o.then)
}

// script is all that decides a run of the real driver, other than the order of its goroutines.
type script struct {
	grace    time.Duration
	jitter   float64
	manual   []bool
	ppm      []int
	storePPM int
	ops      []op
}

func (s script) config(who int) elector.Config {
	cfg := elector.ConfigFor(stageElection, 3*time.Second)
	cfg.Grace, cfg.Jitter, cfg.Manual = s.grace, s.jitter, s.manual[who]
	cfg.Participant = fmt.Sprint("actor ", who)
	return cfg
}

const stageElection = "stage"

// weighted holds each kind of op as often as it is to be drawn; the simplest come first, to which rapid shrinks.
var weighted = func() (kinds []opKind) {
	for kind, weight := range []int{4, 4, 3, 5, 6, 9, 4, 6, 5, 1, 4, 1, 5, 2, 1, 2, 2, 1, 1} {
		for range weight {
			kinds = append(kinds, opKind(kind))
		}
	}
	return kinds
}()

func milliseconds(t *rapid.T, least, most int, label string) time.Duration {
	return time.Duration(rapid.IntRange(least, most).Draw(t, label)) * time.Millisecond
}

// ppmLimit is how fast or slow clocks run: two of them differ by less than the margin of 1 %.
const ppmLimit = 4000

var ops = rapid.Custom(func(t *rapid.T) op {
	o := op{kind: rapid.SampledFrom(weighted).Draw(t, "kind")}
	o.who = rapid.IntRange(0, 2).Draw(t, "who")
	o.how = rapid.IntRange(0, 63).Draw(t, "how")
	longest := rapid.SampledFrom([]int{400, 1500, 6000}).Draw(t, "longest span")
	o.span = milliseconds(t, 1, longest, "span")
	longest = rapid.SampledFrom([]int{0, 100, 1200, 4000}).Draw(t, "longest pause")
	o.then = milliseconds(t, 0, longest, "then")
	return o
})

// scripts are of two or three electors that stand from the first moment on or not.
var scripts = rapid.Custom(func(t *rapid.T) script {
	s := script{
		grace:    rapid.SampledFrom([]time.Duration{0, 400 * time.Millisecond}).Draw(t, "grace"),
		jitter:   rapid.SampledFrom([]float64{elector.NoJitter, 0.5}).Draw(t, "jitter"),
		storePPM: rapid.SampledFrom([]int{0, ppmLimit, -ppmLimit}).Draw(t, "the store's clock"),
	}
	// The last is the heir, who stands where all others are closed.
	for range rapid.IntRange(2, 3).Draw(t, "electors") + 1 {
		s.manual = append(s.manual, rapid.IntRange(0, 3).Draw(t, "manual") == 3)
		s.ppm = append(s.ppm, rapid.SampledFrom([]int{0, -ppmLimit, ppmLimit}).Draw(t, "clock"))
	}
	// Several short slices are longer than one long slice mostly is, and shrink as well.
	for _, act := range []string{"first act", "second act", "third act", "fourth act"} {
		s.ops = append(s.ops, rapid.SliceOfN(ops, 1, 15).Draw(t, act)...)
	}
	return s
})

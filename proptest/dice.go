package proptest

import "math/rand/v2"

// dice are randomness that begins anew for each thing that is drawn for, under the name of that thing. So no draw depends
// on how much was drawn before: take one command or one fault away, and what was drawn for all others stays as it was. A
// failing run can only be shrunk because of that.
type dice struct {
	*rand.Rand
	source rand.PCG
	seed   uint64
}

// throw is what is drawn for.
type throw uint64

const (
	// throwRequest, throwServing, throwAnswer, throwFailAfter and throwNotice: a message on its way, by its call.
	throwRequest throw = iota + 1
	throwServing
	throwFailAfter
	throwAnswer
	throwNotice
	// throwTimer: how late a timer fires.
	throwTimer
	// throwCommand: the n-th command of the script; throwObey: how one is carried out; throwDoubt: whether a caller gives
	// up when an attempt is repeated; throwReturn: how long a workload takes to return.
	throwCommand
	throwObey
	throwDoubt
	throwReturn
	// throwFault: the n-th fault that lasts for a while; throwResume: the order of what waited for the end of a pause.
	throwFault
	throwResume
	// throwJitter: what a core draws in one step.
	throwJitter
	// throwPause and throwWrite: when a workload writes next, and how long the write takes.
	throwPause
	throwWrite
	// throwTrouble: the n-th trouble that goes beyond the assumptions.
	throwTrouble
)

func newDice(seed, stream uint64) *dice {
	d := &dice{seed: mix(mix(0, seed), stream)}
	d.Rand = rand.New(&d.source)
	return d
}

// name begins the draws for one thing: for whom, and up to two numbers that tell it from others of its kind.
func (d *dice) name(what throw, who int, a, b uint64) {
	h := mix(mix(mix(d.seed, uint64(what)<<8|uint64(uint8(who))), a), b) //nolint:gosec // few participants
	d.source.Seed(h, d.seed)
}

// mix is one step of a hash; its constants are those of splitmix64.
func mix(h, word uint64) uint64 {
	h = (h ^ word) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

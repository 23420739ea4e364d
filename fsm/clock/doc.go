// Package clock is time as an elector sees it: both the monotonic and the wall clock at each look, because each of them
// misses something. The monotonic clock of most systems stands still while the machine is suspended; the wall clock can
// be set. A lease's age is the larger of what the two show.
//
// [System] is the machine's clock; [Manual] is one that a test moves.
package clock

// Package leadership checks who led when: that what users rely on has held in a test of theirs, whatever elector, store
// and faults were in it.
//
// A [History] takes down what is seen of electors: gains and losses as they tell of them, looks at whether they lead, and
// the writes that a fenced resource admitted or refused. [Check] then holds it against the rules:
//
//	two leaders      at no instant do two lead one election
//	fence order      a tenure that came later has the higher fence, and no two have the same
//	gain and loss    each gain is followed by exactly one loss, of the same tenure, before the next gain
//	led again        a tenure that was seen not to lead never leads again
//	writes           what a resource admits has a fence that does not go back, of a tenure that there was; and it
//	                 refuses none that it should admit
//
// # What a look can prove
//
// A look takes time, and its answer was true at some instant in between. So each has a position in the history's order
// before and another one after. A tenure that was seen to lead twice led all the time between the end of the first look
// and the beginning of the last, since no tenure leads again once it has ended. Two tenures led at one instant if such
// stretches overlap, or if the one contains a whole look at the other. That needs no clock, and no machine is too slow
// for it: what is reported is always true. What happens between two looks is not seen, so look often, for instance right
// before each write and in a loop of the test. Each look takes the electors in turn, twice.
//
// # It can fail
//
// A history in which nobody led proves nothing, and is an error. The package's own test is a table of histories that are
// wrong in one way each.
package leadership

// Package fencing is the side of what an election protects: it refuses the writes of leaders that are leaders no more.
//
// An elector cannot keep a late write away. Between a leader's last look at its term and the arrival of its write any
// time may pass: the process is paused, a packet waits in a queue, a proxy repeats a request. Meanwhile the lease ends
// and another leads. Only the one who is written to sees both writes, so only he can refuse (Kleppmann, "How to do
// distributed locking", 2016). He needs three things:
//
//   - A [Token] with every write: the term's fence, which is greater than that of every tenure before, and its
//     incarnation. [Of] takes both from an elector's Term.
//   - The rule, [Admits]: a higher fence than any admitted so far, or the same fence from the same incarnation. All else
//     is refused, with a *[StaleError].
//   - One atomic step for check and write. A resource that compares first and writes afterwards, without holding what it
//     compared, has the very gap that the fence is there to close: the old write passes its check, the new leader's
//     check and write both come in between, and then the old write lands on top.
//
// The last is why a guard belongs to where the data is, and why there is one for each kind of place: [Guard] for data in
// this process, under its lock; package sqlguard for a database, in the transaction that writes; package redisguard for
// Redis, in the script that writes. A resource of another kind does the same by its own means, such as a conditional put
// on a column, an ETag or a generation number; package fencingtest holds it to the rule.
//
// # What a fence does not do
//
// It orders tenures, not the writes within a tenure: two writes of one leader that overtake each other are both
// admitted. It says nothing about reads: a leader that must see all that came before it has its token admitted first
// (which shuts the earlier leaders out) and reads then. And fences of two elections cannot be compared: what is
// protected by one election accepts the tokens of that election only.
//
// The highest token is a part of the data. It must be kept as long as the data, in the same place, and be restored,
// replicated and deleted together with it; a guard that forgets admits anybody.
package fencing

// Package redisguard guards what stands in Redis, by a script that compares the token and writes in one step.
//
// A fence key keeps the highest token, for one value or for many that one election protects. [Guard.Set] writes a value;
// [Guard.Run] runs a script of your own behind [Prelude], which ends the script before its first line if the token is not
// admitted. Redis runs nothing else meanwhile, so check and write are one step.
//
// # Rules for its use
//
//   - The fence key has a hash tag, as in "{report}:fence", and the keys that it guards are in the same slot: "{report}:body",
//     or "report" itself. That is demanded also where there is no Cluster, so that what runs on one server runs on
//     a Cluster too.
//   - Whoever writes to the keys goes through the guard. Redis does not know that they are guarded.
//   - The fence key has no expiry, and is not deleted as long as its data is used. A server with a limit on its memory must
//     not evict it: of the policies of maxmemory-policy, noeviction and the volatile ones leave it alone.
//   - go-redis runs a script again if its reply is lost, unless the client's MaxRetries is -1. Set may be repeated; see to
//     it that a script of yours may, too.
//
// A failover to a replica that has not heard of the last writes loses them and their tokens together, since one script
// wrote both. What is left is an earlier state, which still admits those that were the leaders then. Where that is too
// little, the client waits for replicas (WAIT) after a write and before it counts on it.
//
// Fences are compared as decimal texts, by length and then byte by byte. Lua's numbers are doubles, which cannot tell
// 9007199254740992 from 9007199254740993.
package redisguard

// Package guard runs a program that does not outlive a lease, also when the process that holds the lease is killed or
// stopped.
//
// # Who has authority
//
// Two processes watch over the child: its owner, which has the elector, and a guardian, which is the child's parent and does
// nothing else. Both know the same two instants, Term and Kill, on a clock that they share and that goes on while the
// machine sleeps (CLOCK_BOOTTIME on Linux, CLOCK_MONOTONIC on macOS). At Term the child's process group is sent SIGTERM; at
// Kill, the safe end of the lease, SIGKILL. A renewal moves both. What is handed over is always an instant, never time left,
// which would be worth more the longer a message is under way.
//
//	owner     --- start, extend, signal, tell ------------------->   guardian --- signals ---> child's group
//	          <-- started, bounds, told, exited, gone -----------
//
// # What each failure does
//
//   - The owner is killed: the guardian's pipe ends, and it sends SIGTERM now, SIGKILL at Kill.
//   - The owner is stopped: no renewal arrives, and the guardian goes by the instants that it has. It lives in a session of
//     its own, so a stop of the owner's process group does not reach it.
//   - The guardian is killed: the owner's pipe ends, and it sends SIGTERM now, SIGKILL at Kill. On Linux the child becomes the
//     owner's, and has had a SIGTERM from the kernel before.
//   - The guardian is stopped: it confirms no more. The owner counts on no instant that was not confirmed; when the guardian
//     has not done its part by half of the time that is left for it, the owner kills it and goes on alone.
//   - A start, or an extension, that the guardian reads past its instant is refused.
//   - The lease is lost, which the store has said: SIGKILL at once.
//
// The owner sends no signal to the child's group while the guardian lives: only what the guardian has said last tells whether
// the group's number still means the child.
//
// # What is not promised
//
// Both processes stopped or killed (the kernel's SIGTERM is then all that the child gets, and only on Linux); a machine that
// is resumed after Kill, until one of them runs; a process that leaves the group, or runs as a user whom tenure may not
// signal. There only the fence protects.
package guard

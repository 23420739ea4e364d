// Package runner runs a program only while an elector leads. Package guard makes sure that the program does not outlive the
// lease; this package says when it begins, until when it is safe, and when it has to end.
//
// Until when it is safe is computed by the rule of every tenure (the instant at which the call that was answered had been sent,
// plus the time granted, less the margin), but on the clock that the guardian shares, by a wrapper around the store that
// sees each grant and each renewal: also those that protect a program that winds up.
package runner

package main

import "github.com/tenure-go/tenure/tools/internal/cli"

// The exit codes. A verb lists those that it can return, and its help tells them.
const (
	exitOK     = cli.ExitOK
	exitBroken = 1
	exitUsage  = cli.ExitUsage
	exitFailed = 3
	exitStore  = 4
	exitVacant = 5
	// exitRefused: the store was asked for what only the fence's owner may have.
	exitRefused = 6
	exitFaults  = 7
	// exitLost, also of a run that gave up, is EX_TEMPFAIL of sysexits.h: whoever runs the program may start it again.
	exitLost = 75
	// What a shell answers too: a program that cannot be run, one that is not there, and one that a signal ended.
	exitNotRunnable = 126
	exitNotFound    = 127
	exitSignal      = 128
)

func exits() []cli.Exit {
	return []cli.Exit{
		{Code: exitOK, Meaning: "it did what it is for"},
		{Code: exitBroken, Meaning: "a promise was broken"},
		{Code: exitUsage, Meaning: "it was called wrongly; nothing was done"},
		{Code: exitFailed, Meaning: "it could not run, or was interrupted before its end"},
		{Code: exitStore, Meaning: "the store cannot be reached, refuses the login, or lacks a permission"},
		{Code: exitVacant, Meaning: "nobody leads"},
		{Code: exitRefused, Meaning: "refused: that fence is not held"},
		{Code: exitFaults, Meaning: "faults were found"},
		{Code: exitLost, Meaning: "the leadership was lost, or not gained in time"},
		{Code: exitNotRunnable, Meaning: "the program cannot be run"},
		{Code: exitNotFound, Meaning: "there is no such program"},
		{Code: exitSignal, Meaning: "and the number of a signal: the signal ended the program, or tenure before it ran"},
	}
}

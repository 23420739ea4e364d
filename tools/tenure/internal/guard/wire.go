//go:build linux || darwin

package guard

import "syscall"

// orderKind is what an owner wants of a guardian.
type orderKind string

const (
	// orderStart: start the child, unless Bounds.Term has passed.
	orderStart orderKind = "start"
	// orderExtend: the lease was renewed, to Bounds.
	orderExtend orderKind = "extend"
	// orderSignal: pass Signal on, which means nothing for the lease.
	orderSignal orderKind = "signal"
	// orderTell: send Signal, and kill the child at Limit at the latest.
	orderTell orderKind = "tell"
)

// order is a message to a guardian.
type order struct {
	Kind   orderKind      `json:"kind"`
	Bounds Bounds         `json:"bounds,omitzero"`
	Signal syscall.Signal `json:"signal,omitempty"`
	Limit  Instant        `json:"limit,omitempty"`
}

// reportKind is what an owner learns from a guardian.
type reportKind string

const (
	// reportStarted: the child runs; Group is its process group.
	reportStarted reportKind = "started"
	// reportRefused: the start came too late. It is the last report.
	reportRefused reportKind = "refused"
	// reportFailed: the program could not be started, for the reason Errno. It is the last report.
	reportFailed reportKind = "failed"
	// reportBounds: an extension was looked at, and these are the instants now.
	reportBounds reportKind = "bounds"
	// reportTold: the child was told to end, or killed.
	reportTold reportKind = "told"
	// reportExited: the first process has ended with Status.
	reportExited reportKind = "exited"
	// reportGone: no process of the group is left. It is the last report.
	reportGone reportKind = "gone"
)

// report is a message to an owner.
type report struct {
	Kind   reportKind         `json:"kind"`
	Group  int                `json:"group,omitempty"`
	Errno  syscall.Errno      `json:"errno,omitempty"`
	Bounds Bounds             `json:"bounds,omitzero"`
	Status syscall.WaitStatus `json:"status,omitempty"`
}

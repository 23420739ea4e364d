package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/tools/internal/cli"
)

// A lease with the fence 0, which no tenure has, stands for an election that nobody leads.

// leaseObject is a lease as every verb prints it with -json.
type leaseObject struct {
	Election    string            `json:"election"`
	Holder      string            `json:"holder"`
	Incarnation string            `json:"incarnation"`
	Fence       uint64            `json:"fence"`
	AcquiredAt  *time.Time        `json:"acquired_at"`
	RemainingMS int64             `json:"remaining_ms"`
	Revoked     bool              `json:"revoked"`
	Metadata    map[string]string `json:"metadata"`
}

// asObject is a lease for -json. The time left is as the store counts it.
func asObject(l stores.Lease) leaseObject {
	object := leaseObject{
		Election: l.Election, Holder: l.Participant, Incarnation: l.Incarnation, Fence: l.Fence,
		RemainingMS: l.TimeLeft.Milliseconds(), Revoked: l.Revoked, Metadata: l.Clone().Metadata,
	}
	if l.Fence != 0 {
		acquired := l.AcquiredAt.UTC()
		object.AcquiredAt = &acquired
	}
	return object
}

// jsonLine is a lease as one object on a line.
func jsonLine(l stores.Lease) string {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(asObject(l)) // of such a value it cannot fail
	return line.String()
}

// details tells all about a lease to a person.
func details(l stores.Lease) string {
	if l.Fence == 0 {
		return fmt.Sprintf("nobody leads %s\n", plain(l.Election))
	}
	lines := [][2]string{
		{"election", plain(l.Election)},
		{"holder", plain(l.Participant)},
		{"incarnation", plain(l.Incarnation)},
		{"fence", strconv.FormatUint(l.Fence, 10)},
		{"acquired", instant(l.AcquiredAt)},
		{"remaining", remaining(l)},
	}
	for _, key := range slices.Sorted(maps.Keys(l.Metadata)) {
		lines = append(lines, [2]string{"metadata", plain(key) + "=" + plain(l.Metadata[key])})
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "%-12s %s\n", line[0], line[1])
	}
	return b.String()
}

// table shows one lease a row.
func table(leases []stores.Lease) string {
	if len(leases) == 0 {
		return "nobody leads\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ELECTION\tHOLDER\tFENCE\tACQUIRED\tREMAINING")
	for _, l := range leases {
		if l.Fence == 0 {
			fmt.Fprintf(w, "%s\t-\t-\t-\tnobody leads\n", plain(l.Election))
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", plain(l.Election), plain(l.Participant), l.Fence, instant(l.AcquiredAt), remaining(l))
	}
	_ = w.Flush() // to a buffer
	return b.String()
}

func instant(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func remaining(l stores.Lease) string {
	text := fmt.Sprintf("%.1fs", l.TimeLeft.Seconds())
	if l.Revoked {
		text += ", revoked"
	}
	return text
}

// plain quotes a text that a terminal might take for something else, or a reader for two.
func plain(text string) string {
	ordinary := func(r rune) bool { return strconv.IsPrint(r) && r != '"' }
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !ordinary(r) }) < 0 {
		return text
	}
	return strconv.Quote(text)
}

// printed prints a text, and returns the exit code.
func printed(call *cli.Call, text string, code int) int {
	if _, err := io.WriteString(call.Stdout, text); err != nil {
		return call.Fail(exitFailed, "cannot print: "+err.Error())
	}
	return code
}

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// row is what is told of one run.
type row struct {
	Type     string  `json:"type"` // configuration, mutant or witness
	Name     string  `json:"name"`
	Property string  `json:"property,omitempty"` // that must catch a mutant, or that a witness refutes
	Violated string  `json:"violated,omitempty"` // the property that TLC names
	Distinct int64   `json:"distinct,omitempty"`
	Pinned   int64   `json:"pinned,omitempty"`
	Depth    int     `json:"depth,omitempty"`
	States   int     `json:"states,omitempty"` // of the counterexample
	Seconds  float64 `json:"seconds"`
	Workers  int     `json:"workers"`
	Exit     int     `json:"exit"` // what this run alone would make the command return
	Verdict  string  `json:"verdict"`
	More     string  `json:"more,omitempty"`
	Diagram  string  `json:"diagram,omitempty"` // the file with the sequence diagram
}

func (r *row) judged(j judgement) { r.Exit, r.Verdict, r.More = j.code, j.text, j.more }

func (r *row) found(result tlc.Result) {
	r.Distinct, r.Depth, r.States = result.Distinct, result.Depth, len(result.Trace)
	r.Seconds = result.Elapsed.Round(time.Millisecond).Seconds()
}

func (r *row) time() string {
	return (time.Duration(r.Seconds * float64(time.Second))).Round(100 * time.Millisecond).String()
}

// jsonLine writes a value as one line of JSON.
func jsonLine(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // nothing that is reported can fail to be written
		return fmt.Sprintf("{%q:%q}\n", "error", err)
	}
	return string(text) + "\n"
}

// configurationLine is the line of a configuration, below configurationHead.
func (r *row) configurationLine(width int) string {
	return fmt.Sprintf("%-*s  %14s  %6d  %9s  %s\n%s", width, r.Name, grouped(r.Distinct), r.Depth, r.time(), r.Verdict, indented(r.More, "    "))
}

func configurationHead(width int) string {
	return fmt.Sprintf("%-*s  %14s  %6s  %9s  %s\n", width, "configuration", "distinct", "depth", "time", "verdict")
}

// mutantLine is the line of a mutant or witness, below mutantHead.
func (r *row) mutantLine(width, property int) string {
	return fmt.Sprintf("%-*s  %-*s  %6d  %9s  %s\n%s",
		width, r.Name, property, r.Property, r.States, r.time(), r.Verdict, indented(r.More, "    "))
}

func mutantHead(width, property int) string {
	return fmt.Sprintf("%-*s  %-*s  %6s  %9s  %s\n", width, "mutant or witness", property, "to be refuted", "states", "time", "verdict")
}

// summary is the last line of a verb, with its exit code in words.
func summary(code, all, good int, what string, elapsed time.Duration) string {
	took := elapsed.Round(100 * time.Millisecond)
	if code == exitHeld {
		return fmt.Sprintf("HELD: %d of %d %s as they must be, in %s\n", good, all, what, took)
	}
	reason := map[int]string{
		exitViolated:   "NOT AS IT MUST BE",
		exitChanged:    "SAFE, BUT COUNTS CHANGED (understand why; then -repin)",
		exitUnchecked:  "NOT ALL COULD BE CHECKED",
		exitUnexplored: "SAFE, BUT THE ACTIONS TAKEN ARE NOT AS LISTED",
	}[code]
	return fmt.Sprintf("%s: %d of %d %s as they must be, in %s (exit %d)\n", reason, good, all, strings.TrimSpace(what), took, code)
}

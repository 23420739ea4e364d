// Package checks reads tla/checks.yaml, the list of what is model-checked, and writes the configurations of TLC.
//
// There are three kinds of entries:
//
//	configurations  each must hold, with a pinned number of distinct states
//	mutants         a configuration with one thing changed for the worse: each must end in the violation that it names
//	witnesses       a configuration that must reach a state: each claims that it does not, and must be refuted
//
// The list decides what is believed to be checked, so a slip in it must not pass for a check: the loader refuses
// unknown keys, names that are not defined, a mutant whose property its configuration does not have, and properties
// that nobody explains. All faults are reported at once, each with its place.
package checks

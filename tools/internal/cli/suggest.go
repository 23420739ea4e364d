package cli

import (
	"fmt"
	"slices"
)

// Suggestion names what was probably meant, with a prefix, or nothing.
func Suggestion(given, prefix string, known []string) string {
	const near = 2
	best, distance := "", near+1
	for _, name := range known {
		if d := edits(given, name); d < min(distance, len(name)) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, best)
}

// edits is the least number of letters to insert, delete, replace or swap with their neighbour to turn a into b.
func edits(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		above := slices.Clone(row)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before = above
	}
	return row[len(b)]
}

package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Repinned returns the text of the list with other numbers of distinct states for the configurations named. Comments
// and layout stay as they are. The error has ErrNotPinned in its chain if a number could not be placed.
func (l *List) Repinned(distinct map[string]int64) ([]byte, error) {
	lines := strings.SplitAfter(string(l.text), "\n")
	// From the end, so that the places of those before stay good.
	for _, c := range slices.Backward(l.Configurations) {
		count, ok := distinct[c.Name]
		if !ok || count == c.Distinct {
			continue
		}
		if c.pin.Line > 0 {
			lines[c.pin.Line-1] = replaceNumber(lines[c.pin.Line-1], c.pin.Column-1, count)
			continue
		}
		lines = insertPin(lines, c, count)
	}
	written := []byte(strings.Join(lines, ""))
	again, err := Parse(l.Path, written)
	if err != nil {
		return nil, fmt.Errorf("checks: %w: %w", ErrNotPinned, err)
	}
	for name, count := range distinct {
		if c, ok := again.Configuration(name); !ok || c.Distinct != count {
			return nil, fmt.Errorf("checks: %w: that of %s", ErrNotPinned, name)
		}
	}
	return written, nil
}

// replaceNumber puts a number where another begins. Columns count characters.
func replaceNumber(line string, column int, count int64) string {
	runes := []rune(line)
	if column > len(runes) {
		return line
	}
	end := column
	for end < len(runes) && strings.ContainsRune("0123456789_", runes[end]) {
		end++
	}
	return string(runes[:column]) + strconv.FormatInt(count, 10) + string(runes[end:])
}

// insertPin gives a configuration that has no pin one, after its first key.
func insertPin(lines []string, c Configuration, count int64) []string {
	row, column := c.Pos.Line-1, c.Pos.Column-1
	pin := fmt.Sprintf("distinct: %d", count)
	if c.flow {
		line := []rune(lines[row])
		lines[row] = string(line[:column+1]) + pin + ", " + string(line[column+1:])
		return lines
	}
	return slices.Insert(lines, row+1, strings.Repeat(" ", column)+pin+"\n")
}

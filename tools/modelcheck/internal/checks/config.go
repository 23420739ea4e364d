package checks

import (
	"fmt"
	"strconv"
	"strings"
)

// Config returns the text of the configuration as TLC reads it.
func (c Configuration) Config() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\\* %s\nSPECIFICATION %s\n", c.Name, c.Specification)
	if len(c.Constants)+len(c.replace) > 0 {
		b.WriteString("CONSTANTS\n")
	}
	for _, constant := range c.Constants {
		fmt.Fprintf(&b, "    %s = %s\n", constant.Name, constant.Value)
	}
	for _, definition := range c.replace {
		fmt.Fprintf(&b, "    %s <- %s\n", definition.Name, definition.Value)
	}
	for _, part := range []struct{ keyword, operator string }{
		{"SYMMETRY", c.Symmetry}, {"VIEW", c.View}, {"CONSTRAINT", c.Constraint},
	} {
		if part.operator != "" {
			fmt.Fprintf(&b, "%s %s\n", part.keyword, part.operator)
		}
	}
	for _, part := range []struct {
		keyword string
		names   []string
	}{{"INVARIANTS", c.Invariants}, {"PROPERTIES", c.Properties}} {
		if len(part.names) > 0 {
			fmt.Fprintf(&b, "%s\n    %s\n", part.keyword, strings.Join(part.names, "\n    "))
		}
	}
	fmt.Fprintf(&b, "CHECK_DEADLOCK %s\n", strings.ToUpper(strconv.FormatBool(c.Deadlock)))
	return b.String()
}

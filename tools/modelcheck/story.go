package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/checks"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/explain"
	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// tell explains a counterexample in words and draws it into a file. what says what the violation means where no property
// of the list does.
func (s *session) tell(c checks.Configuration, r tlc.Result, what, out string) (text, diagram string, err error) {
	property := violated(c, r)
	meaning, known := s.list.Meanings[property]
	if !known {
		meaning = checks.Meaning{Text: what}
	}
	constants := map[string]string{}
	for _, constant := range c.Constants {
		constants[constant.Name] = constant.Value
	}
	story := explain.Tell(s.table, explain.Case{
		Configuration: c.Name, Property: described(c, r), Rule: meaning.Rule, Meaning: meaning.Text,
		Constants: constants, Result: r,
	})
	diagram, err = draw(out, c.Name, story.Diagram)
	if err != nil {
		return "", "", err
	}
	return fmt.Sprintf("%s\nA sequence diagram of it (Mermaid): %s\n", story.Text, diagram), diagram, nil
}

// draw writes a diagram into a folder, or into a new temporary one if none is given, and returns the path.
func draw(folder, name, text string) (path string, err error) {
	if folder == "" {
		folder, err = os.MkdirTemp("", "tenure-counterexample-")
	} else {
		err = os.MkdirAll(folder, 0o755) //nolint:gosec // for people to look into
	}
	if err != nil {
		return "", fmt.Errorf("modelcheck: %w", err)
	}
	path = filepath.Join(folder, name+".mermaid")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // for people to read
		return "", fmt.Errorf("modelcheck: %w", err)
	}
	return path, nil
}

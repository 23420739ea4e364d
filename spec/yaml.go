package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds on what is handed to the YAML parser: its memory grows with the square of the nesting, and its time with the
// square of the number of keys. The table needs a tenth of the size and a nesting of 4.
const (
	maxSize    = 256 << 10
	maxNesting = 100
)

// reader reads typed values out of a YAML document and notes a fault for each that is not as expected. A value with a
// fault reads as its zero value.
type reader struct {
	file   string
	faults Faults
	// partial: a part of the lifecycle could not be read, so what follows from the whole must not be judged.
	partial bool
}

func (r *reader) fault(pos Pos, format string, args ...any) {
	r.hint(pos, "", format, args...)
}

func (r *reader) hint(pos Pos, suggestion, format string, args ...any) {
	fault := Fault{File: r.file, Pos: pos, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}
	r.faults = append(r.faults, fault)
}

// document returns the root of the one document in data, or nil after a fault. The parser's panics become faults: the
// file is input, and input must not stop the program that checks it.
func (r *reader) document(data []byte) (root ast.Node) {
	defer func() {
		if p := recover(); p != nil {
			r.fault(Pos{1, 1}, "the YAML parser gave up on this file: %v", p)
			root = nil
		}
	}()
	if len(data) > maxSize {
		r.fault(Pos{1, 1}, "the file has %d bytes, and a table may have %d", len(data), maxSize)
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if pos, deep := tooDeep(tokens); deep {
		r.fault(pos, "more than %d levels of nesting", maxNesting)
		return nil
	}
	// Duplicate keys are reported by mapping, together with everything else.
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch {
	case len(bodies) == 0:
		r.fault(Pos{1, 1}, "the file is empty")
		return nil
	case len(bodies) > 1:
		r.fault(position(bodies[1]), "a second document; a table is one")
	}
	return bodies[0]
}

func (r *reader) syntax(err error) {
	var known yaml.Error
	if errors.As(err, &known) && known.GetToken() != nil {
		r.fault(place(known.GetToken()), "not YAML: %s", known.GetMessage())
		return
	}
	r.fault(Pos{1, 1}, "not YAML: %v", err)
}

// tooDeep finds where the nesting goes beyond maxNesting: by brackets, or by list items that begin on one line.
// Nesting by indentation is bounded by the size.
func tooDeep(tokens token.Tokens) (Pos, bool) {
	brackets, items, line := 0, 0, 0
	for _, t := range tokens {
		pos := place(t)
		if pos.Line != line {
			items, line = 0, pos.Line
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			items++
		default:
		}
		if brackets > maxNesting || items > maxNesting {
			return pos, true
		}
	}
	return Pos{}, false
}

func place(t *token.Token) Pos {
	if t == nil || t.Position == nil {
		return Pos{1, 1}
	}
	return Pos{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

// position is where a node begins. The parser places a block mapping at its first colon; people look for its first key.
func position(n ast.Node) Pos {
	if n == nil {
		return Pos{1, 1}
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return place(m.Values[0].Key.GetToken())
	}
	return place(n.GetToken())
}

// describe names what a node is, for a fault that says what it should have been.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "a text"
	case *ast.IntegerNode:
		return "a whole number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a fraction"
	case *ast.BoolNode:
		return "a truth value"
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		return "an anchor, alias or tag, which a table does without"
	}
	return "something else"
}

func text(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value != nil {
			return n.Value.Value, true
		}
	}
	return "", false
}

// mapping is a YAML mapping with known keys.
type mapping struct {
	r      *reader
	label  string // what the faults call it
	pos    Pos
	values map[string]ast.Node
}

// prose are the keys for people. A fault in one does not change the lifecycle.
var prose = []string{"doc", "why"}

// mapping reads n as a mapping that must have the required keys and may have the optional ones, and reports the rest.
func (r *reader) mapping(n ast.Node, noun string, required, optional []string) mapping {
	m := mapping{r: r, label: noun, pos: position(n), values: map[string]ast.Node{}}
	node, ok := n.(*ast.MappingNode)
	if !ok {
		r.partial = true
		r.fault(m.pos, "%s must be a mapping, not %s", noun, describe(n))
		return m
	}
	known := slices.Concat(required, optional)
	at := map[string]Pos{}
	var unknown []*token.Token
	for _, value := range node.Values {
		key, isText := text(value.Key)
		pos := place(value.Key.GetToken())
		first, twice := at[key]
		switch {
		case !isText || !slices.Contains(known, key):
			unknown = append(unknown, value.Key.GetToken())
		case twice:
			r.fault(pos, "%s has the key %s twice, here and at %s", noun, key, first)
		default:
			at[key], m.values[key] = pos, value.Value
		}
	}
	m.name()
	for _, key := range unknown {
		suggestion := didYouMean(nearest(key.Value, known))
		if node.IsFlowStyle && strings.Contains(key.Value, " ") {
			suggestion = "inside braces a comma ends a text; is it to be quoted?"
		}
		r.hint(place(key), suggestion, "%s has the unknown key %q", m.label, key.Value)
	}
	m.missing(required)
	return m
}

// name makes the label tell which of its kind the mapping is, as far as it can be read.
func (m *mapping) name() {
	from, hasFrom := text(m.values["from"])
	on, hasOn := text(m.values["on"])
	name, hasName := text(m.values["name"])
	switch {
	case hasName:
		m.label += " " + name
	case hasFrom && hasOn:
		m.label = rowLabel(from, on)
	case hasOn:
		m.label += " of " + on
	}
}

func (m mapping) missing(required []string) {
	for _, key := range required {
		if _, ok := m.values[key]; !ok {
			m.r.fault(m.pos, "%s lacks the key %s", m.label, key)
			m.r.partial = m.r.partial || !slices.Contains(prose, key)
		}
	}
}

// wrong notes that the value of a key is not what it must be.
func (m mapping) wrong(key, want string) {
	n := m.values[key]
	m.r.fault(position(n), "%s: %s must be %s, not %s", m.label, key, want, describe(n))
	m.r.partial = m.r.partial || !slices.Contains(prose, key)
}

// word reads a text that must not be empty. It serves names, and prose as well.
func (m mapping) word(key string) (string, Pos) {
	n, ok := m.values[key]
	if !ok {
		return "", m.pos
	}
	value, isText := text(n)
	if _, null := n.(*ast.NullNode); !isText && !null {
		m.wrong(key, "a text")
		return "", position(n)
	}
	value = strings.TrimSpace(value)
	if value == "" {
		m.r.fault(position(n), "%s: %s is empty", m.label, key)
		m.r.partial = m.r.partial || !slices.Contains(prose, key)
	}
	return value, position(n)
}

func (m mapping) prose(key string) string {
	value, _ := m.word(key)
	return value
}

func (m mapping) flag(key string) bool {
	n, ok := m.values[key]
	if !ok {
		return false
	}
	value, ok := n.(*ast.BoolNode)
	if !ok {
		m.wrong(key, "true or false")
		return false
	}
	return value.Value
}

// items returns the nodes of a list.
func (m mapping) items(key string) []ast.Node {
	n, ok := m.values[key]
	if !ok {
		return nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		m.wrong(key, "a list")
		return nil
	}
	return list.Values
}

// words reads a list of names, each with its position.
func (m mapping) words(key string) (words []string, places []Pos) {
	for _, n := range m.items(key) {
		word, ok := text(n)
		if !ok || word == "" {
			m.r.partial = true
			m.r.fault(position(n), "%s: %s must hold names, not %s", m.label, key, describe(n))
			continue
		}
		words, places = append(words, word), append(places, position(n))
	}
	return words, places
}

// count reads a whole number from low to high.
func (m mapping) count(key string, low, high uint64) int {
	n, ok := m.values[key]
	if !ok {
		return 0
	}
	whole, ok := n.(*ast.IntegerNode)
	if !ok {
		m.wrong(key, "a whole number")
		return 0
	}
	// The parser gives a negative number as int64, any other as uint64.
	value, ok := whole.Value.(uint64)
	if !ok || value < low || value > high {
		m.r.fault(position(n), "%s: %s is %v, and must be from %d to %d", m.label, key, whole.Value, low, high)
		return 0
	}
	return int(value)
}

// duration reads a positive length of time, such as 10ms.
func (m mapping) duration(key string) time.Duration {
	n, ok := m.values[key]
	if !ok {
		return 0
	}
	value, ok := text(n)
	if !ok {
		m.wrong(key, "a duration such as 10ms")
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		m.r.fault(position(n), "%s: %s is %q, and must be a positive duration such as 10ms", m.label, key, value)
	}
	return d
}

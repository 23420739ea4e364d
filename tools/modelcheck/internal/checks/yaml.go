package checks

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/tenure-go/tenure/spec"
)

// reader reads typed values out of a YAML document and notes a fault for each that is not as expected.
type reader struct {
	file   string
	faults spec.Faults
}

func (r *reader) fault(pos spec.Pos, format string, args ...any) {
	r.faults = append(r.faults, spec.Fault{File: r.file, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) sorted() spec.Faults {
	slices.SortStableFunc(r.faults, func(a, b spec.Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return r.faults
}

// document returns the root of the one document in data, or nil after a fault. The parser's panics become faults.
func (r *reader) document(data []byte) (root ast.Node) {
	defer func() {
		if p := recover(); p != nil {
			r.fault(spec.Pos{Line: 1, Column: 1}, "the YAML parser gave up on this file: %v", p)
			root = nil
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var known yaml.Error
	switch {
	case errors.As(err, &known) && known.GetToken() != nil:
		r.fault(place(known.GetToken()), "not YAML: %s", known.GetMessage())
		return nil
	case err != nil:
		r.fault(spec.Pos{Line: 1, Column: 1}, "not YAML: %v", err)
		return nil
	case len(file.Docs) != 1 || file.Docs[0].Body == nil:
		r.fault(spec.Pos{Line: 1, Column: 1}, "the file must hold one document")
		return nil
	}
	return file.Docs[0].Body
}

func place(t *token.Token) spec.Pos {
	if t == nil || t.Position == nil {
		return spec.Pos{Line: 1, Column: 1}
	}
	return spec.Pos{Line: max(t.Position.Line, 1), Column: max(t.Position.Column, 1)}
}

// position is where a node begins: a block mapping at its first key.
func position(n ast.Node) spec.Pos {
	if n == nil {
		return spec.Pos{Line: 1, Column: 1}
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return place(m.Values[0].Key.GetToken())
	}
	return place(n.GetToken())
}

func text(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(n.Value), true
	case *ast.LiteralNode:
		if n.Value != nil {
			return strings.TrimSpace(n.Value.Value), true
		}
	}
	return "", false
}

// mapping is a YAML mapping.
type mapping struct {
	r      *reader
	label  string // what the faults call it
	pos    spec.Pos
	is     bool // it is a mapping
	flow   bool
	keys   []string // in the order of the file
	at     map[string]spec.Pos
	values map[string]ast.Node
}

// open reads n as a mapping with any keys.
func (r *reader) open(n ast.Node, label string) mapping {
	m := mapping{r: r, label: label, pos: position(n), at: map[string]spec.Pos{}, values: map[string]ast.Node{}}
	node, ok := n.(*ast.MappingNode)
	if !ok {
		r.fault(m.pos, "%s must be a mapping", label)
		return m
	}
	m.is, m.flow = true, node.IsFlowStyle
	for _, value := range node.Values {
		key, pos := value.Key.GetToken().Value, place(value.Key.GetToken())
		if first, twice := m.at[key]; twice {
			r.fault(pos, "%s has the key %s twice, here and at %s", label, key, first)
			continue
		}
		m.keys = append(m.keys, key)
		m.at[key], m.values[key] = pos, value.Value
	}
	if name, ok := text(m.values["name"]); ok {
		m.label += " " + name
	}
	return m
}

// mapping reads n as a mapping that must have the required keys and may have the optional ones.
func (r *reader) mapping(n ast.Node, label string, required, optional []string) mapping {
	m := r.open(n, label)
	for _, key := range m.keys {
		if !slices.Contains(required, key) && !slices.Contains(optional, key) {
			r.fault(m.at[key], "%s has the unknown key %s", m.label, key)
		}
	}
	for _, key := range required {
		if _, ok := m.values[key]; !ok && m.is {
			r.fault(m.pos, "%s lacks the key %s", m.label, key)
		}
	}
	return m
}

// word reads a text that must not be empty.
func (m mapping) word(key string) string {
	n, ok := m.values[key]
	if !ok {
		return ""
	}
	value, isText := text(n)
	if !isText || value == "" {
		m.r.fault(m.at[key], "%s: %s must be a text", m.label, key)
	}
	return value
}

func (m mapping) flag(key string) bool {
	n, ok := m.values[key]
	if !ok {
		return false
	}
	value, ok := n.(*ast.BoolNode)
	if !ok {
		m.r.fault(m.at[key], "%s: %s must be true or false", m.label, key)
		return false
	}
	return value.Value
}

// count reads a whole number that is not negative.
func (m mapping) count(key string) int64 {
	n, ok := m.values[key]
	if !ok {
		return 0
	}
	const most = 1 << 60
	if whole, ok := n.(*ast.IntegerNode); ok {
		// The parser gives a negative number as int64, any other as uint64.
		if value, ok := whole.Value.(uint64); ok && value < most {
			return int64(value)
		}
	}
	m.r.fault(m.at[key], "%s: %s must be a whole number, not below 0", m.label, key)
	return 0
}

// items returns the nodes of a list.
func (m mapping) items(key string) []ast.Node {
	n, ok := m.values[key]
	if !ok {
		return nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		m.r.fault(m.at[key], "%s: %s must be a list", m.label, key)
		return nil
	}
	return list.Values
}

// words reads a list of names, each once.
func (m mapping) words(key string) []string {
	var words []string
	for _, n := range m.items(key) {
		word, ok := text(n)
		switch {
		case !ok || word == "":
			m.r.fault(position(n), "%s: %s must hold names", m.label, key)
		case slices.Contains(words, word):
			m.r.fault(position(n), "%s: %s names %s twice", m.label, key, word)
		default:
			words = append(words, word)
		}
	}
	return words
}

// wordOrWords reads a name, or a list of at least one.
func (m mapping) wordOrWords(key string) []string {
	n, ok := m.values[key]
	if !ok {
		return nil
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return []string{m.word(key)}
	}
	if len(list.Values) == 0 {
		m.r.fault(m.at[key], "%s: %s must name something", m.label, key)
	}
	return m.words(key)
}

// constants reads a mapping from names to expressions, which may look like texts, numbers or truth values.
func (m mapping) constants(key string) []Constant {
	n, ok := m.values[key]
	if !ok {
		return nil
	}
	inner := m.r.open(n, m.label+": "+key)
	var all []Constant
	for _, name := range inner.keys {
		value, isText := text(inner.values[name])
		if !isText {
			switch node := inner.values[name].(type) {
			case *ast.IntegerNode:
				value = fmt.Sprint(node.Value)
			case *ast.BoolNode:
				value = strings.ToUpper(strconv.FormatBool(node.Value))
			default:
			}
		}
		if value == "" {
			m.r.fault(inner.at[name], "%s: %s must be an expression", inner.label, name)
		}
		all = append(all, Constant{name, value})
	}
	return all
}

package tlc

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ValueKind is what sort of value a Value is.
type ValueKind int

// The kinds of values. Opaque is text that was not understood; it is shown as it came.
const (
	NoValue ValueKind = iota
	Opaque
	Model // a bare identifier, such as p1
	Text
	Number
	Truth
	Set
	Sequence
	Record
	Function
)

// Value is a value of TLA+, in an order that does not depend on how TLC prints it: equal values have equal Strings.
type Value struct {
	Kind   ValueKind
	Name   string // of a model value, the content of a text, or what was not understood
	Number int64
	Truth  bool
	Keys   []Value // of a record or function, sorted
	Items  []Value // of a set, sorted; of a sequence; or those of Keys
}

// Get returns the field of a record, or what a function maps that name to, be it a text or a model value. The zero
// Value stands for what is not there.
func (v Value) Get(name string) Value {
	for i, key := range v.Keys {
		if key.Name == name {
			return v.Items[i]
		}
	}
	return Value{}
}

// Is reports whether the value is that text or model value.
func (v Value) Is(name string) bool { return (v.Kind == Text || v.Kind == Model) && v.Name == name }

// Equal reports whether the values are the same.
func (v Value) Equal(other Value) bool { return compare(v, other) == 0 }

// String writes the value as TLA+ does, on one line.
func (v Value) String() string {
	switch v.Kind {
	case NoValue:
		return ""
	case Opaque, Model:
		return v.Name
	case Text:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Name) + `"`
	case Number:
		return strconv.FormatInt(v.Number, 10)
	case Truth:
		return strings.ToUpper(strconv.FormatBool(v.Truth))
	case Set:
		return "{" + list(v.Items) + "}"
	case Sequence:
		return "<<" + list(v.Items) + ">>"
	case Record:
		return "[" + v.pairs(" |-> ", ", ", func(key Value) string { return key.Name }) + "]"
	case Function:
		return "(" + v.pairs(" :> ", " @@ ", Value.String) + ")"
	}
	return ""
}

func list(values []Value) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = value.String()
	}
	return strings.Join(texts, ", ")
}

func (v Value) pairs(arrow, between string, name func(Value) string) string {
	texts := make([]string, len(v.Keys))
	for i, key := range v.Keys {
		texts[i] = name(key) + arrow + v.Items[i].String()
	}
	return strings.Join(texts, between)
}

func compare(a, b Value) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Number, b.Number),
		strings.Compare(strconv.FormatBool(a.Truth), strconv.FormatBool(b.Truth)),
		slices.CompareFunc(a.Keys, b.Keys, compare),
		slices.CompareFunc(a.Items, b.Items, compare),
	)
}

// sorted orders the elements of a set, or the pairs of a record or function.
func (v Value) sorted() Value {
	switch v.Kind {
	case Set:
		slices.SortFunc(v.Items, compare)
	case Record, Function:
		order := make([]int, len(v.Keys))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return compare(v.Keys[i], v.Keys[j]) })
		keys, items := make([]Value, len(order)), make([]Value, len(order))
		for to, from := range order {
			keys[to], items[to] = v.Keys[from], v.Items[from]
		}
		v.Keys, v.Items = keys, items
	default:
	}
	return v
}

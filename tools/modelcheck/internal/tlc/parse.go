package tlc

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Nesting beyond this is not the state of a model that people can read.
const deepest = 200

// ParseValue reads a value as TLC prints it.
func ParseValue(text string) (Value, error) {
	p := &parser{rest: text}
	value, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if p.peek(); p.rest != "" {
		return Value{}, fmt.Errorf("tlc: %q follows the value %s", shortened(p.rest), value)
	}
	return value, nil
}

type parser struct{ rest string }

func (p *parser) peek() string {
	p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace)
	return p.rest
}

// take reads the token if it comes next.
func (p *parser) take(token string) bool {
	rest, ok := strings.CutPrefix(p.peek(), token)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *parser) expect(token string) error {
	if !p.take(token) {
		return fmt.Errorf("tlc: want %s, not %q", token, shortened(p.rest))
	}
	return nil
}

func (p *parser) value(depth int) (Value, error) {
	if depth > deepest {
		return Value{}, fmt.Errorf("tlc: more than %d levels of nesting", deepest)
	}
	switch {
	case p.take("<<"):
		return p.items(Sequence, ">>", depth)
	case p.take("{"):
		return p.items(Set, "}", depth)
	case p.take("["):
		return p.pairs(Record, "|->", ",", "]", depth)
	case p.take("("):
		return p.pairs(Function, ":>", "@@", ")", depth)
	case p.take(`"`):
		return p.text()
	}
	word := p.word()
	number, isNumber := integer(word)
	switch {
	case word == "":
		return Value{}, fmt.Errorf("tlc: want a value, not %q", shortened(p.rest))
	case word == "TRUE", word == "FALSE":
		return Value{Kind: Truth, Truth: word == "TRUE"}, nil
	case !isNumber:
		return Value{Kind: Model, Name: word}, nil
	case p.take(".."):
		return p.interval(number)
	}
	return Value{Kind: Number, Number: number}, nil
}

func (p *parser) items(kind ValueKind, end string, depth int) (Value, error) {
	value := Value{Kind: kind}
	for !p.take(end) {
		if len(value.Items) > 0 {
			if err := p.expect(","); err != nil {
				return Value{}, err
			}
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		value.Items = append(value.Items, item)
	}
	return value.sorted(), nil
}

func (p *parser) pairs(kind ValueKind, arrow, between, end string, depth int) (Value, error) {
	value := Value{Kind: kind}
	for !p.take(end) {
		if len(value.Items) > 0 {
			if err := p.expect(between); err != nil {
				return Value{}, err
			}
		}
		key, err := p.value(depth + 1)
		if err == nil {
			err = p.expect(arrow)
		}
		if err != nil {
			return Value{}, err
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		value.Keys, value.Items = append(value.Keys, key), append(value.Items, item)
	}
	return value.sorted(), nil
}

func (p *parser) text() (Value, error) {
	var b strings.Builder
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return Value{Kind: Text, Name: b.String()}, nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return Value{}, fmt.Errorf("tlc: the text %q has no end", shortened(p.rest))
}

func integer(word string) (int64, bool) {
	n, err := strconv.ParseInt(word, 10, 64)
	return n, err == nil
}

// word reads a number or an identifier; what is neither gives an empty one.
func (p *parser) word() string {
	rest := p.peek()
	end := 0
	for end < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[end:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && (r != '-' || end > 0) {
			break
		}
		end += size
	}
	p.rest = rest[end:]
	return rest[:end]
}

// interval reads the end of a set such as 1..3.
func (p *parser) interval(low int64) (Value, error) {
	const most = 10_000
	word := p.word()
	high, err := strconv.ParseInt(word, 10, 64)
	if err != nil || high-low > most {
		return Value{}, fmt.Errorf("tlc: %d..%s is not a small interval", low, word)
	}
	value := Value{Kind: Set}
	for n := low; n <= high; n++ {
		value.Items = append(value.Items, Value{Kind: Number, Number: n})
	}
	return value, nil
}

func shortened(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}

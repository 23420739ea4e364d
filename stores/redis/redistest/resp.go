package redistest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var errProtocol = errors.New("redistest: not RESP")

// frame is one whole value as it stood on the wire, and what is needed to tell what it is.
type frame struct {
	raw   []byte
	kind  byte     // the first byte: '*', '>', '+' and so on
	words [][]byte // of an array: its elements, as far as they are strings at its front
}

// longest is Redis's own limit of a string.
const longest = 512 << 20

// leafs are the types that are one line, and bulks those whose line gives the length of what follows.
const (
	leafs = "+-:_#,("
	bulks = "$=!"
)

// readRequest reads a request: an array of strings, or an inline command, which is a line of words.
func readRequest(r *bufio.Reader) (frame, error) {
	first, err := r.Peek(1)
	if err != nil {
		return frame{}, err
	}
	if first[0] == '*' {
		return readFrame(r)
	}
	f := frame{kind: ' '}
	line, err := readLine(r, &f)
	f.words = bytes.Fields(line)
	return f, err
}

// readFrame reads one value of RESP2 or RESP3 with all that is in it. It counts the values still to come instead of calling
// itself, so that depth costs nothing.
func readFrame(r *bufio.Reader) (frame, error) {
	var f frame
	for left, front := 1, true; left > 0; left-- {
		line, err := readLine(r, &f)
		if err != nil {
			return f, err
		}
		if len(line) == 0 {
			return f, fmt.Errorf("%w: an empty line", errProtocol)
		}
		kind, word, inside, single := line[0], line[1:], 0, true
		switch {
		case strings.IndexByte(leafs, kind) >= 0:
		case strings.IndexByte(bulks, kind) >= 0:
			word, err = readBulk(r, &f, word)
		default:
			single = false
			inside, err = elements(kind, word)
		}
		if err != nil {
			return f, err
		}
		left += inside
		if f.kind == 0 {
			f.kind = kind
			continue
		}
		if front = front && single; front {
			f.words = append(f.words, bytes.Clone(word))
		}
	}
	return f, nil
}

// elements is the number of values that follow a line which begins an aggregate. An attribute is followed by the value
// that it says something about.
func elements(kind byte, count []byte) (int, error) {
	n, err := strconv.Atoi(string(count))
	if err != nil {
		return 0, fmt.Errorf("%w: %q", errProtocol, string(kind)+string(count))
	}
	switch n = max(n, 0); kind {
	case '*', '~', '>':
		return n, nil
	case '%':
		return 2 * n, nil
	case '|':
		return 2*n + 1, nil
	default:
		return 0, fmt.Errorf("%w: a value of type %q", errProtocol, kind)
	}
}

// readBulk reads what follows a line with a length. A length below zero is RESP2's null.
func readBulk(r *bufio.Reader, f *frame, length []byte) ([]byte, error) {
	n, err := strconv.Atoi(string(length))
	if err != nil {
		return nil, fmt.Errorf("%w: a length of %q", errProtocol, length)
	}
	if n < 0 {
		return nil, nil
	}
	if n > longest {
		return nil, fmt.Errorf("%w: a length of %d", errProtocol, n)
	}
	body := make([]byte, n+len("\r\n"))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	f.raw = append(f.raw, body...)
	return body[:n], nil
}

// readLine reads a line and returns it without its end.
func readLine(r *bufio.Reader, f *frame) ([]byte, error) {
	line, err := r.ReadBytes('\n')
	f.raw = append(f.raw, line...)
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// what is the first word in upper case: the command of a request, the kind of a push.
func (f frame) what() string {
	if len(f.words) == 0 {
		return ""
	}
	return string(bytes.ToUpper(f.words[0]))
}

// pushed tells whether the server sent this unasked. In RESP2, where a message is an array like others, that can only be
// told of a connection that has subscribed.
func (f frame) pushed(subscribed bool) bool {
	switch f.what() {
	case "MESSAGE", "PMESSAGE", "SMESSAGE":
		return f.kind == '>' || (subscribed && f.kind == '*')
	case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
		return false
	default:
		return f.kind == '>'
	}
}

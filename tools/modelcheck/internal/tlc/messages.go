package tlc

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// message is what TLC prints between two marked lines.
type message struct {
	code, severity int
	text           string // without spaces around it
}

// opened is a message whose end has not come yet.
type opened struct {
	code, severity int
	text           []byte
}

// The severities that matter here.
const severityError = 1

var (
	startMark = regexp.MustCompile(`@!@!@STARTMSG (\d+):(\d+) @!@!@$`)
	endMark   = regexp.MustCompile(`^@!@!@ENDMSG (\d+) @!@!@$`)
)

// A message or line beyond this is cut: it is no state that anybody could read.
const longest = 4 << 20

// reader takes the output apart. Messages may stand inside messages: an exception holds the error that caused it.
type reader struct {
	message func(message)
	line    func(string) // a line outside messages
	open    []opened
}

// read reads to the end. It reports whether the output ends in the middle of a message.
func (r *reader) read(from io.Reader) (truncated bool, err error) {
	lines := bufio.NewReaderSize(from, 64<<10)
	for {
		line, err := nextLine(lines)
		over := errors.Is(err, io.EOF)
		if err != nil && !over {
			return true, err
		}
		if !over || line != "" {
			r.take(strings.TrimSuffix(line, "\r"))
		}
		if over {
			return len(r.open) > 0, nil
		}
	}
}

// nextLine reads one line, and drops what is beyond the longest.
func nextLine(lines *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := lines.ReadSlice('\n')
		if room := longest - b.Len(); room > 0 {
			b.Write(part[:min(room, len(part))])
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimSuffix(b.String(), "\n"), err
		}
	}
}

func (r *reader) take(line string) {
	if found := startMark.FindStringSubmatch(line); found != nil {
		code, _ := strconv.Atoi(found[1])
		severity, _ := strconv.Atoi(found[2])
		r.open = append(r.open, opened{code: code, severity: severity})
		return
	}
	if len(r.open) == 0 {
		r.line(line)
		return
	}
	last := &r.open[len(r.open)-1]
	if found := endMark.FindStringSubmatch(line); found != nil && found[1] == strconv.Itoa(last.code) {
		done := *last
		r.open = r.open[:len(r.open)-1]
		r.message(message{done.code, done.severity, strings.TrimSpace(string(done.text))})
		return
	}
	if len(last.text) < longest {
		last.text = append(append(last.text, line...), '\n')
	}
}

package cli

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/stores"
)

// setting is a flag's value: where it goes, and how a text becomes it.
type setting[T any] struct {
	target *T
	parse  func(string) (T, error)
}

func (s *setting[T]) Set(text string) error {
	value, err := s.parse(text)
	if err == nil {
		*s.target = value
	}
	return err
}

func (s *setting[T]) Get() any { return *s.target }

func (s *setting[T]) String() string { return fmt.Sprint(*s.target) }

// onOff is a setting that needs no text.
type onOff struct{ setting[bool] }

func (*onOff) IsBoolFlag() bool { return true }

func define[T any](f *Flags, name string, value T, usage string, parse func(string) (T, error)) *T {
	f.define(name, usage, &setting[T]{target: &value, parse: parse})
	return &value
}

// Bool defines a flag that is on or off.
func (f *Flags) Bool(name string, value bool, usage string) *bool {
	f.define(name, usage, &onOff{setting[bool]{target: &value, parse: func(text string) (bool, error) {
		parsed, err := strconv.ParseBool(text)
		if err != nil {
			return false, errors.New("want true or false")
		}
		return parsed, nil
	}}})
	return &value
}

// String defines a flag for any text.
func (f *Flags) String(name, value, usage string) *string {
	return define(f, name, value, usage, func(text string) (string, error) { return text, nil })
}

// Choice defines a flag that takes one of some words. The first is the default.
func (f *Flags) Choice(name string, words []string, usage string) *string {
	return define(f, name, words[0], usage, func(text string) (string, error) {
		if !slices.Contains(words, text) {
			return "", fmt.Errorf("want one of %s", strings.Join(words, ", "))
		}
		return text, nil
	})
}

// Positive defines a flag for a duration above 0. Zero would mean "the default" to what it is handed to, which nobody who
// writes it on a command line expects.
func (f *Flags) Positive(name string, value time.Duration, usage string) *time.Duration {
	return define(f, name, value, usage, func(text string) (time.Duration, error) {
		parsed, err := time.ParseDuration(text)
		if err != nil || parsed <= 0 {
			return 0, errors.New("want a time above 0, such as 1s or 300ms")
		}
		return parsed, nil
	})
}

// Duration defines a flag for a duration that may be 0, which its usage gives a meaning.
func (f *Flags) Duration(name string, value time.Duration, usage string) *time.Duration {
	return define(f, name, value, usage, func(text string) (time.Duration, error) {
		parsed, err := time.ParseDuration(text)
		if err != nil || parsed < 0 {
			return 0, errors.New("want a time, such as 1s or 300ms, or 0")
		}
		return parsed, nil
	})
}

// Number defines a flag for a whole number within bounds.
func (f *Flags) Number(name string, value, least, most int, usage string) *int {
	return define(f, name, value, usage, func(text string) (int, error) {
		parsed, err := strconv.Atoi(text)
		if err != nil || parsed < least || parsed > most {
			return 0, fmt.Errorf("want a whole number from %d to %d", least, most)
		}
		return parsed, nil
	})
}

// Uint64 defines a flag for a fence or a seed: a whole number of 64 bits.
func (f *Flags) Uint64(name string, value, least uint64, usage string) *uint64 {
	return define(f, name, value, usage, func(text string) (uint64, error) {
		parsed, err := strconv.ParseUint(text, 10, 64)
		if err != nil || parsed < least {
			return 0, fmt.Errorf("want a whole number from %d to %d", least, uint64(math.MaxUint64))
		}
		return parsed, nil
	})
}

// Name defines a flag for the name of an election or a participant.
func (f *Flags) Name(name, value, usage string) *string {
	return define(f, name, value, usage, asName)
}

// Names defines a flag for names of which there may be several: it may be given more than once.
func (f *Flags) Names(name, usage string) *[]string {
	s := &several{}
	s.parse = func(text string) ([]string, error) {
		one, err := asName(text)
		return append(s.all, one), err
	}
	s.target = &s.all
	f.define(name, usage, s)
	return s.target
}

// several is a setting that collects.
type several struct {
	setting[[]string]
	all []string
}

func (s *several) String() string { return strings.Join(s.all, ",") }

func asName(text string) (string, error) {
	err := stores.ValidateName("name", text)
	if invalid := (*stores.InvalidError)(nil); errors.As(err, &invalid) {
		return "", errors.New(invalid.Reason)
	}
	return text, err
}

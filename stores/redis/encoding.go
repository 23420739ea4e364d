package redis

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// Encoding turns a lease's metadata into bytes and back. Its methods may be called from many goroutines. Metadata without
// pairs is not given to it.
type Encoding interface {
	Encode(metadata map[string]string) ([]byte, error)
	// Decode must return an error for bytes that Encode cannot have made: they may have been tampered with.
	Decode(data []byte) (map[string]string, error)
}

// JSON is the default [Encoding]: one object of strings.
type JSON struct{}

// Encode implements [Encoding].
func (JSON) Encode(metadata map[string]string) ([]byte, error) { return json.Marshal(metadata) }

// Decode implements [Encoding].
func (JSON) Decode(data []byte) (metadata map[string]string, err error) {
	err = json.Unmarshal(data, &metadata)
	if err == nil && metadata == nil {
		err = errors.New("null")
	}
	return metadata, err
}

func (s *Store) encode(metadata map[string]string) (string, error) {
	if len(metadata) == 0 {
		return "", nil
	}
	data, err := s.opts.Encoding.Encode(metadata)
	if err != nil {
		return "", invalid("metadata", len(metadata), "the encoding refuses it: "+err.Error())
	}
	// What nobody can read back would be granted and could not be led under.
	if back, err := s.decode(string(data)); err != nil || !maps.Equal(back, metadata) {
		return "", invalid("Encoding", fmt.Sprintf("%T", s.opts.Encoding), "what it decodes is not what it encoded")
	}
	return string(data), nil
}

func (s *Store) decode(data string) (map[string]string, error) {
	if data == "" {
		return map[string]string{}, nil
	}
	return s.opts.Encoding.Decode([]byte(data))
}

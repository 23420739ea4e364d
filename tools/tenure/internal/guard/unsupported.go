package guard

import "errors"

// UnsupportedError says that this system cannot guard a child. It is an [errors.ErrUnsupported].
type UnsupportedError struct {
	// Why says what is missing.
	Why string
}

func (e *UnsupportedError) Error() string {
	return "guarding a program is not supported here: " + e.Why
}

// Unwrap returns [errors.ErrUnsupported].
func (e *UnsupportedError) Unwrap() error { return errors.ErrUnsupported }

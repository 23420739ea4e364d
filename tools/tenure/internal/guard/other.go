//go:build !linux && !darwin

package guard

import "runtime"

// Supported returns nil where children can be guarded, and otherwise an *[UnsupportedError].
func Supported() error {
	return &UnsupportedError{Why: "it needs Linux or macOS, and this is " + runtime.GOOS}
}

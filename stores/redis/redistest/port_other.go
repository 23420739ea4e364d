//go:build !linux

package redistest

import "net"

// reserve only looks whether the port is free. Another process may take it before it is used, or while a server is down.
func reserve(port int) (release func(), err error) {
	l, err := net.Listen("tcp4", address(port))
	if err != nil {
		return nil, err
	}
	return func() {}, l.Close()
}

package redistest

import (
	"errors"
	"net"
	"syscall"
)

// reserve binds a socket to the port, without listening. The bind fails if anybody else has bound to it, in whatever way.
// Then the address is declared to be shared, which lets Redis and the proxies listen on it, as they declare the same; but
// the bind of another reservation, which does not, fails.
func reserve(port int) (release func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	addr := &syscall.SockaddrInet4{Port: port, Addr: [4]byte(net.ParseIP(loopback).To4())}
	err = syscall.Bind(fd, addr)
	if err == nil {
		err = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	}
	if err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return func() { syscall.Close(fd) }, nil
}

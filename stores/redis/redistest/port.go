package redistest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The ports of servers and proxies are below those that systems give to outgoing connections, so that none of these can
// take the port of a server while it is down. A cluster node also needs the port that is 10000 higher.
const (
	lowestPort = 11000
	ports      = 11000
	busOffset  = 10000
)

const loopback = "127.0.0.1"

var errNoPort = errors.New("redistest: no free port found")

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }

// freePort finds a port that is free, and whose bus port is, and reserves both until the test ends: tests that run
// beside this one, in whatever process, do not take them while a server is down or a proxy refuses connections.
func freePort(t testing.TB) (int, error) {
	for range 100 {
		port := lowestPort + rand.IntN(ports)
		release, err := reserve(port)
		if err != nil {
			continue
		}
		releaseBus, err := reserve(port + busOffset)
		if err != nil {
			release()
			continue
		}
		t.Cleanup(func() {
			release()
			releaseBus()
		})
		return port, nil
	}
	return 0, errNoPort
}

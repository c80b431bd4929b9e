package stage

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
)

// Ports that are let go and taken again are from here: below those that Linux gives
// to whoever asks for any (32768 on), or somebody would have one in between.
const firstPort, endPort = 20000, 32000

// listenAgain listens on a free port of this machine that can be let go, and
// listened on again later.
func listenAgain() (net.Listener, error) {
	for {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(endPort-firstPort)))
		if !errors.Is(err, syscall.EADDRINUSE) {
			return listener, err
		}
	}
}

package testkit

import (
	"context"
	"errors"
	"sync"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Network is a transport whose requests tests count and disturb.
type Network struct {
	Transport hqsync.Transport

	mu    sync.Mutex
	fault func(hqsync.Request) Fault
	sent  []hqsync.Request
}

// Fault is what happens to one request.
type Fault int

// The faults of a network.
const (
	None        Fault = iota
	LoseRequest       // it never arrives
	LoseAnswer        // it was applied, and nobody knows
	Twice             // it arrives twice; the second answer comes back
)

// ErrLost is what the sender sees of a request or answer that was lost.
var ErrLost = errors.New("connection reset")

// Disturb decides about each request from now on; nil ends it.
func (n *Network) Disturb(fault func(hqsync.Request) Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// Sent is every request so far, and forgets them.
func (n *Network) Sent() []hqsync.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	sent := n.sent
	n.sent = nil
	return sent
}

// Do implements hqsync.Transport.
func (n *Network) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	switch n.judge(r) {
	case LoseRequest:
		return hqsync.Answer{}, ErrLost
	case LoseAnswer:
		_, err := n.Transport.Do(ctx, r)
		return hqsync.Answer{}, errors.Join(ErrLost, err)
	case Twice:
		if answer, err := n.Transport.Do(ctx, r); err != nil {
			return answer, err
		}
	}
	return n.Transport.Do(ctx, r)
}

func (n *Network) judge(r hqsync.Request) Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, r)
	if n.fault == nil {
		return None
	}
	return n.fault(r)
}

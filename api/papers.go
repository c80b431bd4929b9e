package api

import (
	"crypto/sha256"
	"errors"
	"sync"
)

// mostPapers is how many papers are remembered, so that none is printed twice.
const mostPapers = 256

var errPrintConflict = errors.New("this paper was printed before with another text")

// papers are the last ones that printers took.
type papers struct {
	mu    sync.Mutex
	taken map[string]paper
	order []string // their ids, oldest first
}

type paper struct {
	asked   [sha256.Size]byte
	printer string
}

// once queues a paper, or says that it was taken before. One that was refused may be
// asked for again.
func (p *papers) once(id string, asked [sha256.Size]byte, queue func() (string, error)) (Printed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if stood, ok := p.taken[id]; ok {
		if stood.asked != asked {
			return Printed{}, errPrintConflict
		}
		return Printed{ID: id, Device: stood.printer, Repeat: true}, nil
	}
	printer, err := queue()
	if err != nil {
		return Printed{}, err
	}
	if p.taken == nil {
		p.taken = map[string]paper{}
	}
	if len(p.order) == mostPapers {
		delete(p.taken, p.order[0])
		p.order = p.order[1:]
	}
	p.taken[id], p.order = paper{asked, printer}, append(p.order, id)
	return Printed{ID: id, Device: printer}, nil
}

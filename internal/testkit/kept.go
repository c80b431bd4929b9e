package testkit

import (
	"crypto/ed25519"
	"testing"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Kept is what a till is beside its folder, to be opened again by a later release.
type Kept struct {
	Seed    []byte        `json:"seed"` // of the terminal's key
	Answer  wire.Enrolled `json:"enrolled"`
	Program string        `json:"program"`
}

// Keep tells what the till is.
func (e *Enrolled) Keep() Kept {
	return Kept{e.key.Seed(), e.answer, string(e.Programs.At(e.Clock.Now()).Source())}
}

// Open opens a folder that was kept, behind a transport that leads wherever the
// test says.
func (k Kept) Open(t testing.TB, dir string, clock *Clock, transport hqsync.Transport) *Enrolled {
	t.Helper()
	h := &Headquarters{t: t, program: Load(t, k.Program), Clock: clock}
	return h.open(&Enrolled{key: ed25519.NewKeyFromSeed(k.Seed), answer: k.Answer, Network: &Network{Transport: transport}}, dir)
}

package terminal

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// founding is a till's first start without a headquarters: it makes one in its
// own folder and enrolls itself there. Each step leaves a folder that the next
// start goes on from; the key file, by which a till knows that it is enrolled,
// comes last.
type founding struct {
	own  *embedded
	dir  string
	kept foundingFile
	id   datadir.Identity
}

// foundingFile is what must survive a crash on the way: whoever shows a code
// again with the same key is the same terminal.
type foundingFile struct {
	Seed []byte `json:"seed"` // of the terminal's key
	Code string `json:"code,omitempty"`
}

func foundingPath(dir string) string { return filepath.Join(dir, "key.founding") }

// ownName is what a till is called that nobody named.
const ownName = "Till 1"

// found does all steps that are left.
func (f *founding) found(ctx context.Context) error {
	for _, step := range f.steps() {
		if err := step(ctx); err != nil {
			return fmt.Errorf("make this till its own headquarters: %w", err)
		}
	}
	return nil
}

func (f *founding) steps() []func(context.Context) error {
	return []func(context.Context) error{
		f.drawSeed, f.own.open, f.makeStore, f.askCode, f.enroll, f.writeKey, f.forget,
	}
}

func (f *founding) drawSeed(context.Context) error {
	err := keys.ReadFile(foundingPath(f.dir), &f.kept)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.kept.Seed = make([]byte, ed25519.SeedSize)
	rand.Read(f.kept.Seed) // never fails
	return f.write()
}

func (f *founding) write() error { return keys.WriteFile(foundingPath(f.dir), f.kept) }

func (f *founding) makeStore(ctx context.Context) error {
	store, err := ownStore(f.own.config)
	if err != nil {
		return err
	}
	return f.own.opened.Load().CreateStore(ctx, store)
}

// askCode keeps the code before it is used: used and forgotten, it would leave
// a terminal behind that nobody is.
func (f *founding) askCode(ctx context.Context) (err error) {
	if f.kept.Code != "" {
		return nil
	}
	f.kept.Code, err = f.own.opened.Load().IssueCode(ctx, f.own.store, ownName, headquarters.CodeLife)
	if err != nil {
		return err
	}
	return f.write()
}

func (f *founding) enroll(ctx context.Context) error {
	err := f.show(ctx)
	var refusal *wire.Refusal
	if !errors.As(err, &refusal) || refusal.Code != wire.CodeUnauthorized {
		return err
	}
	f.kept.Code = "" // it grew too old while the machine was off
	if err := f.askCode(ctx); err != nil {
		return err
	}
	return f.show(ctx)
}

func (f *founding) show(ctx context.Context) error {
	key := ed25519.NewKeyFromSeed(f.kept.Seed).Public().(ed25519.PublicKey)
	code := wire.EnrollmentCode{Fingerprint: ledger.Fingerprint(f.own.opened.Load().PublicKey()), Secret: f.kept.Code}
	enrolled, err := hqsync.Enroll(ctx, f.own, code, key, datadir.MachineFingerprint())
	if err != nil {
		return err
	}
	f.id = datadir.NewIdentity(code, f.kept.Seed, enrolled)
	return nil
}

func (f *founding) writeKey(context.Context) error {
	f.own.pinned = f.id.PublicKey
	return keys.WriteFile(datadir.KeyFile(f.dir), f.id)
}

func (f *founding) forget(context.Context) error { return forgetFounding(f.dir) }

func forgetFounding(dir string) error {
	if err := os.Remove(foundingPath(dir)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

package datadir

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Identity is the terminal's key file: who it is, its secrets, and the
// headquarters it belongs to. It stands outside the database, so that a copy
// of the database alone tells no phone number.
type Identity struct {
	Terminal  ledger.TerminalID `json:"terminal"`
	Name      string            `json:"name"`
	Chain     ledger.ChainID    `json:"chain"`
	URL       string            `json:"url"`
	Seed      []byte            `json:"seed"` // of the terminal's Ed25519 key
	LookupKey string            `json:"lookup_key"`
	PublicKey []byte            `json:"headquarters_key"`
	KeyID     string            `json:"headquarters_key_id"`
	Recipient string            `json:"recipient"`
	Store     wire.Store        `json:"store"`
	Hub       bool              `json:"hub,omitempty"` // it is its store's hub, and no till
}

// KeyFile is where a terminal keeps its identity.
func KeyFile(dir string) string { return filepath.Join(dir, "key") }

// NewIdentity is that of a terminal which headquarters took in.
func NewIdentity(code wire.EnrollmentCode, seed []byte, e wire.Enrolled) Identity {
	return Identity{
		Terminal: e.Terminal, Name: e.Name, Chain: e.Chain, URL: code.URL, Seed: seed,
		LookupKey: base64.RawURLEncoding.EncodeToString(e.LookupKey), PublicKey: e.PublicKey, KeyID: e.KeyID, Recipient: e.Recipient, Store: e.Store, Hub: e.Hub,
	}
}

// ReadIdentity reads the key file of a terminal that was enrolled.
func ReadIdentity(dir string) (Identity, error) {
	var id Identity
	err := keys.ReadFile(KeyFile(dir), &id)
	if errors.Is(err, fs.ErrNotExist) {
		if there, err := Exists(dir); err == nil && !there {
			return id, exit.Fail(exit.Config, "name the data folder with --data; `loyaltyd run` makes a till's at its first start", fmt.Errorf("%s is not there", dir))
		}
		if f := Look(dir); f.Retired {
			return id, f.retired(exit.Config)
		}
		return id, exit.Fail(exit.Config, "`loyaltyd enroll CODE` makes it a terminal of a headquarters; without one and without headquarters.url, `loyaltyd run` makes it its own",
			errors.New("this terminal is not enrolled: it has no key file"))
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return id, exit.Fail(exit.Config, "restore the key file, or enroll this machine anew in another folder", err)
	}
	return id, err
}

// Exchanging is who it is to headquarters.
func (id Identity) Exchanging() hqsync.Identity {
	return hqsync.Identity{
		Terminal: id.Terminal, Hub: id.Hub, Key: id.Key(), Chain: id.Chain, Headquarters: id.PublicKey, Release: release.Name, Fingerprint: MachineFingerprint(),
	}
}

// Key is the terminal's private key.
func (id Identity) Key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(id.Seed) }

// Own reports whether the till was enrolled at its own headquarters: no
// address leads there.
func (id Identity) Own() bool { return id.URL == "" }

// ForgottenHint is what to do where headquarters does not know the terminal any more.
func (id Identity) ForgottenHint() string {
	code, what := fmt.Sprintf("loyaltyd hq code --store %s --name %q", id.Store.ID, id.Name), "till"
	if id.Hub {
		code, what = code+" --hub", "hub"
	}
	return fmt.Sprintf("At headquarters: `%s`. Here, with the daemon stopped: `loyaltyd enroll CODE`. "+
		"The %s stays who it is and sends all that it has again.", code, what)
}

// ReadHubIdentity reads the key file of a hub.
func ReadHubIdentity(dir string) (Identity, error) {
	if there, err := Exists(KeyFile(dir)); err == nil && !there {
		return Identity{}, exit.Fail(exit.Config, "name the hub's folder with --data; `loyaltyd hq code --hub` at headquarters makes the code, and `loyaltyd enroll CODE --data FOLDER` makes it a hub's",
			fmt.Errorf("%s is no hub's folder: it has no key file", dir))
	}
	id, err := ReadIdentity(dir)
	if err == nil && !id.Hub {
		err = exit.Fail(exit.Config, "`loyaltyd hq code --hub` at headquarters makes a code for a hub; `loyaltyd run` runs a till",
			fmt.Errorf("%s is a till's folder", dir))
	}
	return id, err
}

// MachineFingerprint tells this machine from another that got a copy of its
// disk's folder. It names no part of the machine.
func MachineFingerprint() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil {
		return "unknown" // the fingerprint only warns
	}
	sum := sha256.Sum256(append([]byte("loyaltyd/machine/1\x00"), id...))
	return hex.EncodeToString(sum[:16])
}

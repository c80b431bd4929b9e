package keyring

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// keyFile is hq.key as it lies on disk.
type keyFile struct {
	Chain    ledger.ChainID `json:"chain"`
	Signer   string         `json:"signer"`
	Master   string         `json:"master"`
	Lookup   string         `json:"lookup"`
	Identity string         `json:"identity"`
	Session  string         `json:"session"`
	// Successor is there from a rotation until it signs, and Successions from the
	// first rotation on. A release that knows no rotation does not read either.
	Successor   *successorFile            `json:"successor,omitempty"`
	Successions []ledger.SignedSuccession `json:"successions,omitempty"`
}

type successorFile struct {
	Signer  string `json:"signer"`
	Session string `json:"session"`
}

// Make makes the keys of a chain that begins, and their file.
func Make(dir string) (Ring, error) {
	identity, err := keys.NewIdentity()
	if err != nil {
		return Ring{}, err
	}
	file := keyFile{
		Chain: ledger.ChainID(uuid.Must(uuid.NewV7())), Signer: keys.NewSigner().Reveal(), Master: keys.NewMasterKey().Reveal(),
		Lookup: keys.NewLookup().Reveal(), Identity: identity.Reveal(), Session: keys.NewDataKey().Reveal(),
	}
	if err := keys.WriteFile(filepath.Join(dir, FileName), file); err != nil {
		return Ring{}, err
	}
	return file.ring()
}

func readKeyFile(dir string) (file keyFile, err error) {
	err = keys.ReadFile(filepath.Join(dir, FileName), &file)
	if _, ofDisk := errors.AsType[*fs.PathError](err); ofDisk || errors.Is(err, fs.ErrPermission) {
		return file, err
	}
	if err != nil {
		return file, unsoundKeys(dir)
	}
	return file, nil
}

func (f keyFile) ring() (ring Ring, err error) {
	if f.Chain.IsZero() || f.Session == "" { // a session key that is empty proves nothing
		return ring, errors.New("a key is missing")
	}
	held, err := f.signing()
	if err != nil {
		return ring, err
	}
	ring.Chain, ring.signers = f.Chain, &signers{}
	ring.signers.all.Store(held)
	if ring.Master, err = keys.ParseMasterKey(f.Master); err != nil {
		return ring, err
	}
	if ring.Lookup, err = keys.ParseLookup(f.Lookup); err != nil {
		return ring, err
	}
	ring.Identity, err = keys.ParseIdentity(f.Identity)
	return ring, err
}

// signing reads the signing keys of the file. What they came from leads to the
// key that signs, and to the successor where there is one.
func (f keyFile) signing() (*Signing, error) {
	signer, err := keys.ParseSigner(f.Signer)
	if err != nil {
		return nil, err
	}
	line, _ := ledger.NewKeyChain(f.Chain, signer.Public()).Learn(f.Successions)
	held := &Signing{Signer: signer, session: keys.NewSecret(f.Session), Line: line}
	links := line.Links()
	if len(links) != len(f.Successions) {
		return nil, errors.New("a succession of keys is damaged")
	}
	if f.Successor == nil {
		return held, newest(held)
	}
	next, err := keys.ParseSigner(f.Successor.Signer)
	if err != nil {
		return nil, err
	}
	if len(links) == 0 || !next.Public().Equal(line.Newest()) || f.Successor.Session == "" {
		return nil, errors.New("the successor is not announced")
	}
	held.Next = &successor{next, keys.NewSecret(f.Successor.Session), links[len(links)-1].Until}
	return held, nil
}

// newest refuses a file that announces a key and does not have it.
func newest(held *Signing) error {
	if !held.Line.Newest().Equal(held.Signer.Public()) {
		return errors.New("the successor is missing")
	}
	return nil
}

// with is the file with what is held for signing.
func (f keyFile) with(held *Signing) keyFile {
	f.Signer, f.Session, f.Successor = held.Signer.Reveal(), held.session.Reveal(), nil
	f.Successions = held.Line.Successions().All
	if held.Next != nil {
		f.Successor = &successorFile{held.Next.Signer.Reveal(), held.Next.session.Reveal()}
	}
	return f
}

// Write puts what is held for signing into the key file.
func Write(dir string, held *Signing) error {
	file, err := readKeyFile(dir)
	if err != nil {
		return err
	}
	return keys.WriteFile(filepath.Join(dir, FileName), file.with(held))
}

// DropRetired takes the private half of a key whose time is over out of the file:
// nothing needs it any more.
func DropRetired(dir string, held *Signing) error {
	file, err := readKeyFile(dir)
	if err != nil || file.Signer == held.Signer.Reveal() {
		return err
	}
	return keys.WriteFile(filepath.Join(dir, FileName), file.with(held))
}

// Copy takes a key file to another folder.
func Copy(from, to string) error {
	var file keyFile
	if err := keys.ReadFile(filepath.Join(from, FileName), &file); err != nil {
		return err
	}
	return keys.WriteFile(filepath.Join(to, FileName), file)
}

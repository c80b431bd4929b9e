package hq

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// keyring is what must not stand in the database: a copy of that tells nobody.
// Stores' lookup keys do stand in it, sealed under master: a store is then
// added without rewriting this file on each machine that serves the database.
type keyring struct {
	chain    ledger.ChainID
	signers  *signers
	master   keys.MasterKey
	lookup   keys.Lookup // blind indexes of the whole chain
	identity keys.Identity
}

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

// openKeys reads the key file, or makes one beside a database that is still
// to be made.
func (o Options) openKeys(ctx context.Context) (keyring, error) {
	ring, err := readKeys(o.Dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return ring, err
	}
	begun, err := o.begun(ctx)
	if err != nil {
		return keyring{}, err
	}
	if begun {
		return keyring{}, noKeys(o.Dir)
	}
	return makeKeys(o.Dir)
}

func makeKeys(dir string) (keyring, error) {
	identity, err := keys.NewIdentity()
	if err != nil {
		return keyring{}, err
	}
	file := keyFile{
		Chain: ledger.ChainID(uuid.Must(uuid.NewV7())), Signer: keys.NewSigner().Reveal(), Master: keys.NewMasterKey().Reveal(),
		Lookup: keys.NewLookup().Reveal(), Identity: identity.Reveal(), Session: keys.NewDataKey().Reveal(),
	}
	if err := keys.WriteFile(filepath.Join(dir, keyName), file); err != nil {
		return keyring{}, err
	}
	return file.ring()
}

// readKeys reads the key file. One that is not there is fs.ErrNotExist, one that
// others may read fs.ErrPermission, and one that holds no keys a *KeyFileError.
func readKeys(dir string) (keyring, error) {
	file, err := readKeyFile(dir)
	if err != nil {
		return keyring{}, err
	}
	ring, wrong := file.ring()
	if wrong != nil {
		return keyring{}, unsoundKeys(dir)
	}
	return ring, nil
}

func readKeyFile(dir string) (file keyFile, err error) {
	err = keys.ReadFile(filepath.Join(dir, keyName), &file)
	if _, ofDisk := errors.AsType[*fs.PathError](err); ofDisk || errors.Is(err, fs.ErrPermission) {
		return file, err
	}
	if err != nil {
		return file, unsoundKeys(dir)
	}
	return file, nil
}

func (f keyFile) ring() (ring keyring, err error) {
	if f.Chain.IsZero() || f.Session == "" { // a session key that is empty proves nothing
		return ring, errors.New("a key is missing")
	}
	held, err := f.signing()
	if err != nil {
		return ring, err
	}
	ring.chain, ring.signers = f.Chain, &signers{}
	ring.signers.all.Store(held)
	if ring.master, err = keys.ParseMasterKey(f.Master); err != nil {
		return ring, err
	}
	if ring.lookup, err = keys.ParseLookup(f.Lookup); err != nil {
		return ring, err
	}
	ring.identity, err = keys.ParseIdentity(f.Identity)
	return ring, err
}

// blind returns the chain's keyed hash of an identifier.
func (k keyring) blind(kind, value string) ledger.KeyedHash { return k.lookup.Hash(kind, value) }

// mac authenticates what headquarters gives out to see again.
func (k keyring) mac(message []byte) []byte {
	m := hmac.New(sha256.New, []byte(k.signers.current().session.Reveal()))
	m.Write(message)
	return m.Sum(nil)[:16]
}

// newStoreKey makes the lookup key of a store and seals it.
func (k keyring) newStoreKey(store ledger.StoreID) (wrapped, sealed []byte) {
	return k.sealStoreKey(store, keys.NewLookup())
}

func (k keyring) sealStoreKey(store ledger.StoreID, lookup keys.Lookup) (wrapped, sealed []byte) {
	data := keys.NewDataKey()
	context := "store:" + string(store)
	return k.master.WrapKey(context, data), data.SealField(context, "lookup", 1, []byte(lookup.Reveal()))
}

func (k keyring) openStoreKey(store ledger.StoreID, wrapped, sealed []byte) (keys.Lookup, error) {
	context := "store:" + string(store)
	data, err := k.master.UnwrapKey(context, wrapped)
	if err != nil {
		return keys.Lookup{}, fmt.Errorf("open lookup key of store %q: %w", string(store), err)
	}
	text, err := data.OpenField(context, "lookup", 1, sealed)
	if err != nil {
		return keys.Lookup{}, fmt.Errorf("open lookup key of store %q: %w", string(store), err)
	}
	return keys.ParseLookup(string(text))
}

// rawLookup gives a lookup key's bytes for a terminal that is being enrolled.
func rawLookup(l keys.Lookup) ([]byte, error) { return base64.RawURLEncoding.DecodeString(l.Reveal()) }

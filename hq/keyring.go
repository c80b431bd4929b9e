package hq

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
	signer   keys.Signer
	master   keys.MasterKey
	lookup   keys.Lookup // blind indexes of the whole chain
	identity keys.Identity
	session  keys.Secret // key of session tokens
}

// keyFile is hq.key as it lies on disk.
type keyFile struct {
	Chain    ledger.ChainID `json:"chain"`
	Signer   string         `json:"signer"`
	Master   string         `json:"master"`
	Lookup   string         `json:"lookup"`
	Identity string         `json:"identity"`
	Session  string         `json:"session"`
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
	var file keyFile
	err := keys.ReadFile(filepath.Join(dir, keyName), &file)
	if _, ofDisk := errors.AsType[*fs.PathError](err); ofDisk || errors.Is(err, fs.ErrPermission) {
		return keyring{}, err
	}
	ring, wrong := file.ring()
	if err != nil || wrong != nil {
		return keyring{}, unsoundKeys(dir)
	}
	return ring, nil
}

func (f keyFile) ring() (ring keyring, err error) {
	if f.Chain.IsZero() || f.Session == "" { // a session key that is empty proves nothing
		return ring, errors.New("a key is missing")
	}
	ring.chain, ring.session = f.Chain, keys.NewSecret(f.Session)
	if ring.signer, err = keys.ParseSigner(f.Signer); err != nil {
		return ring, err
	}
	if ring.master, err = keys.ParseMasterKey(f.Master); err != nil {
		return ring, err
	}
	if ring.lookup, err = keys.ParseLookup(f.Lookup); err != nil {
		return ring, err
	}
	ring.identity, err = keys.ParseIdentity(f.Identity)
	return ring, err
}

// sign signs an entry of headquarters.
func (k keyring) sign(body []byte) []byte {
	return ledger.Sign(k.signer.Private(), ledger.EntryDomain, body)
}

func (k keyring) private() ed25519.PrivateKey { return k.signer.Private() }

// id names the signing key in answers.
func (k keyring) id() string {
	sum := sha256.Sum256(k.signer.Public())
	return hex.EncodeToString(sum[:4])
}

// blind returns the chain's keyed hash of an identifier.
func (k keyring) blind(kind, value string) ledger.KeyedHash { return k.lookup.Hash(kind, value) }

// mac authenticates what headquarters gives out to see again.
func (k keyring) mac(message []byte) []byte {
	m := hmac.New(sha256.New, []byte(k.session.Reveal()))
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

// Package keyring knows the keys of headquarters, which stand in a file beside the
// database and never in it: what headquarters signs with and what follows that, what
// it hashes identifiers and seals persons under, and stores' lookup keys.
package keyring

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Ring is what must not stand in the database: a copy of that tells nobody.
// Stores' lookup keys do stand in it, sealed under master: a store is then
// added without rewriting this file on each machine that serves the database.
type Ring struct {
	Chain    ledger.ChainID
	signers  *signers
	Master   keys.MasterKey
	Lookup   keys.Lookup // blind indexes of the whole chain
	Identity keys.Identity
}

// Read reads the key file. One that is not there is fs.ErrNotExist, one that
// others may read fs.ErrPermission, and one that holds no keys a *FileError.
func Read(dir string) (Ring, error) {
	file, err := readKeyFile(dir)
	if err != nil {
		return Ring{}, err
	}
	ring, wrong := file.ring()
	if wrong != nil {
		return Ring{}, unsoundKeys(dir)
	}
	return ring, nil
}

// Blind returns the chain's keyed hash of an identifier.
func (k Ring) Blind(kind, value string) ledger.KeyedHash { return k.Lookup.Hash(kind, value) }

// Mac authenticates what headquarters gives out to see again.
func (k Ring) Mac(message []byte) []byte {
	m := hmac.New(sha256.New, []byte(k.signers.current().session.Reveal()))
	m.Write(message)
	return m.Sum(nil)[:16]
}

// NewStoreKey makes the lookup key of a store and seals it.
func (k Ring) NewStoreKey(store ledger.StoreID) (wrapped, sealed []byte) {
	return k.SealStoreKey(store, keys.NewLookup())
}

// SealStoreKey seals the lookup key of a store.
func (k Ring) SealStoreKey(store ledger.StoreID, lookup keys.Lookup) (wrapped, sealed []byte) {
	data := keys.NewDataKey()
	context := "store:" + string(store)
	return k.Master.WrapKey(context, data), data.SealField(context, "lookup", 1, []byte(lookup.Reveal()))
}

// OpenStoreKey opens what SealStoreKey sealed.
func (k Ring) OpenStoreKey(store ledger.StoreID, wrapped, sealed []byte) (keys.Lookup, error) {
	context := "store:" + string(store)
	data, err := k.Master.UnwrapKey(context, wrapped)
	if err != nil {
		return keys.Lookup{}, fmt.Errorf("open lookup key of store %q: %w", string(store), err)
	}
	text, err := data.OpenField(context, "lookup", 1, sealed)
	if err != nil {
		return keys.Lookup{}, fmt.Errorf("open lookup key of store %q: %w", string(store), err)
	}
	return keys.ParseLookup(string(text))
}

// RawLookup gives a lookup key's bytes for a terminal that is being enrolled.
func RawLookup(l keys.Lookup) ([]byte, error) { return base64.RawURLEncoding.DecodeString(l.Reveal()) }

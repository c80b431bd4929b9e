package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"strconv"
)

// ErrOpen says that a ciphertext does not open: another key, another place, or
// changed bytes.
var ErrOpen = errors.New("does not decrypt: wrong key, wrong place or changed data")

// MasterKey wraps the data keys of persons. It stays outside the database.
type MasterKey struct{ key }

// NewMasterKey makes a random key.
func NewMasterKey() MasterKey { return MasterKey{newKey()} }

// ParseMasterKey reads what Reveal gave.
func ParseMasterKey(text string) (MasterKey, error) {
	k, err := parseKey(text)
	return MasterKey{k}, err
}

// DataKey encrypts one person's fields. To delete its wrapped form is to erase
// the person.
type DataKey struct{ key }

// NewDataKey makes a random key.
func NewDataKey() DataKey { return DataKey{newKey()} }

// WrapKey encrypts a person's data key for that account: AES-256-GCM, a random
// nonce in front.
func (m MasterKey) WrapKey(account string, data DataKey) []byte {
	return seal(m.key, data.bytes[:], context("loyaltyd/person-key/1", account))
}

// UnwrapKey is the way back; ErrOpen if the key was wrapped for another account.
func (m MasterKey) UnwrapKey(account string, wrapped []byte) (DataKey, error) {
	plain, err := open(m.key, wrapped, context("loyaltyd/person-key/1", account))
	if err != nil || len(plain) != 32 {
		return DataKey{}, ErrOpen
	}
	b := [32]byte(plain)
	return DataKey{key{bytes: &b}}, nil
}

// SealField encrypts one field: AES-256-GCM, a random nonce in front, bound to
// account, field name and row version.
func (d DataKey) SealField(account, field string, version uint64, plain []byte) []byte {
	return seal(d.key, plain, fieldContext(account, field, version))
}

// OpenField is the way back; ErrOpen for a field moved to another place.
func (d DataKey) OpenField(account, field string, version uint64, sealed []byte) ([]byte, error) {
	return open(d.key, sealed, fieldContext(account, field, version))
}

func fieldContext(account, field string, version uint64) []byte {
	return context("loyaltyd/person-field/1", account, field, strconv.FormatUint(version, 10))
}

// context joins parts so that no two lists give the same bytes.
func context(parts ...string) []byte {
	var buf []byte
	for _, part := range parts {
		buf = binary.AppendUvarint(buf, uint64(len(part)))
		buf = append(buf, part...)
	}
	return buf
}

func seal(k key, plain, additional []byte) []byte {
	return gcm(k).Seal(nil, nil, plain, additional)
}

func open(k key, sealed, additional []byte) ([]byte, error) {
	plain, err := gcm(k).Open(nil, nil, sealed, additional)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func gcm(k key) cipher.AEAD {
	block, err := aes.NewCipher(k.bytes[:])
	if err != nil {
		panic(err) // 32 bytes by type
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES by construction
	}
	return aead
}

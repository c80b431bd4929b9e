package keys

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// Identity opens attachments; headquarters has it. Its public half is the
// recipient, a text that terminals pin.
type Identity struct {
	masked
	age *age.X25519Identity
}

// NewIdentity makes a random X25519 identity.
func NewIdentity() (Identity, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("make attachment key: %w", err)
	}
	return Identity{age: id}, nil
}

// ParseIdentity reads what Reveal gave.
func ParseIdentity(text string) (Identity, error) {
	id, err := age.ParseX25519Identity(text)
	if err != nil {
		return Identity{}, errors.New("parse attachment key: want AGE-SECRET-KEY-1…") // age's error may quote it
	}
	return Identity{age: id}, nil
}

// Reveal gives the identity's text, for the key file.
func (id Identity) Reveal() string { return id.age.String() }

// Recipient gives the public half, "age1…".
func (id Identity) Recipient() string { return id.age.Recipient().String() }

// SealAttachment encrypts what identifies a person to headquarters (age,
// X25519). The sum is the SHA-256 of the ciphertext, which is what an entry's
// body names.
func SealAttachment(recipient string, plain []byte) (cipher []byte, sum [32]byte, err error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, sum, fmt.Errorf("attachment recipient %q: %w", recipient, err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, sum, fmt.Errorf("encrypt attachment: %w", err)
	}
	return out.Bytes(), sha256.Sum256(out.Bytes()), nil
}

// OpenAttachment decrypts what SealAttachment gave; else ErrOpen. The plain
// text is never longer than the ciphertext.
func OpenAttachment(id Identity, cipher []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(cipher), id.age)
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A batch is lines of JSON: the signed seal, then the entries' bodies exactly
// as they were stored, then their attachments.

type sealLine struct {
	Seal      json.RawMessage `json:"seal"`
	Signature []byte          `json:"signature"`
}

type attachmentLine struct {
	Data []byte `json:"data"`
}

// Batch is a batch as received. Bodies share the message's memory.
type Batch struct {
	Seal        ledger.Seal
	SealBytes   []byte // as signed, for evidence
	Signature   []byte
	Bodies      [][]byte
	Attachments [][]byte
}

// ErrSignature says that a seal or an answer was not signed by who it claims.
var ErrSignature = errors.New("signature does not match")

// EncodeBatch writes a batch and signs its seal, whose counts it fills in.
func EncodeBatch(seal ledger.Seal, key ed25519.PrivateKey, bodies, attachments [][]byte) ([]byte, error) {
	seal.V, seal.Count, seal.Attachments = Protocol, len(bodies), len(attachments)
	sealed, err := json.Marshal(seal)
	if err != nil {
		return nil, fmt.Errorf("encode seal: %w", err)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	if err := enc.Encode(sealLine{sealed, ledger.Sign(key, ledger.SealDomain, sealed)}); err != nil {
		return nil, fmt.Errorf("encode seal: %w", err)
	}
	for _, body := range bodies {
		buf.Write(body)
		buf.WriteByte('\n')
	}
	for _, data := range attachments {
		if err := enc.Encode(attachmentLine{data}); err != nil {
			return nil, fmt.Errorf("encode attachment: %w", err)
		}
	}
	return buf.Bytes(), nil
}

// DecodeBatch reads a batch and checks the seal's signature and counts. It
// does not look into bodies.
func DecodeBatch(message []byte, key ed25519.PublicKey) (*Batch, error) {
	sealed, rest, _ := bytes.Cut(message, []byte("\n"))
	b, err := decodeSeal(sealed, key)
	if err != nil {
		return nil, err
	}
	n, attached := b.Seal.Count, b.Seal.Attachments
	if n < 0 || n > MaxBatchEntries || attached < 0 || attached > n {
		return nil, fmt.Errorf("read batch: %d entries with %d attachments: want at most %d, and one attachment each",
			n, attached, MaxBatchEntries)
	}
	// Counted before they are split: a message of line feeds would take many
	// times its size.
	if got := bytes.Count(rest, []byte("\n")); got != n+attached || len(rest) > 0 && rest[len(rest)-1] != '\n' {
		return nil, fmt.Errorf("read batch: %d whole lines after the seal, want %d entries and %d attachments", got, n, attached)
	}
	lines := bytes.Split(rest, []byte("\n"))
	b.Bodies = lines[:n:n]
	for _, line := range lines[n : n+attached] {
		var a attachmentLine
		if err := ledger.DecodeJSON(line, &a); err != nil {
			return nil, fmt.Errorf("read attachment: %w", err)
		}
		b.Attachments = append(b.Attachments, a.Data)
	}
	return b, nil
}

func decodeSeal(line []byte, key ed25519.PublicKey) (*Batch, error) {
	var outer sealLine
	if err := ledger.DecodeJSON(line, &outer); err != nil {
		return nil, fmt.Errorf("read seal: %w", err)
	}
	if !ledger.Verify(key, ledger.SealDomain, outer.Seal, outer.Signature) {
		return nil, fmt.Errorf("read seal: %w", ErrSignature)
	}
	b := &Batch{SealBytes: outer.Seal, Signature: outer.Signature}
	if err := ledger.DecodeJSON(outer.Seal, &b.Seal); err != nil {
		return nil, fmt.Errorf("read seal: %w", err)
	}
	return b, nil
}

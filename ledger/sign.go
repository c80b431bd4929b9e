package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Domain keeps a signature made for one purpose from being read as another's.
type Domain string

// The domains of our signatures.
const (
	SealDomain   Domain = "loyaltyd/seal/1"   // a terminal's seal
	EntryDomain  Domain = "loyaltyd/entry/1"  // headquarters' entries, rights among them
	AnswerDomain Domain = "loyaltyd/answer/1" // headquarters' answers to a terminal
	// AnswerSumDomain is of answers of which the hash is signed: many are told the same.
	AnswerSumDomain Domain = "loyaltyd/answer-sum/1"

	ProgramDomain Domain = "loyaltyd/program/1" // programs as headquarters published them
	StopDomain    Domain = "loyaltyd/stop/1"    // rules that it stopped

	SuccessionDomain Domain = "loyaltyd/succession/1" // a key of headquarters that follows another

	AppDomain     Domain = "loyaltyd/app/1"      // headquarters' certificate of a member's app
	AppCodeDomain Domain = "loyaltyd/app-code/1" // what such an app shows
)

// Sign signs a message within a domain.
func Sign(key ed25519.PrivateKey, domain Domain, message []byte) []byte {
	return ed25519.Sign(key, domain.frame(message))
}

// Verify reports whether a signature is that of the key over the message
// within the domain. A key or signature of the wrong size is not.
func Verify(key ed25519.PublicKey, domain Domain, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, domain.frame(message), signature)
}

func (d Domain) frame(message []byte) []byte {
	framed := make([]byte, 0, len(d)+1+len(message))
	framed = append(framed, d...)
	framed = append(framed, 0)
	return append(framed, message...)
}

// Fingerprint is what people compare of a public key: the first 15 bytes of
// its SHA-256 in base32, six groups of four.
func Fingerprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	text := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-")
}

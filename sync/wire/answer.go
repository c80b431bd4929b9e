package wire

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// signatureHeader carries headquarters' signature over nonce, status and
// message; keyIDHeader says with which of its keys.
const (
	signatureHeader = "Loyaltyd-Signature"
	keyIDHeader     = "Loyaltyd-Key-Id"
	// hubKeyHeader is a hub's key: who asks knows its fingerprint.
	hubKeyHeader = "Loyaltyd-Hub-Key"
)

// Countersign signs an answer over the request's nonce: an ack cannot be made
// up, nor an old one played again.
func Countersign(h http.Header, key ed25519.PrivateKey, keyID, nonce string, status int, message []byte) {
	signature := ledger.Sign(key, ledger.AnswerDomain, answered(nonce, status, message))
	h.Set(signatureHeader, base64.StdEncoding.EncodeToString(signature))
	h.Set(keyIDHeader, keyID)
}

// sumPrefix begins a signature that is over a message's hash.
const sumPrefix = "sum:"

// CountersignSum is Countersign over a message's hash, for who asked for that
// (SumParam): a message that many are told is hashed once for all of them.
func CountersignSum(h http.Header, key ed25519.PrivateKey, keyID, nonce string, status int, sum ledger.Hash) {
	signature := ledger.Sign(key, ledger.AnswerSumDomain, answered(nonce, status, sum[:]))
	h.Set(signatureHeader, sumPrefix+base64.StdEncoding.EncodeToString(signature))
	h.Set(keyIDHeader, keyID)
}

// AnswerKeyID is the id of the key that an answer says it was signed with; empty
// where nobody of ours answered.
func AnswerKeyID(h http.Header) string { return h.Get(keyIDHeader) }

// CheckAnswer verifies what Countersign or CountersignSum signed; otherwise it is
// ErrSignature.
func CheckAnswer(h http.Header, key ed25519.PublicKey, nonce string, status int, message []byte) error {
	text, domain := h.Get(signatureHeader), ledger.AnswerDomain
	if over, ok := strings.CutPrefix(text, sumPrefix); ok {
		sum := ledger.HashOf(message)
		text, domain, message = over, ledger.AnswerSumDomain, sum[:]
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !ledger.Verify(key, domain, answered(nonce, status, message), signature) {
		return ErrSignature
	}
	return nil
}

// CountersignHub is Countersign by a hub.
func CountersignHub(h http.Header, key ed25519.PrivateKey, nonce string, status int, message []byte) {
	public := key.Public().(ed25519.PublicKey)
	h.Set(hubKeyHeader, base64.StdEncoding.EncodeToString(public))
	Countersign(h, key, ledger.Fingerprint(public), nonce, status, message)
}

// CheckHubAnswer verifies what CountersignHub signed by the key of a fingerprint;
// otherwise it is ErrSignature.
func CheckHubAnswer(h http.Header, fingerprint, nonce string, status int, message []byte) error {
	key, err := base64.StdEncoding.DecodeString(h.Get(hubKeyHeader))
	if err != nil || ledger.Fingerprint(key) != fingerprint {
		return ErrSignature
	}
	return CheckAnswer(h, key, nonce, status, message)
}

func answered(nonce string, status int, message []byte) []byte {
	framed := append([]byte(nonce), 0)
	framed = strconv.AppendInt(framed, int64(status), 10)
	framed = append(framed, 0)
	return append(framed, message...)
}

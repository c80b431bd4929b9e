package sync

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Enroll shows headquarters a one-time code and the terminal's public key, and
// returns what the terminal needs to know. Asking again with the same code and
// key, after an answer was lost, gets the same answer.
func Enroll(ctx context.Context, transport Transport, code wire.EnrollmentCode, key ed25519.PublicKey, fingerprint string) (wire.Enrolled, error) {
	return enroll(ctx, transport, code, wire.Enrollment{PublicKey: key, Fingerprint: fingerprint})
}

// EnrollAgain is Enroll for a terminal that headquarters has forgotten: it stays
// who it was, with its journal.
func EnrollAgain(ctx context.Context, transport Transport, code wire.EnrollmentCode, who Identity, lookupKey []byte) (wire.Enrolled, error) {
	return enroll(ctx, transport, code, wire.Enrollment{
		PublicKey: who.Key.Public().(ed25519.PublicKey), Fingerprint: who.Fingerprint,
		Again: &wire.Again{Terminal: who.Terminal, LookupKey: lookupKey, Hub: who.Hub},
	})
}

func enroll(ctx context.Context, transport Transport, code wire.EnrollmentCode, said wire.Enrollment) (wire.Enrolled, error) {
	var enrolled wire.Enrolled
	said.Protocol, said.Code = wire.Protocol, code.Secret
	message, err := json.Marshal(said)
	if err != nil {
		return enrolled, err
	}
	answer, err := transport.Do(ctx, Request{
		Method: http.MethodPost, Target: wire.EnrollPath, Header: http.Header{}, Body: message,
	})
	if err != nil {
		return enrolled, fmt.Errorf("enroll: %w", err)
	}
	if answer.Status != http.StatusOK {
		return enrolled, fmt.Errorf("enroll: %w", readRefusal(answer))
	}
	if err := ledger.DecodeJSON(answer.Body, &enrolled); err != nil {
		return enrolled, fmt.Errorf("enroll: read answer: %w", err)
	}
	// The key is believed because its fingerprint is in the code that a person
	// carried, and the answer because that key signed it.
	if ledger.Fingerprint(enrolled.PublicKey) != code.Fingerprint {
		return enrolled, fmt.Errorf("enroll: headquarters' key has another fingerprint than the code: %w", wire.ErrSignature)
	}
	secret := sha256.Sum256([]byte(code.Secret))
	if err := wire.CheckAnswer(answer.Header, enrolled.PublicKey, hex.EncodeToString(secret[:]), answer.Status, answer.Body); err != nil {
		return enrolled, fmt.Errorf("enroll: %w", err)
	}
	return enrolled, nil
}

package hq

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A session token is its number and a MAC over terminal, incarnation and
// number, so that a stale one is recognized without keeping it: a token whose
// successor was used is one with a number below terminal.used.

func (r *reading) token(of ledger.TerminalID, number uint64) string {
	text := binary.BigEndian.AppendUint64(nil, number)
	return base64.RawURLEncoding.EncodeToString(append(text, r.tokenMAC(of, number)...))
}

// tokenNumber reads a token; false where it is not one of ours for this
// terminal and incarnation.
func (r *reading) tokenNumber(of ledger.TerminalID, token string) (uint64, bool) {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(text) != 8+16 {
		return 0, false
	}
	number := binary.BigEndian.Uint64(text)
	return number, hmac.Equal(text[8:], r.tokenMAC(of, number))
}

func (r *reading) tokenMAC(of ledger.TerminalID, number uint64) []byte {
	message := append([]byte("loyaltyd/session/1"), of[:]...)
	message = binary.BigEndian.AppendUint32(message, uint32(r.chain.incarnation))
	return r.keys.Mac(binary.BigEndian.AppendUint64(message, number))
}

// issue gives the next token of a terminal.
func (r *reading) issue(tx *database.Tx, t *records.Terminal) (string, error) {
	t.Issued++
	if _, err := tx.Exec(`UPDATE terminal SET issued = $1 WHERE terminal = $2`, t.Issued, t.ID); err != nil {
		return "", fmt.Errorf("issue session token: %w", err)
	}
	return r.token(t.ID, t.Issued), nil
}

// useToken records that a token came with a batch, and what was answered.
func useToken(tx *database.Tx, t *records.Terminal, number uint64, request ledger.Hash, answer []byte) error {
	_, err := tx.Exec(`
		UPDATE terminal SET used = $1, used_request = $2, used_answer = $3
		WHERE terminal = $4`, number, request, answer, t.ID)
	if err != nil {
		return fmt.Errorf("use session token: %w", err)
	}
	return nil
}

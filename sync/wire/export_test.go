package wire

import (
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Words are what a request's signature is over.
func Words(r *http.Request, body []byte, from ledger.TerminalID, to ledger.ChainID, nonce string, at time.Time) (string, error) {
	return tokenOf(r, body, from, to, uuid.MustParse(nonce), at).SigningString()
}

package hq

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// signing is the key that headquarters signs with now, the one that is to follow
// it, and those that both came from. Session tokens go with it: who copied the
// key file before a rotation can make none after it.
type signing struct {
	signer  keys.Signer
	session keys.Secret // key of session tokens
	next    *successor
	line    ledger.KeyChain
}

type successor struct {
	signer  keys.Signer
	session keys.Secret
	from    ledger.Millis // it signs
}

// signers gives the key of the time. Its own time is headquarters' believed one:
// a clock that jumped retires no key.
type signers struct {
	now func() ledger.Millis
	all atomic.Pointer[signing]
}

// current returns the keys in force, the next ones once their time has come, and
// from then on whatever the clock does.
func (s *signers) current() *signing {
	for {
		held := s.all.Load()
		if held.next == nil || s.now() < held.next.from {
			return held
		}
		if next := held.succeeded(); s.all.CompareAndSwap(held, next) {
			return next
		}
	}
}

// succeeded is what is held once the successor signs: the key before it is gone.
func (s *signing) succeeded() *signing {
	line, _ := s.line.Hear(s.next.signer.Public())
	return &signing{signer: s.next.signer, session: s.next.session, line: line}
}

// PublicKey returns the key that headquarters signs with now, which a terminal
// that is enrolled now pins.
func (r *reading) PublicKey() ed25519.PublicKey { return r.keys.public() }

// HasKey reports whether a key is this headquarters', or was, or will be.
func (r *reading) HasKey(key ed25519.PublicKey) bool { return r.keys.line().Has(key) }

func (k keyring) public() ed25519.PublicKey { return k.signers.current().signer.Public() }

func (k keyring) private() ed25519.PrivateKey { return k.signers.current().signer.Private() }

// line is all keys that are known, former ones and the next.
func (k keyring) line() ledger.KeyChain { return k.signers.current().line }

// id names the signing key in answers.
func (k keyring) id() string { return ledger.KeyID(k.public()) }

// sign signs an entry of headquarters.
func (k keyring) sign(body []byte) []byte {
	return ledger.Sign(k.private(), ledger.EntryDomain, body)
}

// successions are what terminals are told of keys.
func (k keyring) successions() []ledger.SignedSuccession { return k.line().Successions().All }

// keysBehind are the successions, for a terminal that does not know the newest
// key; none for one that knows nothing of keys.
func (k keyring) keysBehind(known string) []ledger.SignedSuccession {
	if known == "" || known == ledger.KeyID(k.line().Newest()) {
		return nil
	}
	return k.successions()
}

// knowsKey records the newest key that a terminal says it knows.
func (t *terminal) knowsKey(tx *database.Tx, id string) error {
	if id == t.keyID {
		return nil
	}
	if _, err := tx.Exec(`UPDATE terminal SET key_id = $1 WHERE terminal = $2`, id, t.id); err != nil {
		return fmt.Errorf("record key of terminal: %w", err)
	}
	return nil
}

// serveKeys tells anybody which keys followed which.
func (h *Headquarters) serveKeys(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, "", wire.Keys{Keys: h.keys.successions()}, nil)
}

package hq

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// ErrNameTaken says that another terminal of the store has the name: nobody
// could tell the two apart on receipts and in reports.
var ErrNameTaken = errors.New("another till of the store has this name")

// IssueCode makes the secret of a one-time code by which a terminal of that
// name joins a store within ttl. Only its hash is kept. A fenced terminal's name
// is free for the one that follows it; another's is ErrNameTaken.
func (h *Headquarters) IssueCode(ctx context.Context, store ledger.StoreID, name string, ttl time.Duration) (string, error) {
	return h.issueCode(ctx, enrollmentCode{store: store, name: name}, ttl)
}

func (h *Headquarters) issueCode(ctx context.Context, code enrollmentCode, ttl time.Duration) (string, error) {
	secret := newSecret()
	code.hash, code.terminal = ledger.HashOf([]byte(secret)), ledger.TerminalID(uuid.Must(uuid.NewV7()))
	err := h.update(ctx, func(tx *database.Tx) error {
		if _, err := records.ReadStore(tx, h.keys, code.store); err != nil {
			return err
		}
		if err := isFree(tx, code); err != nil {
			return err
		}
		return addCode(tx, code, ledger.MillisOf(h.now()).Add(ttl))
	})
	if err != nil {
		return "", fmt.Errorf("issue enrollment code: %w", err)
	}
	return secret, nil
}

func addCode(tx *database.Tx, code enrollmentCode, expires ledger.Millis) error {
	_, err := tx.Exec(`
		INSERT INTO enrollment_code (code_hash, store, name, terminal, expires_at_ms, hub)
		VALUES ($1, $2, $3, $4, $5, $6)`, code.hash, code.store, code.name, code.terminal, expires, code.hub)
	return err
}

// isFree reports why nobody may have now what a code is for; nil where somebody may.
func isFree(tx *database.Tx, code enrollmentCode) error {
	if err := nameFree(tx, code.store, code.name); err != nil || !code.hub {
		return err
	}
	return noHub(tx, code.store)
}

func nameFree(tx *database.Tx, store ledger.StoreID, name string) error {
	var taken bool
	err := tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM terminal WHERE store = $1 AND name = $2 AND fenced_at_ms IS NULL)`,
		store, name).Scan(&taken)
	if err == nil && taken {
		return fmt.Errorf("%q: %w", name, ErrNameTaken)
	}
	return err
}

// newSecret draws 100 random bits, as 20 lower-case letters and digits.
func newSecret() string {
	var random [13]byte
	rand.Read(random[:]) // never fails: it ends the program where there is no randomness
	return strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))[:20]
}

// enrollNonce is what the answer to an enrollment is signed over: the client
// knows it because it knows the code.
func enrollNonce(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// enroll takes a terminal in. All ways in which a code is no good look alike.
func (h *Headquarters) enroll(ctx context.Context, asked wire.Enrollment) (wire.Enrolled, error) {
	if asked.Protocol != wire.Protocol {
		return wire.Enrolled{}, wire.Refuse(wire.CodeUpgrade, "")
	}
	if len(asked.PublicKey) != ed25519.PublicKeySize {
		return wire.Enrolled{}, wire.Refuse(wire.CodeInvalid, "a public key has 32 bytes")
	}
	var enrolled wire.Enrolled
	err := h.update(ctx, func(tx *database.Tx) error {
		code, err := useCode(tx, asked, ledger.MillisOf(h.now()))
		if err != nil {
			return err
		}
		if asked.Again != nil {
			if code, err = h.again(tx, code, *asked.Again); err != nil {
				return err
			}
		}
		if err := mayJoin(tx, code); err != nil {
			return err
		}
		if err := addTerminal(tx, code, asked, ledger.MillisOf(h.now())); err != nil {
			return err
		}
		enrolled, err = h.enrolled(tx, code)
		return err
	})
	return enrolled, err
}

type enrollmentCode struct {
	hash     ledger.Hash
	store    ledger.StoreID
	name     string
	terminal ledger.TerminalID
	hub      bool
}

// useCode gives a code to a key for ever. The same key may use it again and
// again: its first answer may have been lost.
func useCode(tx *database.Tx, asked wire.Enrollment, now ledger.Millis) (enrollmentCode, error) {
	noGood := wire.Refuse(wire.CodeUnauthorized, "this enrollment code is unknown, used or too old: ask for a new one")
	hash := ledger.HashOf([]byte(asked.Code))
	var code enrollmentCode
	var expires ledger.Millis
	var usedBy []byte
	err := tx.QueryRow(`
		SELECT code_hash, store, name, terminal, expires_at_ms, public_key, hub
		FROM enrollment_code
		WHERE code_hash = $1`, hash).
		Scan(&code.hash, &code.store, &code.name, &code.terminal, &expires, &usedBy, &code.hub)
	if errors.Is(err, sql.ErrNoRows) || err == nil && subtle.ConstantTimeCompare(code.hash[:], hash[:]) != 1 {
		return code, noGood
	}
	if err != nil {
		return code, fmt.Errorf("read enrollment code: %w", err)
	}
	if usedBy != nil {
		if !bytes.Equal(usedBy, asked.PublicKey) {
			return code, noGood
		}
		return code, nil
	}
	if now >= expires {
		return code, noGood
	}
	_, err = tx.Exec(`UPDATE enrollment_code SET public_key = $1 WHERE code_hash = $2`, asked.PublicKey, hash)
	return code, err
}

// mayJoin asks again what was asked when the code was issued: another code for the same
// may have been used since. A refused code stays unused. Who has its place already only
// asks again.
func mayJoin(tx *database.Tx, code enrollmentCode) error {
	if _, err := records.ReadTerminal(tx, code.terminal); !errors.Is(err, records.ErrNotFound) {
		return err
	}
	err := isFree(tx, code)
	switch {
	case errors.Is(err, ErrHubTaken):
		return wire.Refuse(wire.CodeTaken, err.Error()+": `loyaltyd terminal replace` at headquarters makes a code that puts another machine in its place")
	case errors.Is(err, ErrNameTaken):
		return wire.Refuse(wire.CodeTaken, err.Error()+": `loyaltyd hq code --name` makes a code for another name")
	}
	return err
}

func addTerminal(tx *database.Tx, code enrollmentCode, asked wire.Enrollment, now ledger.Millis) error {
	_, err := tx.Exec(`
		INSERT INTO terminal (terminal, store, name, public_key, machine, machine_changes,
		                      enrolled_at_ms, seen_at_ms, epoch, branch, unrooted, issued, used, hub)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 0, $8, 0, 0, 0, $9)
		ON CONFLICT (terminal) DO NOTHING`,
		code.terminal, code.store, code.name, asked.PublicKey, asked.Fingerprint, now, now, ledger.Branch{}, code.hub)
	return err
}

func (h *Headquarters) enrolled(tx *database.Tx, code enrollmentCode) (wire.Enrolled, error) {
	store, err := records.ReadStore(tx, h.keys, code.store)
	if err != nil {
		return wire.Enrolled{}, err
	}
	lookup, err := keyring.RawLookup(store.Lookup)
	if err != nil {
		return wire.Enrolled{}, err
	}
	return wire.Enrolled{
		Terminal: code.terminal, Name: code.name, Hub: code.hub, Chain: h.chain.id, Store: store.Store,
		LookupKey: lookup, PublicKey: h.PublicKey(), KeyID: h.keys.ID(), Recipient: h.keys.Identity.Recipient(),
	}, nil
}

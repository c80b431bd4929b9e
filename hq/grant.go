package hq

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// errShort says that an account does not have what a right asks for.
var errShort = errors.New("not enough points")

// ownID makes an id of headquarters' own out of what it stands for, so that a
// step repeated after a crash makes the same one (UUIDv8, RFC 9562 §5.8).
func ownID(parts ...string) (id [16]byte) {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// grant sets an amount of an account aside in a right, by an entry signed by
// headquarters, in one transaction of the account. The right's lots are the
// soonest to expire, and it ends before the first of them does; one to uses has
// none, and ends with the limit's period. Granting one
// that stands already changes nothing.
func (h *Headquarters) grant(tx *database.Tx, of holder, r ledger.Right, now ledger.Millis) error {
	b, err := openBooks(tx, of)
	if err != nil {
		return err
	}
	stands, err := b.right(r.ID)
	if err != nil || stands != nil {
		return err
	}
	if _, use := r.Unit.Use(); use {
		err = h.drawUses(tx, b, &r, now)
	} else {
		r.Lots, err = b.drawLots(&r, now)
	}
	if err != nil {
		return err
	}
	d := granting(&r)
	e := &ledger.Entry{
		V: ledger.Version, ID: ownID("grant", r.ID.String()), Kind: ledger.Grant, At: now,
		Subject: ledger.Subject(of), Program: new(h.policy(r.Program).Program), Right: &r, Postings: postings(d.Moves),
	}
	return h.write(tx, b, e, d, now)
}

// granting is the decision that sets a right's amount aside from its lots.
func granting(r *ledger.Right) *decision {
	p := ledger.Posting{Unit: r.Unit, Amount: r.Amount, From: r.Unit.Home(), To: ledger.Escrow(r.ID), Right: r.ID}
	return &decision{Program: r.Program, Grant: r, Moves: []loyalty.Move{{Posting: p, Lots: r.Lots}}}
}

// write posts an entry of headquarters' own with what was decided of it.
func (h *Headquarters) write(tx *database.Tx, b *books, e *ledger.Entry, d *decision, now ledger.Millis) error {
	d.Entry = e.ID
	if err := b.fold(d, b.n+1); err != nil {
		return err
	}
	return h.enterOwn(tx, b, e, d, now)
}

// enterOwn writes an entry of headquarters' own, already folded into the books.
func (h *Headquarters) enterOwn(tx *database.Tx, b *books, e *ledger.Entry, d *decision, now ledger.Millis) error {
	body, err := e.Encode()
	if err != nil {
		return err
	}
	d.own(e, body, b.holder)
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)`, b.holder, e.ID, body, h.keys.sign(body))
	if err != nil {
		return fmt.Errorf("write %s: %w", e.Kind, err)
	}
	return b.enter(tx, d, now)
}

// drawLots takes the right's amount from lots that last, soonest expiry first,
// then oldest, and ends the right before the first of them expires; of vouchers
// from those that are alike.
func (b *books) drawLots(r *ledger.Right, now ledger.Millis) (shares []ledger.LotShare, err error) {
	have, err := b.purse(balanceKey{r.Program, r.Unit})
	if err != nil {
		return nil, err
	}
	need := r.Amount
	for _, l := range have.Lots { // in that order
		if need == 0 {
			break
		}
		if l.Left == 0 || l.Pending || !lasts(l.Terms, r, now) {
			continue
		}
		if ends := l.Terms.ExpiresAt; ends > 0 && ends <= r.SpendUntil {
			r.ReclaimAt -= r.SpendUntil - (ends - 1)
			r.SpendUntil = ends - 1
		}
		share := ledger.LotShare{Lot: l.Name, Amount: min(l.Left, need)}
		need -= share.Amount
		shares = append(shares, share)
	}
	if need > 0 {
		return nil, errShort
	}
	return shares, nil
}

// lasts reports whether a right may take from a lot: of vouchers from those on its
// terms.
func lasts(lot ledger.LotTerms, r *ledger.Right, now ledger.Millis) bool {
	if r.Terms != nil {
		return lot.ExpiresAt == r.Terms.ExpiresAt && lot.Promise == r.Terms.Promise
	}
	return lot.ExpiresAt == 0 || lot.ExpiresAt > now
}

// bind gives a right its terminal and its times; one of a hub may be split.
func (p Policy) bind(r *ledger.Right, t *terminal, now ledger.Millis) {
	r.Terminal, r.Epoch, r.Branch = t.id, t.epoch, t.branch
	r.SpendUntil = now.Add(p.SpendFor)
	r.ReclaimAt = r.SpendUntil.Add(p.Grace)
	if t.hub {
		r.SplitKey = t.key
	}
}

// signedGrant returns a right's grant as it was signed.
func signedGrant(tx *database.Tx, of holder, entry ledger.EntryID) (*ledger.SignedEntry, error) {
	var g ledger.SignedEntry
	err := tx.QueryRow(`SELECT body, signature FROM own_entry WHERE account = $1 AND entry = $2`, of, entry).
		Scan(&g.Body, &g.Signature)
	if err != nil {
		return nil, fmt.Errorf("read grant: %w", err)
	}
	return &g, nil
}

// openGrants returns the grants of all open rights of a terminal's branch.
func openGrants(tx *database.Tx, t *terminal) ([]ledger.SignedEntry, error) {
	rows, err := tx.Query(`
		SELECT e.body, e.signature
		FROM account_right r
		JOIN own_entry e ON e.account = r.account AND e.entry = r.entry
		WHERE r.terminal = $1 AND r.state = 'open' AND r.epoch = $2 AND r.branch = $3
		ORDER BY r.right_id`, t.id, t.epoch, t.branch)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	defer rows.Close()
	var grants []ledger.SignedEntry
	for rows.Next() {
		var g ledger.SignedEntry
		if err := rows.Scan(&g.Body, &g.Signature); err != nil {
			return nil, fmt.Errorf("read grants: %w", err)
		}
		grants = append(grants, g)
	}
	return grants, rows.Err()
}

// readOpenRights returns an account's open rights in order of their ids.
func readOpenRights(tx *database.Tx, of holder) ([]*heldRight, error) {
	return readRights(tx, `
		SELECT `+rightColumns+`
		FROM account_right
		WHERE account = $1 AND state = 'open'
		ORDER BY right_id`, of)
}

func readRights(tx *database.Tx, query string, args ...any) ([]*heldRight, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	var rights []*heldRight
	for rows.Next() {
		r := new(heldRight)
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("read rights: %w", err)
		}
		rights = append(rights, r)
	}
	return rights, rows.Err()
}

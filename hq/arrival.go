package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What a till that had not heard of an erasure still sends of her is erased as it
// comes. Which it is its place says: each entry with an attachment says up to which
// erasure its till had heard when it was written. What was written after that names
// somebody who is new, whoever had the number before.

// memberKind is the kind under which members' ids are hashed.
const memberKind = "member"

// namesNobody stands where an attachment was looked at and names nobody.
var namesNobody ledger.KeyedHash

// names are the keyed hashes of all that an entry's attachment names.
func (k keyring) names(who *identity) (hashes []ledger.KeyedHash) {
	var zero ledger.KeyedHash
	if who.hash != zero {
		hashes = append(hashes, who.hash)
	}
	if who.card != zero {
		hashes = append(hashes, who.card)
	}
	if id := who.person.Account; !id.IsZero() {
		hashes = append(hashes, k.blind(memberKind, id.String()))
	}
	return hashes
}

// writtenOf is the id of the member whom an entry says it is about.
func writtenOf(e *ledger.Entry) holder {
	if !e.Member.IsZero() {
		return holder(e.Member.String())
	}
	return holder(e.Subject)
}

// wasErased finds out whether what an entry's attachment names was erased before its
// till could know, and whose it is; nobody's where not. who is nil where the
// attachment is not there.
func (k keyring) wasErased(tx *database.Tx, it *item, who *identity) (member holder, err error) {
	err = tx.QueryRow(`SELECT member FROM erased_attachment WHERE terminal = $1 AND hash = $2`,
		it.place.Terminal, it.entry.Attachment).Scan(&member)
	if !errors.Is(err, sql.ErrNoRows) {
		return member, err
	}
	if it.entry.Kind == ledger.Enroll || it.entry.Kind == ledger.Profile {
		of := writtenOf(it.entry)
		if erased, err := isErased(tx, of); err != nil || erased {
			return of, err
		}
	}
	if who == nil {
		return "", nil
	}
	if id := who.person.Account; !id.IsZero() {
		of := holderOf(id)
		if erased, err := isErased(tx, of); err != nil || erased {
			return of, err
		}
	}
	heard := max(it.entry.Erasures, it.enrolled)
	err = tx.QueryRow(`
		SELECT member FROM erased_identifier
		WHERE hash IN ($1, $2) AND serial_ms > $3
		ORDER BY serial_ms DESC
		LIMIT 1`, who.hash, who.card, heard).Scan(&member)
	return member, orNone(err)
}

// noteAttachments keeps whom attachments name, and deletes those of who was erased.
// It comes before anything is decided of their entries.
func (h *Headquarters) noteAttachments(ctx context.Context, items []*item) error {
	names := func(it *item) bool { return it.entry != nil && !it.entry.Attachment.IsZero() }
	if !slices.ContainsFunc(items, names) {
		return nil
	}
	erased := slices.ContainsFunc(items, func(it *item) bool { return it.erased != "" })
	return h.update(ctx, func(tx *database.Tx) error {
		for _, it := range items {
			if !names(it) {
				continue
			}
			if erased {
				if err := h.keys.judgeAgain(tx, it); err != nil {
					return err
				}
			}
			if err := h.noteAttachment(tx, it); err != nil {
				return err
			}
		}
		return nil
	})
}

// judgeAgain looks once more where an entry before may have been of who is erased by
// that: what the same till wrote of her next.
func (k keyring) judgeAgain(tx *database.Tx, it *item) (err error) {
	if it.erased != "" || it.who == nil {
		return nil
	}
	if it.erased, err = k.wasErased(tx, it, it.who); it.erased != "" {
		it.who = nil
	}
	return err
}

func (h *Headquarters) noteAttachment(tx *database.Tx, it *item) error {
	at := attached{it.place.Terminal, it.entry.Attachment}
	if it.erased == "" {
		who := it.who
		if who == nil {
			who = it.named
		}
		if who == nil {
			return nil
		}
		return at.name(tx, h.keys.names(who))
	}
	whose := it.erased
	if it.entry.Kind == ledger.Enroll && !it.held {
		var err error
		if whose, err = h.eraseEnrolled(tx, it); err != nil {
			return err
		}
	}
	trace, err := at.trace(tx)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { h.traces = append(h.traces, trace...) })
	fresh, err := at.forget(tx, whose)
	if err != nil || !fresh {
		return err
	}
	return tellAgain(tx, whose, ledger.MillisOf(h.now()))
}

// eraseEnrolled erases whom a till enrolled that had not heard that her number was
// erased: the account stays, and is nobody's.
func (h *Headquarters) eraseEnrolled(tx *database.Tx, it *item) (holder, error) {
	member := holder(it.entry.Subject)
	if erased, err := isErased(tx, member); err != nil || erased {
		return member, err
	}
	var by ledger.EntryID
	err := tx.QueryRow(`SELECT entry FROM claim_account WHERE account = $1`, member).Scan(&by)
	if err := orNone(err); err != nil {
		return "", fmt.Errorf("look up account: %w", err)
	}
	if !by.IsZero() && by != it.entry.ID {
		return it.erased, nil // the account is another's: the entry will be passed over
	}
	home := member
	if !it.entry.Joins.IsZero() {
		if home, err = survivor(tx, holderOf(it.entry.Joins)); err != nil {
			return "", err
		}
	}
	x := &erasure{
		Member: member, Account: home, Entry: ledger.EntryID(ownID("erase", it.entry.ID.String())), At: ledger.MillisOf(h.now()),
		Alone: home == member, Reason: "enrolled where the erasure was not known yet",
	}
	_, err = h.keys.forgetPerson(tx, x)
	return member, err
}

// attached is an attachment, by who sent it.
type attached struct {
	terminal ledger.TerminalID
	hash     ledger.Hash
}

func (a attached) name(tx *database.Tx, names []ledger.KeyedHash) error {
	if len(names) == 0 {
		names = []ledger.KeyedHash{namesNobody}
	}
	for _, name := range names {
		_, err := tx.Exec(`
			INSERT INTO attachment_names (terminal, hash, names)
			VALUES ($1, $2, $3)
			ON CONFLICT (terminal, hash, names) DO NOTHING`, a.terminal, a.hash, name)
		if err != nil {
			return fmt.Errorf("keep whom an attachment names: %w", err)
		}
	}
	return nil
}

// isErased reports whether an attachment named somebody who was erased: it is not
// taken again.
func (a attached) isErased(tx *database.Tx) (erased bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erased_attachment WHERE terminal = $1 AND hash = $2)`, a.terminal, a.hash).Scan(&erased)
	if err != nil {
		return false, fmt.Errorf("look up attachment: %w", err)
	}
	return erased, nil
}

// forget deletes an attachment of who was erased; fresh says that it was not known to
// be hers before.
func (a attached) forget(tx *database.Tx, member holder) (fresh bool, err error) {
	for _, statement := range []string{
		`DELETE FROM attachment WHERE terminal = $1 AND hash = $2`,
		`DELETE FROM attachment_names WHERE terminal = $1 AND hash = $2`,
	} {
		if _, err := tx.Exec(statement, a.terminal, a.hash); err != nil {
			return false, fmt.Errorf("forget attachment: %w", err)
		}
	}
	result, err := tx.Exec(`
		INSERT INTO erased_attachment (terminal, hash, member)
		VALUES ($1, $2, $3)
		ON CONFLICT (terminal, hash) DO NOTHING`, a.terminal, a.hash, member)
	if err != nil {
		return false, fmt.Errorf("forget attachment: %w", err)
	}
	return inserted(result)
}

// forgetAttachments deletes all attachments that name a member: by what she is found
// by, and those of what was written of her.
func (k keyring) forgetAttachments(tx *database.Tx, x *erasure, hashes []ledger.KeyedHash) (traces [][]byte, err error) {
	hers, err := x.written(tx)
	if err != nil {
		return nil, err
	}
	for _, name := range append(hashes, k.blind(memberKind, string(x.Member)), k.blind(memberKind, string(x.Account))) {
		if name == k.blind(memberKind, string(x.Account)) && !x.Alone {
			continue // whom the till took for somebody of the household, nobody knows
		}
		some, err := readAttached(tx, `SELECT terminal, hash FROM attachment_names WHERE names = $1 ORDER BY terminal, hash`, name)
		if err != nil {
			return nil, err
		}
		hers = append(hers, some...)
	}
	for _, a := range hers {
		trace, err := a.trace(tx)
		if err != nil {
			return nil, err
		}
		if _, err := a.forget(tx, x.Member); err != nil {
			return nil, err
		}
		traces = append(traces, trace...)
	}
	return traces, nil
}

// traceBytes of an attachment are enough to tell it by: in its key's stanza.
const traceBytes = 64

// trace is the middle of an attachment, as it lies in the database; none where it did
// not come.
func (a attached) trace(tx *database.Tx) ([][]byte, error) {
	var data []byte
	err := tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`, a.terminal, a.hash).Scan(&data)
	if err := orNone(err); err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	if len(data) < 2*traceBytes {
		return nil, nil
	}
	return [][]byte{data[traceBytes : 2*traceBytes]}, nil
}

// written are the attachments of what tills wrote of her in her account's ledger: a
// name alone is found by no hash.
func (x *erasure) written(tx *database.Tx) (hers []attached, err error) {
	ids, err := x.accounts(tx)
	if err != nil {
		return nil, err
	}
	decisions, err := readDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 ORDER BY n`, x.Account)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		if d.Place == nil || d.Kind != ledger.Profile && d.Kind != ledger.Enroll {
			continue
		}
		body, err := bodyOf(tx, x.Account, d)
		if err != nil {
			return nil, err
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return nil, fmt.Errorf("read entry %s: %w", d.Entry, err)
		}
		if slices.Contains(ids, writtenOf(e)) {
			hers = append(hers, attached{d.Place.Terminal, e.Attachment})
		}
	}
	return hers, nil
}

func readAttached(tx *database.Tx, query string, args ...any) (all []attached, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read attachments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a attached
		if err := rows.Scan(&a.terminal, &a.hash); err != nil {
			return nil, fmt.Errorf("read attachments: %w", err)
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// nameAttachments looks whom those attachments name that were not looked at: a
// release before this one projected their entries, or they wait for theirs.
func (h *Headquarters) nameAttachments(ctx context.Context) error {
	for {
		var some []attached
		var names [][]ledger.KeyedHash
		err := h.view(ctx, func(tx *database.Tx) (err error) {
			some, err = readAttached(tx, `
				SELECT a.terminal, a.hash
				FROM attachment a
				WHERE NOT EXISTS (SELECT 1 FROM attachment_names n WHERE n.terminal = a.terminal AND n.hash = a.hash)
				LIMIT $1`, chunk)
			for _, a := range some {
				named, err := h.keys.namesIn(tx, a)
				if err != nil {
					return err
				}
				names = append(names, named)
			}
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		err = h.update(ctx, func(tx *database.Tx) error {
			for i, a := range some {
				if err := a.name(tx, names[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// namesIn is whom an attachment names by itself; a profile's is found by its entry,
// among those of the member.
func (k keyring) namesIn(tx *database.Tx, a attached) ([]ledger.KeyedHash, error) {
	var cipher []byte
	if err := tx.QueryRow(`SELECT data FROM attachment WHERE terminal = $1 AND hash = $2`, a.terminal, a.hash).Scan(&cipher); err != nil {
		return nil, fmt.Errorf("read attachment: %w", err)
	}
	who, err := k.open(cipher)
	if err != nil {
		return nil, nil // it names nobody to us
	}
	if p := who.person.Phone; p != nil {
		who.hash = k.blind(ledger.PhoneIdentifier, p.E164)
	}
	if card := who.person.Card; card != "" {
		who.card = k.blind(ledger.CardIdentifier, card)
	}
	return k.names(who), nil
}

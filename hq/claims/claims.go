// Package claims decides what is whose for ever: an entry's ledger, the key of a sale,
// a number, a card, an account. The first to claim has it. With what she claims goes
// what is kept of a person.
package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Item takes what an entry must be the only one to have. Each table here is
// keyed by what is claimed: where keys live apart each statement is a
// transaction of its own, in this order.
func Item(tx *database.Tx, k keyring.Ring, it *books.Item) (books.Ruling, error) {
	before, err := Entry(tx, it.Entry.ID, it.Hash)
	if err == nil {
		before, err = StillAt(tx, it.Entry.ID, before)
	}
	if err != nil {
		return books.Ruling{}, err
	}
	r, err := resolveItem(tx, k, it, before)
	if err != nil {
		return r, err
	}
	if before == "" && !r.Early {
		_, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, r.Holder, it.Entry.ID)
		if err != nil {
			return r, fmt.Errorf("claim entry: %w", err)
		}
	}
	switch {
	case it.Held:
		return r, nil
	case it.Entry.Kind == ledger.Profile:
		if r.Member, err = records.MemberOf(tx, it.Entry); err != nil {
			return r, err
		}
		return r, claimCard(tx, k, it, &r)
	}
	return r, claimKey(tx, it, &r)
}

// claimKey takes the POS's own id of a sale or return.
func claimKey(tx *database.Tx, it *books.Item, r *books.Ruling) error {
	var id string
	switch {
	case it.Entry.Kind == ledger.Done:
		return claimActivity(tx, it.Entry, r)
	case it.Entry.Kind == ledger.Sold:
		id = it.Entry.Sale.ID
	case books.IsReturn(it.Entry):
		id = it.Entry.Return.ID
	default:
		return nil
	}
	won, err := claimSale(tx, it.Place.Terminal, it.Entry.Day, id, it.Entry.ID)
	if err != nil || won {
		return err
	}
	r.Duplicate = ledger.DuplicateSale
	if it.Entry.Kind == ledger.Sold {
		return noteLostKey(tx, it.Place.Terminal, it.Entry)
	}
	return nil
}

// claimActivity lets an activity that has a ref count once under its program.
func claimActivity(tx *database.Tx, e *ledger.Entry, r *books.Ruling) error {
	did := e.Activity
	if did.Ref == "" {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO claim_deed (activity, name, ref, program, entry)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (activity, name, ref, program) DO NOTHING`, did.On, did.Name, did.Ref, records.ProgramNamed(e), e.ID)
	if err != nil {
		return fmt.Errorf("claim activity: %w", err)
	}
	winner, err := records.DeedOf(tx, e)
	if err == nil && winner != e.ID {
		r.Duplicate = ledger.DuplicateRef
	}
	return err
}

// Entry binds an id to one body. It returns the holder that the entry was
// resolved to before, if it was.
func Entry(tx *database.Tx, id ledger.EntryID, hash ledger.Hash) (books.Holder, error) {
	result, err := tx.Exec(`
		INSERT INTO claim_entry (entry, body_hash)
		VALUES ($1, $2)
		ON CONFLICT (entry) DO NOTHING`, id, hash)
	if err != nil {
		return "", fmt.Errorf("claim entry: %w", err)
	}
	if first, err := records.Inserted(result); first || err != nil {
		return "", err
	}
	var stands ledger.Hash
	var before books.Holder
	err = tx.QueryRow(`SELECT body_hash, coalesce(account, '') FROM claim_entry WHERE entry = $1`, id).
		Scan(&stands, &before)
	if err != nil {
		return "", fmt.Errorf("claim entry: %w", err)
	}
	if stands != hash {
		return "", &books.PassOver{Reason: "its id belongs to another body"}
	}
	return before, nil
}

func claimSale(tx *database.Tx, at ledger.TerminalID, day ledger.Date, id string, entry ledger.EntryID) (won bool, err error) {
	result, err := tx.Exec(`
		INSERT INTO claim_sale (terminal, business_day_date, sale_id, entry)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (terminal, business_day_date, sale_id) DO NOTHING`, at, day, id, entry)
	if err != nil {
		return false, fmt.Errorf("claim sale: %w", err)
	}
	if first, err := records.Inserted(result); first || err != nil {
		return first, err
	}
	winner, err := records.ClaimedSale(tx, ledger.SaleRef{Terminal: at, Day: day, ID: id})
	return winner == entry, err
}

// resolveItem finds whose ledger an entry belongs to. What was decided once stays:
// a crash between claim and posting must not post it to another ledger.
func resolveItem(tx *database.Tx, k keyring.Ring, it *books.Item, before books.Holder) (books.Ruling, error) {
	subject := books.Holder(it.Entry.Subject)
	switch {
	case it.Held && before == "":
		return books.Ruling{Holder: books.HolderOfHeld(it.Entry.ID)}, nil
	case it.Entry.Kind == ledger.Enroll && !it.Held:
		return resolveEnroll(tx, k, it, subject, before)
	case books.IsReturn(it.Entry) && !it.Held:
		return resolveReturn(tx, it.Entry, before)
	case before != "":
		return books.Ruling{Holder: before}, nil
	case it.Who != nil && !it.Held && it.Entry.Kind != ledger.Profile:
		return resolveSuspect(tx, k, it, subject)
	}
	to, err := records.Survivor(tx, subject)
	return books.Ruling{Holder: to}, err
}

// Forward makes one account another's for ever, with who is in it and what is
// listed of it. What led to the one leads to the other at once; what it has goes
// over by gather.
func Forward(tx *database.Tx, from, to books.Holder) error {
	_, err := tx.Exec(`
		INSERT INTO forward (account, to_account, to_empty)
		VALUES ($1, $2, CASE WHEN EXISTS (SELECT 1 FROM account WHERE account = $3 AND n > 0) THEN 1 ELSE 0 END)
		ON CONFLICT (account) DO NOTHING`, from, to, from)
	if err != nil {
		return fmt.Errorf("forward account: %w", err)
	}
	for _, move := range []string{
		`UPDATE forward SET to_account = $1 WHERE to_account = $2`,
		`UPDATE membership SET account = $1 WHERE account = $2`,
		`UPDATE listed SET account = $1 WHERE account = $2`,
	} {
		if _, err := tx.Exec(move, to, from); err != nil {
			return fmt.Errorf("forward account: %w", err)
		}
	}
	return nil
}

// Identifier lets the first to claim an identifier have it, and returns who
// that is and by which entry. Whoever was known by it alone is she.
func Identifier(tx *database.Tx, hash ledger.KeyedHash, of books.Holder, entry ledger.EntryID) (winner books.Holder, by ledger.EntryID, err error) {
	_, err = tx.Exec(`
		INSERT INTO claim_identifier (hash, account, entry)
		VALUES ($1, $2, $3)
		ON CONFLICT (hash) DO NOTHING`, hash, of, entry)
	if err == nil {
		err = tx.QueryRow(`SELECT account, entry FROM claim_identifier WHERE hash = $1`, hash).Scan(&winner, &by)
	}
	if err != nil {
		return "", by, fmt.Errorf("claim identifier: %w", err)
	}
	return winner, by, resolveSuspects(tx, hash, winner)
}

// StillAt is where an entry belongs that was resolved before: where it stands, or,
// where that became another's before it was posted, there from now on.
func StillAt(tx *database.Tx, entry ledger.EntryID, before books.Holder) (books.Holder, error) {
	if before == "" {
		return "", nil
	}
	to, err := records.Survivor(tx, before)
	if err != nil || to == before {
		return before, err
	}
	if stands, err := records.HasEntry(tx, before, entry); err != nil || stands {
		return before, err
	}
	if _, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, to, entry); err != nil {
		return "", fmt.Errorf("claim entry: %w", err)
	}
	return to, nil
}

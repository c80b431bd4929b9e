package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What is listed is hearsay: a till lists it, and whoever has a claim to an
// identifier keeps it. Claims are under the chain's key and listings under a
// store's, so the two meet only where everybody's identifiers are hashed anew.
// Until then the entries of the store's tills wait (readTodo): whose they are
// depends on it.

const (
	// heardAtOnce bounds the rows of one pass, lookedAtAtOnce the people of one
	// step of it.
	heardAtOnce    = 20_000
	lookedAtAtOnce = 1_000
)

// pass looks once at everybody for identifiers that are listed. It begins anew
// after a restart.
type pass struct {
	stores []storeRow
	rows   map[heard]holder
	after  holder // whom it looked at last
}

// heard is a row of what is listed.
type heard struct {
	store ledger.StoreID
	hash  ledger.KeyedHash // abridged
}

// contest is an identifier that is listed as one's and finds a person.
type contest struct {
	listed
	finds holder
}

// believe takes the next step of a pass, where something is listed that is not
// believed yet. It returns how much it did.
func (h *Headquarters) believe(ctx context.Context) (int, error) {
	var people int
	var contests []contest
	err := h.view(ctx, func(tx *sqlitedb.Tx) (err error) {
		if h.pass == nil {
			if h.pass, err = h.keys.newPass(tx); err != nil || h.pass == nil {
				return err
			}
		}
		contests, people, err = h.pass.look(tx, h.keys)
		return err
	})
	if err != nil || h.pass == nil {
		return 0, err
	}
	over := people < lookedAtAtOnce
	var events []Event
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		events = nil
		for _, c := range contests {
			event, err := c.settle(tx)
			if err != nil {
				return err
			}
			events = append(events, event...)
		}
		if over {
			return h.pass.believe(tx)
		}
		return nil
	})
	if err != nil {
		h.pass = nil
		return 0, fmt.Errorf("believe what is listed: %w", err)
	}
	for _, e := range events {
		h.notify(e)
	}
	if over {
		h.pass = nil
	}
	return 1, nil
}

// newPass returns nil where all is believed.
func (k keyring) newPass(tx *sqlitedb.Tx) (*pass, error) {
	rows, err := tx.Query(`SELECT store, hash, account FROM listed WHERE believed = 0 LIMIT $1`, heardAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read what is listed: %w", err)
	}
	defer rows.Close()
	p := &pass{rows: map[heard]holder{}}
	at := map[ledger.StoreID]bool{}
	for rows.Next() {
		var row heard
		var of holder
		if err := rows.Scan(&row.store, &row.hash, &of); err != nil {
			return nil, fmt.Errorf("read what is listed: %w", err)
		}
		p.rows[row], at[row.store] = of, true
	}
	if err := rows.Close(); err != nil || len(p.rows) == 0 {
		return nil, err
	}
	stores, err := k.readStores(tx)
	for _, store := range stores {
		if at[store.ID] {
			p.stores = append(p.stores, store)
		}
	}
	return p, err
}

// look hashes the next people's identifiers, and returns who is found by one
// that is listed.
func (p *pass) look(tx *sqlitedb.Tx, k keyring) (contests []contest, people int, err error) {
	next, err := nextPeople(tx, p.after)
	if err != nil {
		return nil, 0, err
	}
	for _, of := range next {
		who, err := k.readPerson(tx, of)
		if err != nil {
			return nil, 0, err
		}
		cards, err := k.readCards(tx, of)
		if err != nil {
			return nil, 0, err
		}
		for _, store := range p.stores {
			for _, hash := range store.hashes(who, cards) {
				row := heard{store.ID, hash.Abridged()}
				if whose, hit := p.rows[row]; hit {
					contests = append(contests, contest{listed{row, whose}, of})
				}
			}
		}
		p.after = of
	}
	return contests, len(next), nil
}

func nextPeople(tx *sqlitedb.Tx, after holder) ([]holder, error) {
	rows, err := tx.Query(`SELECT account FROM person WHERE account > $1 ORDER BY account LIMIT $2`, after, lookedAtAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	defer rows.Close()
	var next []holder
	for rows.Next() {
		var of holder
		if err := rows.Scan(&of); err != nil {
			return nil, fmt.Errorf("read people: %w", err)
		}
		next = append(next, of)
	}
	return next, rows.Err()
}

// settle takes a row away that a claim stands against. Where nobody is enrolled
// under the account that was listed, she is who has the identifier now: it was
// enrolled twice, and headquarters heard of the second first.
func (c contest) settle(tx *sqlitedb.Tx) ([]Event, error) {
	_, err := tx.Exec(`DELETE FROM listed WHERE store = $1 AND hash = $2`, c.store, c.hash)
	if err != nil {
		return nil, fmt.Errorf("drop what is listed: %w", err)
	}
	was, err := survivor(tx, c.of)
	if err != nil {
		return nil, err
	}
	finds, err := survivor(tx, c.finds)
	if err != nil || was == finds {
		return nil, err
	}
	enrolled, err := isEnrolled(tx, was)
	if err != nil {
		return nil, err
	}
	if enrolled {
		return []Event{{What: EventNotBelieved, Account: string(was)}}, nil
	}
	if err := forwardTo(tx, was, finds); err != nil {
		return nil, err
	}
	return []Event{{What: EventDuplicateName, Account: string(finds)}}, touch(tx, was)
}

// believe ends a pass: the rows that are left lead to their accounts from now
// on.
func (p *pass) believe(tx *sqlitedb.Tx) error {
	touched := map[holder]bool{}
	for row := range p.rows {
		var of holder
		err := tx.QueryRow(`
			UPDATE listed SET believed = 1
			WHERE store = $1 AND hash = $2
			RETURNING account`, row.store, row.hash).Scan(&of)
		if err := orNone(err); err != nil {
			return err
		}
		if of == "" || touched[of] {
			continue
		}
		touched[of] = true
		if err := touch(tx, of); err != nil {
			return err
		}
	}
	return nil
}

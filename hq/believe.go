package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
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
	stores []records.Store
	rows   map[records.Heard]records.Listed
	after  books.Holder // whom it looked at last
}

// contest is an identifier that is listed as one's and finds a person.
type contest struct {
	records.Listed
	finds books.Holder
}

// believe takes the next step of a pass, where something is listed that is not
// believed yet. It returns how much it did.
func (h *Headquarters) believe(ctx context.Context) (int, error) {
	var people int
	var contests []contest
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		if h.pass == nil {
			if h.pass, err = newPass(tx, h.keys); err != nil || h.pass == nil {
				return err
			}
		}
		contests, people, err = h.pass.look(tx, h.keys)
		return err
	})
	if err != nil {
		h.pass = nil // it is behind people of whom it told nobody
		return 0, fmt.Errorf("believe what is listed: %w", err)
	}
	if h.pass == nil {
		return 0, nil
	}
	over := people < lookedAtAtOnce
	var events []event.Event
	err = h.update(ctx, func(tx *database.Tx) error {
		events = nil
		for _, c := range contests {
			more, err := c.settle(tx)
			if err != nil {
				return err
			}
			events = append(events, more...)
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
func newPass(tx *database.Tx, k keyring.Ring) (*pass, error) {
	rows, err := tx.Query(`SELECT store, hash, account, member FROM listed WHERE believed = 0 LIMIT $1`, heardAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read what is listed: %w", err)
	}
	defer rows.Close()
	p := &pass{rows: map[records.Heard]records.Listed{}}
	at := map[ledger.StoreID]bool{}
	for rows.Next() {
		var row records.Listed
		if err := rows.Scan(&row.Store, &row.Hash, &row.Of, &row.Member); err != nil {
			return nil, fmt.Errorf("read what is listed: %w", err)
		}
		p.rows[row.Heard], at[row.Store] = row, true
	}
	if err := rows.Close(); err != nil || len(p.rows) == 0 {
		return nil, err
	}
	stores, err := records.ReadStores(tx, k)
	for _, store := range stores {
		if at[store.ID] {
			p.stores = append(p.stores, store)
		}
	}
	return p, err
}

// look hashes the next people's identifiers, and returns who is found by one
// that is listed.
func (p *pass) look(tx *database.Tx, k keyring.Ring) (contests []contest, people int, err error) {
	next, err := nextPeople(tx, p.after)
	if err != nil {
		return nil, 0, err
	}
	for _, of := range next {
		who := records.Housemate{ID: of}
		if who.Person, err = records.ReadPerson(tx, k, of); err != nil {
			return nil, 0, err
		}
		if who.Cards, err = records.ReadCards(tx, k, of); err != nil {
			return nil, 0, err
		}
		for _, store := range p.stores {
			for _, hash := range store.HashesOf(who) {
				if row, hit := p.rows[records.Heard{Store: store.ID, Hash: hash.Abridged()}]; hit {
					contests = append(contests, contest{row, of})
				}
			}
		}
		p.after = of
	}
	return contests, len(next), nil
}

func nextPeople(tx *database.Tx, after books.Holder) ([]books.Holder, error) {
	rows, err := tx.Query(`SELECT account FROM person WHERE account > $1 ORDER BY account LIMIT $2`, after, lookedAtAtOnce)
	if err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	defer rows.Close()
	var next []books.Holder
	for rows.Next() {
		var of books.Holder
		if err := rows.Scan(&of); err != nil {
			return nil, fmt.Errorf("read people: %w", err)
		}
		next = append(next, of)
	}
	return next, rows.Err()
}

// settle takes a row away that a claim stands against. Where nobody is enrolled
// under the id that was listed, she is who has the identifier now: it was
// enrolled twice, and headquarters heard of the second first. So is an account
// that lists nobody else. Who is listed with others whom she is apart from here is
// told of.
func (c contest) settle(tx *database.Tx) (events []event.Event, err error) {
	if _, err := tx.Exec(`DELETE FROM listed WHERE store = $1 AND hash = $2`, c.Store, c.Hash); err != nil {
		return nil, fmt.Errorf("drop what is listed: %w", err)
	}
	if parted, err := c.parted(tx); err != nil || parted {
		return []event.Event{{What: event.Parted, Account: string(c.Of)}}, err
	}
	events, err = c.become(tx, c.Whose())
	if err != nil || len(events) > 0 || c.Member == "" {
		return events, err
	}
	if others, err := c.listsOthers(tx); err != nil || others {
		return nil, err
	}
	return c.become(tx, c.Of)
}

// listsOthers reports whether anybody else is in the account that was listed: it
// is not to become another's because one of its members has.
func (c contest) listsOthers(tx *database.Tx) (others bool, err error) {
	err = tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM listed WHERE account = $1 AND member <> $2)
		    OR EXISTS (SELECT 1 FROM membership WHERE account = $3 AND member <> $4)`, c.Of, c.Member, c.Of, c.Member).Scan(&others)
	if err != nil {
		return false, fmt.Errorf("look for who is listed: %w", err)
	}
	return others, nil
}

// become makes an id that was listed the account's of whom the identifier finds,
// where nobody is enrolled under it.
func (c contest) become(tx *database.Tx, id books.Holder) ([]event.Event, error) {
	was, err := records.AccountOf(tx, id)
	if err != nil {
		return nil, err
	}
	finds, err := records.AccountOf(tx, c.finds)
	if err != nil || was == finds {
		return nil, err
	}
	members, err := records.HasMembers(tx, was)
	if err != nil {
		return nil, err
	}
	if members {
		return []event.Event{{What: event.NotBelieved, Account: string(was)}}, nil
	}
	if err := claims.Forward(tx, was, finds); err != nil {
		return nil, err
	}
	return []event.Event{{What: event.DuplicateName, Account: string(finds)}}, posting.Touch(tx, was)
}

// believe ends a pass: the rows that are left lead to their accounts from now
// on, and their members are in them.
func (p *pass) believe(tx *database.Tx) error {
	touched := map[books.Holder]bool{}
	for at := range p.rows {
		var of, member books.Holder
		err := tx.QueryRow(`
			UPDATE listed SET believed = 1
			WHERE store = $1 AND hash = $2
			RETURNING account, member`, at.Store, at.Hash).Scan(&of, &member)
		if err := records.OrNone(err); err != nil {
			return err
		}
		if of == "" {
			continue
		}
		if err := believeMember(tx, member, of); err != nil {
			return err
		}
		if touched[of] {
			continue
		}
		touched[of] = true
		if err := posting.Touch(tx, of); err != nil {
			return err
		}
	}
	return nil
}

// believeMember puts a member into the account that the tills list her in, where
// nobody is enrolled under her id here: who is, is where she is known to be.
func believeMember(tx *database.Tx, member, of books.Holder) error {
	if member == "" || member == of {
		return nil
	}
	enrolled, err := records.IsEnrolled(tx, member)
	if err != nil || enrolled {
		return err
	}
	if to, err := records.AccountOf(tx, member); err != nil || to != member {
		return err
	}
	if err := claims.EnterHousehold(tx, member, of, ledger.EntryID{}); err != nil {
		return err
	}
	return posting.Touch(tx, member)
}

package hq

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

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
	did, over, err := h.stepPass(ctx)
	if err != nil {
		h.pass = nil // it is behind people of whom it told nobody
		return 0, fmt.Errorf("believe what is listed: %w", err)
	}
	if over {
		h.pass = nil
	}
	return did, nil
}

// stepPass looks at the next people, and once there are no more, believes what is left.
func (h *Headquarters) stepPass(ctx context.Context) (did int, over bool, err error) {
	var contests []contest
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		if h.pass == nil {
			if h.pass, err = newPass(tx, h.keys); err != nil || h.pass == nil {
				return err
			}
		}
		contests, over, err = h.pass.look(tx, h.keys)
		return err
	})
	if unread, is := errors.AsType[*unreadPerson](err); is && !database.EndsAll(err) {
		h.leftUndone("believe", unread.of, err) // nobody finds her, so nothing stands against her row
		err = nil
	}
	if err != nil || h.pass == nil {
		return 0, false, err
	}
	if err := h.settleAll(ctx, contests); err != nil {
		return 0, false, err
	}
	if over {
		err = h.believeRest(ctx)
	}
	return 1, over, err
}

// settleAll settles contests. A row of which that cannot be done goes all the same: a
// claim stands against it.
func (h *Headquarters) settleAll(ctx context.Context, contests []contest) error {
	var unsettled []contest
	settle := func(tx *database.Tx, c contest) error {
		events, err := c.settle(tx)
		tx.AfterCommit(func() {
			for _, e := range events {
				h.tellOnce(c.thing(e.What), e)
			}
		})
		return err
	}
	_, err := eachForItself(ctx, h, contests, settle, func(c contest, err error) {
		h.leftUndone("believe", c.finds, err)
		unsettled = append(unsettled, c)
	})
	if err != nil {
		return err
	}
	return oneByOne(ctx, h, unsettled, func(tx *database.Tx, c contest) error { return c.drop(tx) })
}

// believeRest ends a pass: the rows that are left lead to their accounts from now on, and
// their members are in them. One whose member cannot be put there leads there by itself:
// else the tills of its store would wait for it for ever.
func (h *Headquarters) believeRest(ctx context.Context) error {
	rows := slices.Collect(maps.Values(h.pass.rows))
	var alone []records.Listed
	_, err := eachForItself(ctx, h, rows, believeRow, func(row records.Listed, err error) {
		h.leftUndone("believe", row.Whose(), err)
		alone = append(alone, row)
	})
	if err != nil {
		return err
	}
	return oneByOne(ctx, h, alone, func(tx *database.Tx, row records.Listed) error {
		_, err := markBelieved(tx, row)
		return err
	})
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

// unreadPerson says that nobody can read who somebody is.
type unreadPerson struct {
	of  books.Holder
	err error
}

func (u *unreadPerson) Error() string { return u.err.Error() }
func (u *unreadPerson) Unwrap() error { return u.err }

// look hashes the next people's identifiers, and returns who is found by one that is
// listed, and whether these were the last. Where it comes to somebody whom nobody can
// read, it says so, returns those before her, and is behind her.
func (p *pass) look(tx *database.Tx, k keyring.Ring) (contests []contest, over bool, err error) {
	next, err := nextPeople(tx, p.after)
	if err != nil {
		return nil, false, err
	}
	for _, of := range next {
		p.after = of
		found, err := p.foundBy(tx, k, of)
		if err != nil {
			return contests, false, &unreadPerson{of, err}
		}
		contests = append(contests, found...)
	}
	return contests, len(next) < lookedAtAtOnce, nil
}

// foundBy are the rows that list what finds somebody.
func (p *pass) foundBy(tx *database.Tx, k keyring.Ring, of books.Holder) (contests []contest, err error) {
	people, err := records.ReadPeople(tx, k, []books.Holder{of})
	if err != nil {
		return nil, err
	}
	for _, who := range people {
		for _, store := range p.stores {
			for _, hash := range store.HashesOf(who) {
				if row, hit := p.rows[records.Heard{Store: store.ID, Hash: hash.Abridged()}]; hit {
					contests = append(contests, contest{row, of})
				}
			}
		}
	}
	return contests, nil
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
	if err := c.drop(tx); err != nil {
		return nil, err
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

// thing is what a person hears of once, by however many identifiers and stores she is
// listed so.
func (c contest) thing(what string) ledger.EntryID {
	return ledger.EntryID(books.OwnID(what, string(c.finds), string(c.Of), string(c.Member)))
}

func (c contest) drop(tx *database.Tx) error {
	if _, err := tx.Exec(`DELETE FROM listed WHERE store = $1 AND hash = $2`, c.Store, c.Hash); err != nil {
		return fmt.Errorf("drop what is listed: %w", err)
	}
	return nil
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

// believeRow lets a row lead to its account, as it stands by now, and puts its member there.
func believeRow(tx *database.Tx, row records.Listed) error {
	now, err := markBelieved(tx, row)
	if err != nil || now.Of == "" {
		return err
	}
	if err := believeMember(tx, now.Member, now.Of); err != nil {
		return err
	}
	return posting.Touch(tx, now.Of)
}

// markBelieved returns the row as it stands; of nobody where it is gone.
func markBelieved(tx *database.Tx, row records.Listed) (now records.Listed, err error) {
	err = tx.QueryRow(`
		UPDATE listed SET believed = 1
		WHERE store = $1 AND hash = $2
		RETURNING account, member`, row.Store, row.Hash).Scan(&now.Of, &now.Member)
	if err := records.OrNone(err); err != nil {
		return now, fmt.Errorf("believe what is listed: %w", err)
	}
	return now, nil
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

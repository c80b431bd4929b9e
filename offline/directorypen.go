package offline

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// directoryPen changes the directory within one transaction.
type directoryPen struct {
	tx      *sqlitedb.Tx
	program string // the store's
	// remembers says whether what is remembered of members is kept.
	remembers bool
	neighbors bool // news of other lanes are kept
	// main is the unit whose balance stands in the members' rows; empty until
	// the first balance of the store's program.
	main   mainUnit
	epochs map[branchOf]int64 // numbers of applied_epoch
}

type mainUnit struct {
	program string
	unit    ledger.Unit
}

type branchOf struct {
	epoch  ledger.Epoch
	branch ledger.Branch
}

func newDirectoryPen(tx *sqlitedb.Tx, opts Options) (*directoryPen, error) {
	p := &directoryPen{tx: tx, program: opts.Program, remembers: opts.Recall != nil, epochs: map[branchOf]int64{}}
	err := tx.QueryRow(`SELECT program, unit FROM main_unit`).Scan(&p.main.program, &p.main.unit)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read main unit: %w", err)
	}
	return p, nil
}

// clear drops what an earlier incarnation of headquarters said. It is read
// again from 0, and what is not seen then is gone.
func (p *directoryPen) clear() error {
	for _, statement := range []string{
		`DELETE FROM member`, `DELETE FROM whereabouts`, `DELETE FROM balance`, `DELETE FROM remembered`, `DELETE FROM main_unit`, `DELETE FROM applied_epoch`,
		`DELETE FROM household`, `DELETE FROM household_cursor`, `DELETE FROM pin`, `DELETE FROM pin_cursor`,
		`DELETE FROM store_day`, `DELETE FROM store_day_cursor`, `DELETE FROM news_counted`,
	} {
		if _, err := p.tx.Exec(statement); err != nil {
			return fmt.Errorf("clear directory: %w", err)
		}
	}
	p.main = mainUnit{}
	clear(p.epochs)
	return nil
}

// memberRow is what all rows of an account say.
type memberRow struct {
	account ledger.AccountID
	name    string // packed
	asOf    int64  // seconds
	// available is of the main unit, NULL where there is no balance of it.
	available sql.NullInt64
	more
}

// put replaces what is known of an account.
func (p *directoryPen) put(a *ledger.AccountState, applied ledger.Place) error {
	r, err := p.row(a, applied)
	if err != nil {
		return err
	}
	stale, err := holdersOf(p.tx, a.Account)
	if err != nil {
		return err
	}
	for _, hash := range a.Identifiers {
		s := slotOf(hash)
		if i := slices.IndexFunc(stale, func(h holder) bool { return h.is(s) }); i >= 0 {
			err = p.update(stale[i].key, r)
			stale = slices.Delete(stale, i, i+1)
		} else {
			err = p.insertAt(s, r)
		}
		if err != nil {
			return err
		}
	}
	if len(a.Identifiers) == 0 {
		if stale, err = p.putUnnamed(stale, r); err != nil {
			return err
		}
	}
	for _, h := range stale {
		if err := p.remove(h); err != nil {
			return err
		}
	}
	if err := p.keep(r, memoryOf(a)); err != nil {
		return err
	}
	return p.putOthers(a)
}

// putUnnamed keeps an account that nothing leads to, and gives its rows that
// are stale.
func (p *directoryPen) putUnnamed(stands []holder, r memberRow) ([]holder, error) {
	if len(stands) == 1 && stands[0].key < 0 {
		return nil, p.update(stands[0].key, r)
	}
	at, err := unnamed(p.tx, r.account)
	if err != nil {
		return nil, err
	}
	return stands, p.insert(at, [6]byte{}, r)
}

func (p *directoryPen) insertAt(s slot, r memberRow) error {
	at, err := s.place(p.tx)
	if err != nil {
		return err
	}
	if !at.account.IsZero() && at.account != r.account {
		if err := p.evict(at); err != nil {
			return err
		}
	}
	return p.insert(at.key, s.rest, r)
}

// evict makes room for another's row. What is known of an account stays, even
// if nothing leads to it any more.
func (p *directoryPen) evict(h holder) error {
	rows, err := holdersOf(p.tx, h.account)
	if err != nil || len(rows) > 1 {
		return err
	}
	to, err := unnamed(p.tx, h.account)
	if err != nil {
		return err
	}
	_, err = p.tx.Exec(`
		UPDATE member
		SET key = ?, rest = zeroblob(6)
		WHERE key = ? AND as_of_s IS NOT NULL`, to, h.key)
	if err != nil {
		return fmt.Errorf("move account: %w", err)
	}
	return p.left(h.account, h.key)
}

// remove takes a row away.
func (p *directoryPen) remove(h holder) error {
	if _, err := p.tx.Exec(`DELETE FROM member WHERE key = ?`, h.key); err != nil {
		return fmt.Errorf("forget identifier: %w", err)
	}
	return p.left(h.account, h.key)
}

func (p *directoryPen) insert(key int64, rest [6]byte, r memberRow) error {
	_, err := p.tx.Exec(`
		INSERT OR REPLACE INTO member (key, rest, account, name, as_of_s, available, more)
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		key, rest[:], r.account[:], r.name, r.asOf, r.available, r.column())
	if err != nil {
		return fmt.Errorf("keep member: %w", err)
	}
	return p.stands(r.account, key)
}

func (p *directoryPen) update(key int64, r memberRow) error {
	_, err := p.tx.Exec(`
		UPDATE member
		SET name = ?, as_of_s = ?, available = ?, more = ?
		WHERE key = ?`,
		r.name, r.asOf, r.available, r.column(), key)
	if err != nil {
		return fmt.Errorf("keep member: %w", err)
	}
	return nil
}

// row puts together what an account's rows are to say.
func (p *directoryPen) row(a *ledger.AccountState, applied ledger.Place) (r memberRow, err error) {
	r = memberRow{account: a.Account, name: packName(a.Name), asOf: int64(a.AsOf) / 1000, more: more{seq: applied.Seq}}
	if r.epoch, err = p.epochNumber(applied); err != nil {
		return r, err
	}
	if err := p.chooseMain(a.Balances); err != nil {
		return r, err
	}
	for _, b := range a.Balances {
		if p.isMain(b) {
			r.available = sql.NullInt64{Int64: int64(b.Available - b.Receivable), Valid: true}
			r.escrowed, r.pending = b.Escrowed, b.Pending
		}
	}
	return r, nil
}

func (p *directoryPen) isMain(b ledger.Balance) bool {
	return p.main == mainUnit{b.Program, b.Unit}
}

// chooseMain makes the first unit of the store's program the main one.
func (p *directoryPen) chooseMain(balances []ledger.Balance) error {
	if p.main != (mainUnit{}) {
		return nil
	}
	i := slices.IndexFunc(balances, func(b ledger.Balance) bool { return b.Program == p.program })
	if i < 0 {
		return nil
	}
	p.main = mainUnit{balances[i].Program, balances[i].Unit}
	_, err := p.tx.Exec(`INSERT INTO main_unit (one, program, unit) VALUES (1, ?, ?)`, p.main.program, p.main.unit)
	if err != nil {
		return fmt.Errorf("keep main unit: %w", err)
	}
	return nil
}

// epochNumber gives the number of a place's epoch; 0 for the zero place.
func (p *directoryPen) epochNumber(at ledger.Place) (int64, error) {
	if at.Epoch == 0 {
		return 0, nil
	}
	of := branchOf{at.Epoch, at.Branch}
	if number, ok := p.epochs[of]; ok {
		return number, nil
	}
	return p.numberEpoch(of)
}

func (p *directoryPen) numberEpoch(of branchOf) (number int64, err error) {
	_, err = p.tx.Exec(`INSERT INTO applied_epoch (epoch, branch) VALUES (?, ?) ON CONFLICT DO NOTHING`, of.epoch, of.branch)
	if err == nil {
		err = p.tx.QueryRow(`SELECT number FROM applied_epoch WHERE epoch = ? AND branch = ?`, of.epoch, of.branch).Scan(&number)
	}
	if err != nil {
		return 0, fmt.Errorf("keep applied epoch: %w", err)
	}
	p.epochs[of] = number
	return number, nil
}

// hasOthers reports whether not all of the balances are the main unit's.
func (p *directoryPen) hasOthers(balances []ledger.Balance) bool {
	return slices.ContainsFunc(balances, func(b ledger.Balance) bool { return !p.isMain(b) })
}

// putOthers replaces an account's balances of other units.
func (p *directoryPen) putOthers(a *ledger.AccountState) error {
	if _, err := p.tx.Exec(`DELETE FROM balance WHERE account = +?`, a.Account[:]); err != nil {
		return fmt.Errorf("keep balance: %w", err)
	}
	for _, b := range a.Balances {
		if p.isMain(b) {
			continue
		}
		_, err := p.tx.Exec(`
			INSERT INTO balance (account, program, unit, available, escrowed, pending)
			VALUES (?, ?, ?, ?, ?, ?)`,
			a.Account[:], b.Program, b.Unit, b.Available-b.Receivable, b.Escrowed, b.Pending)
		if err != nil {
			return fmt.Errorf("keep balance: %w", err)
		}
	}
	return nil
}

// forget drops all that is known of an account but its identifiers, which
// lead to its survivor.
func (p *directoryPen) forget(account ledger.AccountID) error {
	rows, err := holdersOf(p.tx, account)
	if err != nil {
		return err
	}
	for _, h := range rows {
		if h.key < 0 {
			err = p.remove(h)
		} else {
			_, err = p.tx.Exec(`UPDATE member SET name = '', as_of_s = NULL, available = NULL, more = NULL WHERE key = ?`, h.key)
		}
		if err != nil {
			return fmt.Errorf("forget account: %w", err)
		}
	}
	return p.forgetBeside(account)
}

// forgetBeside drops what other tables have of an account.
func (p *directoryPen) forgetBeside(account ledger.AccountID) error {
	for _, statement := range []string{
		`DELETE FROM balance WHERE account = ?`,
		`DELETE FROM remembered WHERE account = ?`,
		`DELETE FROM household WHERE account = ?`,
		`DELETE FROM pin WHERE account = ?`,
	} {
		if _, err := p.tx.Exec(statement, account[:]); err != nil {
			return fmt.Errorf("forget account: %w", err)
		}
	}
	return nil
}

// packName leaves out the stars of a masked name; one masked in another way
// stays whole behind a '='.
func packName(name string) string {
	packed := make([]byte, 0, len(name))
	for word := range strings.SplitSeq(name, " ") {
		begin, masked := strings.CutSuffix(word, stars)
		if !masked || strings.Contains(begin, stars) {
			return "=" + name
		}
		packed = append(append(packed, begin...), ' ')
	}
	if packed[0] == '=' {
		return "=" + name
	}
	return string(packed[:len(packed)-1])
}

func unpackName(packed string) string {
	if whole, ok := strings.CutPrefix(packed, "="); ok {
		return whole
	}
	return strings.ReplaceAll(packed, " ", stars+" ") + stars
}

// stars stand for what a mask hides of each word.
const stars = "***"

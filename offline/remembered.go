package offline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What a program remembers of a member is headquarters' row and what own
// entries add after the place that it counts, as balances are. It stands in a
// table of its own, with its own place: most programs ask nothing of anybody,
// and then nothing of it is kept, read or noted.

// unmoved is the unit under which an entry is noted that moves nothing, and may
// yet be remembered.
const unmoved ledger.Unit = "~"

// isRemembered reports whether entries of a kind change what is remembered.
func isRemembered(kind ledger.Kind) bool {
	switch kind {
	case ledger.Enroll, ledger.Sold, ledger.Done, ledger.Returned, ledger.Voided, ledger.Claim:
		return true
	}
	return false
}

// memory is what a row of the feed says is remembered.
type memory struct {
	state      string
	birthMonth int
	segments   string
}

func memoryOf(a *ledger.AccountState) memory {
	return memory{string(a.State), keptMonth(a.BirthMonth), keptSegments(a.Segments)}
}

// unknown is a memory that says only that nothing is known here: of somebody outside
// the store's working set, as most of a chain's members are, who has reached nothing.
// It has no row.
var unknown = memory{state: `{"outside":true}`}

// keptMonth is a month as it is kept: 0 where it is none.
func keptMonth(month int) int {
	if month < 1 || month > 12 {
		return 0
	}
	return month
}

// keptSegments are segments as they are kept; empty where there are none.
func keptSegments(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	text, _ := json.Marshal(segments) // texts always can be
	return string(text)
}

// profileOf reads what is kept of a person.
func profileOf(month int64, segments string) (p loyalty.Profile) {
	p.BirthMonth = int(month)
	if segments != "" {
		_ = json.Unmarshal([]byte(segments), &p.Segments) // our own writing
	}
	return p
}

// keep replaces what is remembered of an account whose row says the rest.
func (p *directoryPen) keep(r memberRow, m memory) (err error) {
	switch {
	case !p.remembers:
		return nil
	case m == unknown:
		if _, err = p.tx.Exec(`DELETE FROM remembered WHERE account = +?`, r.account[:]); err != nil {
			return fmt.Errorf("drop what was remembered: %w", err)
		}
		return nil
	}
	_, err = p.tx.Exec(`
		INSERT OR REPLACE INTO remembered (account, state, birth_month, segments, applied, applied_seq)
		VALUES (?, ?, ?, ?, ?, ?)`,
		r.account[:], m.state, m.birthMonth, m.segments, r.epoch, r.seq)
	if err != nil {
		return fmt.Errorf("keep what is remembered: %w", err)
	}
	return nil
}

// remember makes the directory keep what is remembered, or drop it. One that
// has passed rows without keeping it is read from the beginning once more, and
// serves as it is meanwhile.
func (d *directory) remember(ctx context.Context) error {
	prepare := []string{
		`DELETE FROM remembered WHERE EXISTS (SELECT 1 FROM feed WHERE remembered_position >= 0)`,
		`UPDATE feed SET remembered_position = -1 WHERE remembered_position >= 0`,
	}
	if d.remembers {
		prepare = []string{`
			UPDATE feed
			SET incarnation = 0, position = 0, remembered_position = 0
			WHERE remembered_position <> position`}
	}
	return d.db.Update(ctx, func(tx *sqlitedb.Tx) error {
		for _, statement := range prepare {
			if _, err := tx.Exec(statement); err != nil {
				return fmt.Errorf("prepare directory: %w", err)
			}
		}
		return nil
	})
}

// moveCursor says up to where the feed was applied, and what is remembered kept.
func (p *directoryPen) moveCursor(to ledger.Cursor) error {
	kept := int64(-1)
	if p.remembers {
		kept = int64(to.Position)
	}
	_, err := p.tx.Exec(`UPDATE feed SET incarnation = ?, position = ?, remembered_position = ?`, to.Incarnation, to.Position, kept)
	if err != nil {
		return fmt.Errorf("move cursor: %w", err)
	}
	return nil
}

// recall gives what is remembered of an account. The journal was read before,
// so that nothing can be missing in both. Where the feed spoke of her and there is no
// row, nothing is known.
func (v *View) recall(ctx context.Context, account ledger.AccountID, n noted, told bool) (loyalty.State, loyalty.Profile, error) {
	fed := fedMemory{state: loyalty.State{Outside: told && !v.foreign.Load()}}
	if v.foreign.Load() {
		own, err := v.uncounted(ctx, n, fed.counted)
		return v.opts.Recall(fed.state, own), fed.profile, err
	}
	err := v.directory.Lookup(ctx, fed.take, `
		SELECT r.state, r.birth_month, r.segments, r.applied_seq, e.epoch, e.branch
		FROM remembered r LEFT JOIN applied_epoch e ON e.number = r.applied
		WHERE r.account = +?`, account[:])
	if err != nil {
		return fed.state, fed.profile, fmt.Errorf("read what is remembered: %w", err)
	}
	own, err := v.uncounted(ctx, n, fed.counted)
	return v.opts.Recall(fed.state, own), fed.profile, err
}

// fedMemory is what the feed said is remembered, and which place that counts.
type fedMemory struct {
	state   loyalty.State
	profile loyalty.Profile
	counted applied
}

func (f *fedMemory) take(row *sqlitedb.Values) error {
	f.state = loyalty.State{}
	if json.Unmarshal([]byte(row.Text(0)), &f.state) != nil {
		f.state = loyalty.State{} // of a release to come: her next row may be read
	}
	f.profile = profileOf(row.Int64(1), row.Text(2))
	f.counted.seq = ledger.Seq(row.Int64(3))
	if !row.Null(4) {
		f.counted.epoch = ledger.Epoch(row.Int64(4))
		copy(f.counted.branch[:], row.Blob(5))
	}
	return nil
}

// uncounted gives the entries noted of an account that a place does not count,
// in order.
func (v *View) uncounted(ctx context.Context, n noted, counted applied) (own []loyalty.Recalled, err error) {
	earlier := func(place applied, n int64) (bool, error) { return v.earlier(ctx, place, n) }
	rows := make([]int64, len(n.unsettled))
	for i, u := range n.unsettled {
		rows[i] = u.n
	}
	slices.Sort(rows)
	for _, row := range slices.Compact(rows) {
		skip, err := counted.counts(earlier, n.lineage, row)
		if err != nil {
			return nil, err
		}
		if skip {
			continue
		}
		of, err := v.recalled(ctx, row)
		if err != nil {
			return nil, err
		}
		if of.Entry != nil {
			own = append(own, of)
		}
	}
	return own, nil
}

// recalled reads an entry with what it is about; none where that cannot be
// read, which is for Verify to tell.
func (v *View) recalled(ctx context.Context, row int64) (of loyalty.Recalled, err error) {
	entries, err := v.readable(ctx, `SELECT body FROM journal WHERE n = +?`, row)
	if err != nil || len(entries) == 0 || !isRemembered(entries[0].Kind) {
		return of, err
	}
	e := entries[0]
	if e.Return == nil {
		return loyalty.Recalled{Entry: e}, nil
	}
	sales, err := v.readable(ctx, `SELECT body FROM journal WHERE id = +? LIMIT 1`, e.Return.Of.Entry.String())
	if err != nil || len(sales) == 0 {
		return of, err
	}
	returns, err := v.readable(ctx, returnsOf, e.Return.Of.Entry.String())
	if err != nil {
		return of, err
	}
	before := slices.IndexFunc(returns, func(r *ledger.Entry) bool { return r.ID == e.ID })
	return loyalty.Recalled{Entry: e, Sale: sales[0], Before: returns[:max(0, before)]}, nil
}

// readable gives the bodies of a query that can be read.
func (v *View) readable(ctx context.Context, query string, key any) (found []*ledger.Entry, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		if e, err := ledger.Decode([]byte(row.Text(0))); err == nil {
			found = append(found, e)
		}
		return nil
	}, query, key)
	if err != nil {
		return nil, fmt.Errorf("read own entries: %w", err)
	}
	return found, nil
}

package offline

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// noted is what the journal says of an account, at one moment.
type noted struct {
	survivor  string            // whose account it became
	mask      string            // of the identifier she enrolled with here
	here      housemate         // who was bound by the identifier, or asked for, where not the account's own
	joined    []ledger.MemberID // who joined the account here
	lineage   lineage
	unsettled []unsettledRow // under the store's program
	names     []name         // in order
	free      []freeRight
	held      []ledger.Need // what each hold has of its unit
}

// name is what she said she is called, in a journal row.
type name struct {
	n    int64
	mask string
}

// freeRight is what one open right has neither spent, held nor returned.
type freeRight struct {
	unit   ledger.Unit
	amount ledger.Points
	until  ledger.Millis
	used   ledger.Points // of the unit, by this terminal; see usedOf
	terms  *ledger.LotTerms
}

// termsOf are what a right says of the vouchers it is to; NULL of points. The
// right's own bytes have them, as headquarters signed them.
const termsOf = `CASE WHEN r.unit GLOB 'voucher.*' THEN r.body ->> '$.right.terms' END`

// readTerms reads what termsOf gave; nil where it is empty.
func readTerms(text string) (*ledger.LotTerms, error) {
	if text == "" {
		return nil, nil
	}
	terms := new(ledger.LotTerms)
	if err := ledger.DecodeJSON([]byte(text), terms); err != nil {
		return nil, fmt.Errorf("read terms of voucher: %w", err)
	}
	return terms, nil
}

// What a row of readNoted is about.
const (
	ofForward int64 = iota
	ofLocal
	ofEpoch
	ofUnsettled
	ofRight
	ofName
	ofJoined
	ofHere
	ofHeld
)

// readNoted gives what the journal says of an account, found by an identifier
// or, with a nil hash, by itself, as one of its members or as none.
func (v *View) readNoted(ctx context.Context, account ledger.AccountID, hash []byte, member ledger.MemberID) (n noted, err error) {
	if !v.mentions.hasMore(account) && (hash == nil || !v.mentions.hasMore([16]byte(hash))) {
		return v.readAdded(ctx, account)
	}
	err = v.journal.Lookup(ctx, n.take, `
		SELECT 0, survivor, NULL, 0, 0, 0, 0, '' FROM forward WHERE account = +?1
		UNION ALL
		SELECT 1, mask, NULL, 0, 0, 0, 0, '' FROM local WHERE account = +?1
		UNION ALL
		SELECT 1, mask, NULL, 0, 0, 0, 0, '' FROM local WHERE hash = +?2
		UNION ALL
		SELECT 2, NULL, branch, epoch, base_n, 0, 0, '' FROM epoch
			WHERE EXISTS (SELECT 1 FROM unsettled WHERE account = +?1) OR EXISTS (SELECT 1 FROM named WHERE account = +?1)
		UNION ALL
		SELECT 3, unit, NULL, n, available, escrowed, pending, '' FROM unsettled WHERE account = +?1 AND program IN (+?3, '')
		UNION ALL
		SELECT 4, r.unit, NULL, r.amount - r.spent - r.held - r.returned, r.spend_until_ms, `+usedOf+`, 0, coalesce(`+termsOf+`, '')
		FROM rights r
		WHERE r.account = +?1 AND r.program = +?3 AND r.closed IS NULL AND r.recalled = 0
			AND r.amount > r.spent + r.held + r.returned
		UNION ALL
		SELECT 5, mask, NULL, n, 0, 0, 0, '' FROM named WHERE account = +?1
		UNION ALL
		SELECT 6, member, NULL, 0, 0, 0, 0, '' FROM local WHERE account = +?1 AND member <> ''
		UNION ALL
		SELECT 7, mask, member, 0, 0, 0, 0, '' FROM local
			WHERE (hash = +?2 OR account = +?1 AND member = +?4) AND member <> ''
		UNION ALL
		SELECT 8, unit, NULL, amount, 0, 0, 0, '' FROM hold WHERE account = +?1 AND program = +?3`,
		account.String(), hash, v.opts.Program, member.String())
	if err != nil {
		return n, fmt.Errorf("read journal: %w", err)
	}
	slices.SortFunc(n.lineage, byNumber)
	slices.SortFunc(n.names, func(a, b name) int { return int(a.n - b.n) })
	return n, nil
}

// readAdded is readNoted of somebody of whom the journal says no more than what own
// entries add.
func (v *View) readAdded(ctx context.Context, account ledger.AccountID) (n noted, err error) {
	err = v.journal.Lookup(ctx, n.take, `
		SELECT 2, NULL, branch, epoch, base_n, 0, 0, '' FROM epoch
			WHERE EXISTS (SELECT 1 FROM unsettled WHERE account = +?1)
		UNION ALL
		SELECT 3, unit, NULL, n, available, escrowed, pending, '' FROM unsettled WHERE account = +?1 AND program IN (+?2, '')`,
		account.String(), v.opts.Program)
	if err != nil {
		return n, fmt.Errorf("read journal: %w", err)
	}
	slices.SortFunc(n.lineage, byNumber)
	return n, nil
}

func byNumber(a, b epoch) int { return int(int64(a.number) - int64(b.number)) }

func (n *noted) take(v *sqlitedb.Values) error {
	switch v.Int64(0) {
	case ofForward:
		n.survivor = v.Text(1)
	case ofLocal:
		n.mask = v.Text(1)
	case ofEpoch:
		e := epoch{number: ledger.Epoch(v.Int64(3)), base: v.Int64(4)}
		copy(e.branch[:], v.Blob(2))
		n.lineage = append(n.lineage, e)
	case ofUnsettled:
		n.unsettled = append(n.unsettled, unsettledRow{n: v.Int64(3), Delta: ledger.Delta{
			Unit:      ledger.Unit(v.Text(1)),
			Available: ledger.Points(v.Int64(4)), Escrowed: ledger.Points(v.Int64(5)), Pending: ledger.Points(v.Int64(6)),
		}})
	case ofJoined:
		var id ledger.MemberID
		if err := id.UnmarshalText([]byte(v.Text(1))); err != nil {
			return err
		}
		n.joined = append(n.joined, id)
	case ofHere:
		n.here.name = v.Text(1)
		return n.here.member.UnmarshalText([]byte(v.Text(2)))
	case ofName:
		n.names = append(n.names, name{n: v.Int64(3), mask: v.Text(1)})
	case ofHeld:
		n.held = append(n.held, ledger.Need{Unit: ledger.Unit(v.Text(1)), Amount: ledger.Points(v.Int64(3))})
	case ofRight:
		terms, err := readTerms(v.Text(7))
		if err != nil {
			return err
		}
		n.free = append(n.free, freeRight{
			unit:   ledger.Unit(v.Text(1)),
			amount: ledger.Points(v.Int64(3)), until: ledger.Millis(v.Int64(4)), used: ledger.Points(v.Int64(5)), terms: terms,
		})
	}
	return nil
}

// enrolledHere gives the account of a member enrolled by an identifier whom
// the feed has not brought yet; zero where there is none.
func (v *View) enrolledHere(ctx context.Context, hash []byte) (account ledger.AccountID, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		return account.UnmarshalText([]byte(row.Text(0)))
	}, `SELECT account FROM local WHERE hash = +?`, hash)
	return account, err
}

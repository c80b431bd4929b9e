package hq_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// More ids than are looked at together, which stand before all others; and accounts of
// theirs that nobody can read.
const (
	badIDs = `
		WITH RECURSIVE number(i) AS (SELECT 100000000000 UNION ALL SELECT i + 1 FROM number WHERE i < 100000000600),
		bad(i, id) AS (SELECT i, '00000000-0000-7000-8000-' || CAST(i AS TEXT) FROM number)
		`
	badAccounts = `INSERT INTO account (account, n, head, version, last_terminal) SELECT id, 1, zeroblob(32), 1, 'nobody' FROM bad`
)

// Whatever there is to do, more of it than is looked at together that cannot be done holds
// up nothing that stands behind it.
func TestManyBadRowsHoldUpNobody(t *testing.T) {
	confirmed := func(at *till, of ledger.AccountID) {
		sale := at.detached(ayse, 70)
		at.append(&ledger.Entry{
			Kind: ledger.Confirm, Subject: ledger.SubjectOf(of), Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale.ID},
		}, nil, nil)
		at.sync()
	}
	due := func(at *till, of ledger.AccountID) {
		at.earn(ledger.SubjectOf(of), 1000)
		at.sync()
		at.sql(`UPDATE account_right SET spend_until_ms = 1`)
	}
	const copyRight = `
		INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount, spent, returned,
			state, spend_until_ms, reclaim_at_ms, entry, n)
		SELECT id, id, terminal, epoch, branch, program, unit, amount, spent, returned,
			state, spend_until_ms, reclaim_at_ms, entry, n
		FROM bad, account_right`
	for what, c := range map[string]struct {
		program string
		good    func(at *till, of ledger.AccountID)
		bad     []string
		after   func(at *till, of ledger.AccountID)
		want    string // of the good: one row once it is done
	}{
		"for referrers": {
			bad: []string{`INSERT INTO referral (account, entry, intent) SELECT id, id, zeroblob(2) FROM bad`},
			after: func(at *till, of ledger.AccountID) {
				entry := newEntryID().String()
				at.sql(`INSERT INTO referral (account, entry, intent) VALUES ($1, $2, $3)`, of.String(), entry, fmt.Appendf(nil,
					`{"entry":%q,"at_ms":1,"store":"0001","program":"starter","referral":{"account":%q,"postings":[`+
						`{"unit":"points","amount":70,"from":"program:issued","to":"available"}]}}`, entry, of))
			},
			want: `SELECT account FROM balance WHERE account = $1 AND available = 70`,
		},
		"sales that became somebody's": {
			bad:   []string{`INSERT INTO claim_alone (sale, entry, account) SELECT id, id, id FROM bad`},
			after: confirmed,
			want:  `SELECT account FROM balance WHERE account = $1 AND available = 70`,
		},
		"sales on their way": {
			bad: []string{
				`INSERT INTO ledger (account, n, entry, verdict, decided, hash, recorded_at_ms)
				SELECT 'sale:' || id, 1, id, 'posted', zeroblob(2), zeroblob(32), 1 FROM bad`,
				`INSERT INTO leaving (account, sale, entry, to_account) SELECT 'sale:' || id, id, id, id FROM bad`,
			},
			after: confirmed,
			want:  `SELECT account FROM balance WHERE account = $1 AND available = 70`,
		},
		"sales that nobody had in time": {
			bad: []string{`INSERT INTO unclaimed (account, drop_at_ms) SELECT 'sale:' || id, 1 FROM bad`},
			after: func(at *till, _ ledger.AccountID) {
				at.detached(ayse, 70)
				at.sync()
				at.sql(`UPDATE unclaimed SET drop_at_ms = 1`)
			},
			want: `SELECT account FROM account WHERE account = $1 AND 0 = (SELECT count(*) FROM balance WHERE available > 0)`,
		},
		"accounts that became another's": {
			good: func(at *till, of ledger.AccountID) {
				at.earn(ledger.SubjectOf(of), 20)
				at.earn(ledger.SubjectOf(at.addMember(mehmet, "")), 50)
				at.sync()
			},
			bad: []string{`INSERT INTO handover (account, entry, to_account) SELECT id, id, id FROM bad`},
			after: func(at *till, _ ledger.AccountID) {
				if _, err := at.hq.MergeMembers(at.Context(), at.merging()); err != nil {
					at.Fatal(err)
				}
			},
			want: `SELECT account FROM balance WHERE available = 70 AND $1 <> ''`,
		},
		"rights to be called back": {
			good: due,
			bad:  []string{badAccounts, copyRight},
			want: `SELECT account FROM recall WHERE account = $1`,
		},
		"rights to be taken back": {
			good: due,
			bad:  []string{badAccounts, copyRight, `UPDATE account_right SET reclaim_at_ms = 1`},
			want: `SELECT account FROM account_right WHERE account = $1 AND state = 'reclaimed'`,
		},
		"erasures": {
			good: func(at *till, of ledger.AccountID) { at.erase(ayse); at.sql(`UPDATE erasure SET entered = 0`) },
			bad: []string{badAccounts, `
				INSERT INTO erasure (member, account, entry, serial_ms, at_ms, alone, operator, reason)
				SELECT id, id, id, i, 1, 0, '9', 'she asked' FROM bad`},
			want: `SELECT account FROM erasure WHERE account = $1 AND entered > 0`,
		},
		"accounts that are nobody's": {
			good: func(at *till, _ ledger.AccountID) {
				at.erase(ayse)
				at.sync()
				at.pass(48 * time.Hour) // the authority takes no marks by a clock that nobody believes
			},
			bad: []string{badAccounts,
				`INSERT INTO erasure (member, account, entry, serial_ms, at_ms, alone, operator, reason, entered)
				SELECT id, id, id, i, 1, 1, '9', 'she asked', 2 FROM bad`,
				`INSERT INTO balance (account, program, unit, available, pending, receivable) SELECT id, 'starter', 'points', 1, 0, 0 FROM bad`,
				`INSERT INTO authority_dirty (account, version) SELECT id, 1 FROM bad`,
			},
			after: func(at *till, of ledger.AccountID) { at.earn(ledger.SubjectOf(of), 70); at.push() },
			want:  `SELECT account FROM account WHERE account = $1 AND 0 = (SELECT count(*) FROM balance WHERE account = $1 AND available > 0)`,
		},
		"accounts in which something is due": {
			program: "cash-back.yaml",
			bad:     []string{badAccounts, `INSERT INTO due (account, at_ms) SELECT id, 1 FROM bad`},
			after: func(at *till, of ledger.AccountID) {
				at.sql(`INSERT INTO due (account, at_ms) VALUES ($1, 2)`, of.String())
			},
			want: `SELECT account FROM account WHERE account = $1 AND 0 = (SELECT count(*) FROM due WHERE at_ms = 2)`,
		},
		"accounts that stores are told of": {
			bad: []string{
				`INSERT INTO person (account, entry, version, wrapped_key, phone, name) SELECT id, id, 1, zeroblob(2), zeroblob(2), zeroblob(2) FROM bad`,
				`INSERT INTO feed_dirty (account, version, since_n) SELECT id, 1, 1 FROM bad`,
			},
			after: func(at *till, of ledger.AccountID) { at.earn(ledger.SubjectOf(of), 70); at.push() },
			want:  `SELECT account FROM account WHERE account = $1 AND 0 = (SELECT count(*) FROM feed_dirty WHERE account > '00000001')`,
		},
	} {
		t.Run(what, func(t *testing.T) {
			program := starter(t)
			if c.program != "" {
				program = shippedProgram(t, c.program)
			}
			w := newWorldOf(t, program)
			at := w.newTill("lane 1")
			of := at.addMember(ayse, "")
			at.sync()
			if c.good != nil {
				c.good(at, of)
			}
			for _, insert := range c.bad {
				w.sql(badIDs + insert)
			}
			if c.after != nil {
				c.after(at, of)
			}
			for range 3 { // twice so many, and begin again
				w.work()
			}
			if done := w.rowsOf(strings.ReplaceAll(c.want, "$1", "'"+of.String()+"'")); len(done) != 1 {
				t.Errorf("it is not done: %v", done)
			}
		})
	}
}

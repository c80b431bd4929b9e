package audit

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// projection is a table that is nothing but what the rows of ledgers add up to: each
// of its rows is an account's.
type projection struct {
	Table string
	what  string // one of its rows, in words
	// columns are those that a row has beside its account; the first of them, keyed,
	// tell the rows of an account apart.
	Columns []string
	keyed   int
	rows    func(*books.Books) ([][]any, error)

	holders, drop, insert string
	read                  database.Many // of accounts, each row behind its account
	// misplaced takes away whoever's row has the keys of one, where the table's own are
	// without the account.
	misplaced string
}

// AccountSums are what the row of an account has beside its marks. Every account that
// was ever touched has one.
var AccountSums = projection{
	Table: "account", what: "account", Columns: []string{"n", "head", "last_terminal", "last_program"}, rows: (*books.Books).AccountRows,
	read: database.Many{Head: `
		SELECT account, n, head, last_terminal, last_program FROM account WHERE account IN (VALUES`, Tail: `)`},
}

// otherHolders are those of the tables that are compared by themselves, and of the
// ledgers.
var otherHolders = []string{
	`SELECT account FROM account WHERE account > $1 ORDER BY account LIMIT $2`,
	`SELECT DISTINCT account FROM ledger WHERE account > $1 ORDER BY account LIMIT $2`,
	`SELECT account FROM due WHERE account > $1 ORDER BY account LIMIT $2`,
}

// Projections are all but that of the account itself, which has marks beside its
// sums, and that of what is due (projection_compare.go). balance.idled is of an
// earlier release, and nobody reads it.
var Projections = []projection{
	{
		Table: "balance", what: "balance", Columns: []string{"program", "unit", "available", "pending", "receivable", "idled_after"}, keyed: 2, rows: (*books.Books).BalanceRows,
		holders: `SELECT DISTINCT account FROM balance WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, program, unit, available, pending, receivable, idled_after
			FROM balance
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM balance WHERE account = $1`,
		insert: `
			INSERT INTO balance (account, program, unit, available, pending, receivable, idled_after)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
	},
	{
		Table: "lot", what: "lot", Columns: []string{"lot", "n", "program", "unit", "amount", "rest", "pending", "vests_at_ms", "expires_at_ms", "since", "vested", "idle", "promise"}, keyed: 1, rows: (*books.Books).LotRows,
		holders: `SELECT DISTINCT account FROM lot WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since, vested, idle, promise
			FROM lot
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM lot WHERE account = $1`,
		insert: `
			INSERT INTO lot (account, lot, n, program, unit, amount, rest, pending, vests_at_ms, expires_at_ms, since,
			        vested, idle, promise)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
	},
	{
		Table: "member_state", what: "memory of program", Columns: []string{"program", "state"}, keyed: 1, rows: (*books.Books).StateRows,
		holders: `SELECT DISTINCT account FROM member_state WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, program, state
			FROM member_state
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM member_state WHERE account = $1`,
		insert: `
			INSERT INTO member_state (account, program, state)
			VALUES ($1, $2, $3)`,
	},
	{
		Table: "account_right", what: "right", Columns: []string{"right_id", "terminal", "epoch", "branch", "program", "unit", "amount", "spent", "returned", "state", "spend_until_ms", "reclaim_at_ms", "entry", "n", "parent"}, keyed: 1, rows: (*books.Books).RightRows,
		holders: `SELECT DISTINCT account FROM account_right WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, right_id, terminal, epoch, branch, program, unit, amount, spent, returned, state, spend_until_ms,
			       reclaim_at_ms, entry, n, parent
			FROM account_right
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM account_right WHERE account = $1`,
		insert: `
			INSERT INTO account_right (account, right_id, terminal, epoch, branch, program, unit, amount, spent,
			        returned, state, spend_until_ms, reclaim_at_ms, entry, n, parent)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
	},
	{
		Table: "account_right_lot", what: "lot of right", Columns: []string{"right_id", "place", "lot", "rest"}, keyed: 2, rows: (*books.Books).RightLotRows,
		holders: `SELECT DISTINCT account FROM account_right_lot WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, right_id, place, lot, rest
			FROM account_right_lot
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM account_right_lot WHERE account = $1`,
		insert: `
			INSERT INTO account_right_lot (account, right_id, place, lot, rest)
			VALUES ($1, $2, $3, $4, $5)`,
	},
	{
		Table: "account_lane", what: "lane of program", Columns: []string{"program", "terminal"}, keyed: 1, rows: (*books.Books).LaneRows,
		holders: `SELECT DISTINCT account FROM account_lane WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, program, terminal
			FROM account_lane
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM account_lane WHERE account = $1`,
		insert: `
			INSERT INTO account_lane (account, program, terminal)
			VALUES ($1, $2, $3)`,
	},
	{
		Table: "sale_return", what: "return of sale", Columns: []string{"sale", "n"}, keyed: 2, rows: (*books.Books).ReturnRows,
		holders: `SELECT DISTINCT account FROM sale_return WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, sale, n
			FROM sale_return
			WHERE account IN (VALUES`, Tail: `)`},
		drop: `DELETE FROM sale_return WHERE account = $1`,
		insert: `
			INSERT INTO sale_return (account, sale, n)
			VALUES ($1, $2, $3)`,
	},
	{
		Table: "member_segment", what: "segment of member", Columns: []string{"member", "segment", "n"}, keyed: 2, rows: (*books.Books).SegmentRows,
		holders: `SELECT DISTINCT account FROM member_segment WHERE account > $1 ORDER BY account LIMIT $2`,
		read: database.Many{Head: `
			SELECT account, member, segment, n
			FROM member_segment
			WHERE account IN (VALUES`, Tail: `)`},
		drop:      `DELETE FROM member_segment WHERE account = $1`,
		misplaced: `DELETE FROM member_segment WHERE member = $1 AND segment = $2`,
		insert: `
			INSERT INTO member_segment (account, member, segment, n)
			VALUES ($1, $2, $3, $4)`,
	},
}

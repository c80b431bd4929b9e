package offline_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whom headquarters tells of in outline is known by that, and has no row of what is
// remembered where she has no level; all of her is kept once she was looked up, what
// she bought here is added to it as ever, and an answer that the feed overtook is not.
func TestMeet(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	tl.opts.Recall = counted
	tl.reopen()
	ana := newAccountID()
	outside := tl.remembered(1, ana, `{"outside":true}`, ledger.Place{})
	outside.Account.Balances[0].Available, outside.Account.BirthMonth, outside.Account.Segments = 5, 0, nil
	tl.apply(outside)
	tl.remembers("outside", ana, loyalty.State{Outside: true})
	db, err := sql.Open("sqlite3", "file:"+tl.path("directory.db")+"?mode=ro")
	tl.must("open directory", err)
	defer db.Close()
	var rows int
	tl.must("count", db.QueryRow(`SELECT count(*) FROM remembered`).Scan(&rows))
	if rows != 0 {
		t.Errorf("%d rows are remembered", rows)
	}
	tl.append(tl.sale(ana, 3))
	met := tl.remembered(0, ana, `{"visits":7}`, ledger.Place{})
	met.Account.Balances[0].Available = 6
	tl.must("meet", tl.Meet(ctx, []ledger.Change{met}))
	tl.remembers("met", ana, loyalty.State{Visits: 8})
	if shown := tl.balance(ana).Shown; shown != 9 {
		t.Errorf("met: %d shown", shown)
	}
	if c, err := tl.Cursor(ctx); err != nil || c.Position != 1 {
		t.Errorf("the cursor went to %+v, %v", c, err)
	}
	whole := tl.remembered(2, ana, `{"visits":8}`, tl.place())
	whole.Account.Balances[0].Available = 9
	tl.apply(whole)
	tl.must("meet", tl.Meet(ctx, []ledger.Change{met}))
	tl.remembers("overtaken", ana, loyalty.State{Visits: 8})
	if shown := tl.balance(ana).Shown; shown != 9 {
		t.Errorf("overtaken: %d shown", shown)
	}
	tl.clean()
}

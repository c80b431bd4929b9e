package offline_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// saleOf gives the sale that stands under an id today.
func (tl *till) saleOf(id string) *ledger.Entry {
	tl.t.Helper()
	found, err := tl.Sale(context.Background(), day, id)
	tl.must("sale", err)
	if found == nil {
		tl.t.Fatalf("no sale %q", id)
	}
	sale, err := ledger.Decode(found.Body)
	tl.must("decode", err)
	return sale
}

// comeBack makes the record of a return; of a void where all comes back.
func (tl *till) comeBack(saleID string, wish loyalty.Wish) ledger.Record {
	tl.t.Helper()
	sale := tl.saleOf(saleID)
	returns, err := tl.Returns(context.Background(), sale.ID)
	tl.must("returns", err)
	var before []loyalty.Back
	for _, e := range returns {
		before = append(before, loyalty.BackOf(e))
	}
	rest, err := loyalty.RestOf(sale, before)
	tl.must("rest", err)
	back, err := rest.Take(wish)
	tl.must("take", err)
	tl.sales++
	e := &ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Returned, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SaleSubject(sale.ID), Program: sale.Program, Postings: back.Postings,
		Return: &ledger.Return{
			ID: fmt.Sprintf("pos-%d", tl.sales), Receipt: fmt.Sprint(tl.sales), Currency: "TRY", Lines: back.Lines, Total: back.Total,
			Of: ledger.SaleRef{Terminal: tl.opts.Terminal, Day: day, ID: saleID, Entry: sale.ID},
		},
	}
	if wish.All {
		e.Kind = ledger.Voided
	}
	return tl.encode(e)
}

// profile makes the record of a name said later.
func (tl *till) profile(account ledger.AccountID, mask string) ledger.Record {
	tl.t.Helper()
	sealed := []byte("age-encryption.org/v1 " + mask + fmt.Sprint(tl.head().Seq))
	r := tl.encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Profile, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(account), Attachment: ledger.HashOf(sealed),
	})
	r.Attachment, r.Name = sealed, mask
	return r
}

// A return takes from the account of its sale, in parts, until nothing is
// left; what it takes is shown at once and never spendable.
func TestReturn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	sale := tl.sale(ana, 19)
	tl.append(sale)
	tl.append(tl.sale(ana, 100))
	first := tl.comeBack("pos-1", loyalty.Wish{Gross: 1000})
	tl.append(first)
	tl.append(first)
	if got := tl.balance(ana).Shown; got != 119-9 {
		t.Fatalf("shown %d after a half came back, want 110", got)
	}
	rest := tl.comeBack("pos-1", loyalty.Wish{All: true})
	tl.append(rest)
	if diff := cmp.Diff(loyalty.Balance{Unit: points, Shown: 100, Free: 100}, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	returns, err := tl.Returns(ctx, sale.Entry.ID)
	if err != nil || len(returns) != 2 || returns[0].ID != first.Entry.ID || returns[1].Kind != ledger.Voided {
		t.Errorf("returns: %v, %v", returns, err)
	}
	found, err := tl.SaleByReceipt(ctx, sale.Entry.Sale.Receipt)
	if err != nil || found == nil || found.ID != sale.Entry.ID {
		t.Errorf("by receipt: %v, %v", found, err)
	}
	for _, none := range []string{first.Entry.Return.Receipt, "", "99"} {
		if found, err := tl.SaleByReceipt(ctx, none); found != nil || err != nil {
			t.Errorf("by receipt %q: %v, %v", none, found, err)
		}
	}
	last, err := tl.LastSale(ctx)
	if err != nil || last.Kind != ledger.Sold || last.Sale.ID != "pos-2" {
		t.Errorf("last sale: %+v, %v", last, err)
	}
	recent, err := tl.Recent(ctx, 2)
	if err != nil || len(recent) != 2 || recent[0].At < recent[1].At {
		t.Errorf("the last two: %v, %v", recent, err)
	}
	for _, e := range recent {
		if e.Sale == nil && e.Return == nil {
			t.Errorf("%s is among what was sold or taken back", e.Kind)
		}
	}
	tl.clean()
}

// A return and a sale cannot share an id on a day, whichever comes first.
func TestReturnKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.sale(ana, 10))
	taken := tl.comeBack("pos-1", loyalty.Wish{Gross: 1})
	taken.Entry.Return.ID = "pos-1"
	exists := wantError[*ledger.SaleExists](t, tl.Append(ctx, tl.encode(taken.Entry)))
	if exists.Entry != tl.saleOf("pos-1").ID {
		t.Errorf("exists: %v", exists)
	}
	first := tl.comeBack("pos-1", loyalty.Wish{Gross: 1})
	tl.append(first)
	sale := tl.sale(ana, 10)
	sale.Entry.Sale.ID = first.Entry.Return.ID
	exists = wantError[*ledger.SaleExists](t, tl.Append(ctx, tl.encode(sale.Entry)))
	if exists.Entry != first.Entry.ID || exists.Request != first.Request || string(exists.Body) != string(first.Body) {
		t.Errorf("exists: %v", exists)
	}
	tl.clean()
}

// A return that does not fit its sale is refused before anything is written.
func TestReturnMustFit(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 10))
	seq := tl.head().Seq
	for name, change := range map[string]func(*ledger.Entry){
		"no business day": func(e *ledger.Entry) { e.Day = "" },
		"a member":        func(e *ledger.Entry) { e.Subject = ledger.SubjectOf(newAccountID()) },
		"a sale not here": func(e *ledger.Entry) {
			e.Return.Of.Entry = newEntryID()
			e.Subject = ledger.SaleSubject(e.Return.Of.Entry)
		},
	} {
		r := tl.comeBack("pos-1", loyalty.Wish{All: true})
		change(r.Entry)
		if tl.Append(context.Background(), tl.encode(r.Entry)) == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if tl.head().Seq != seq {
		t.Error("something was written")
	}
	tl.clean()
}

// A return of a sale that another till made changes no balance here:
// headquarters knows whose it was.
func TestReturnElsewhere(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.sale(ana, 10))
	e := tl.comeBack("pos-1", loyalty.Wish{All: true}).Entry
	e.Return.Of = ledger.SaleRef{Terminal: newTerminalID(), Day: day, ID: "S"}
	e.Subject = ledger.SaleSubject(e.ID)
	tl.append(tl.encode(e))
	if got := tl.balance(ana).Shown; got != 10 {
		t.Errorf("shown %d, want 10", got)
	}
	tl.clean()
}

// What a return takes beyond what there is is owed: no balance is shown below
// zero, what is set aside stays and covers what is owed, and what is earned next pays
// first.
func TestReturnOwes(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 500)
	tl.addRight(ana, 500, time.Hour)
	tl.append(tl.sale(ana, 10))
	place := tl.place()
	tl.apply(tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Escrowed: 500, Receivable: 3}, place))
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	want := loyalty.Balance{Unit: points, Shown: 500, Spendable: 487, Owed: 13}
	if diff := cmp.Diff(want, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	tl.apply(tl.row(3, ana, "", ledger.Balance{Program: program, Unit: points, Escrowed: 500, Receivable: 13}, tl.place()))
	if diff := cmp.Diff(want, tl.balance(ana)); diff != "" {
		t.Fatalf("once headquarters has counted it: %s", diff)
	}
	tl.append(tl.sale(ana, 20))
	if diff := cmp.Diff(loyalty.Balance{Unit: points, Shown: 507, Spendable: 500, Free: 7}, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	tl.clean()
}

// What a return gives back of a reward is shown and not spendable here.
func TestReturnGivesBack(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 500)
	tl.addRight(ana, 500, time.Hour)
	r := tl.redeem(ana, tl.hold(ana, 300))
	tl.append(r)
	tl.append(tl.comeBack(r.Entry.Sale.ID, loyalty.Wish{All: true}))
	if diff := cmp.Diff(loyalty.Balance{Unit: points, Shown: 500, Spendable: 200, Free: 300}, tl.balance(ana)); diff != "" {
		t.Fatal(diff)
	}
	tl.clean()
}

// Returns follow their sale's account through merges, new epochs and a
// headquarters that lost what it had.
func TestReturnFollowsSale(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana, bea := newAccountID(), newAccountID()
	tl.append(tl.sale(ana, 10))
	tl.append(tl.sale(ana, 30))
	tl.apply(ledger.Change{Position: 1, Kind: ledger.ForwardChange, Forward: &ledger.Forward{From: ana, To: bea}})
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	shown := func(when string) {
		t.Helper()
		if got := tl.balance(bea).Shown; got != 30 {
			t.Errorf("%s: shown %d, want 30", when, got)
		}
		tl.clean()
	}
	shown("merged")
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
	shown("new epoch")
	if returns, err := tl.Returns(ctx, tl.saleOf("pos-1").ID); err != nil || len(returns) != 1 {
		t.Errorf("returns: %v, %v", returns, err)
	}
	tl.ackAll()
	tl.apply(tl.row(2, bea, "", ledger.Balance{Program: program, Unit: points, Available: 30}, tl.place()))
	shown("counted")
	tl.must("resume", tl.Resume(ctx, ledger.Head{}, ledger.Contact{Incarnation: 2}))
	tl.must("apply", tl.Apply(ctx, nil, ledger.Cursor{Incarnation: 2}))
	shown("headquarters lost it")
	tl.reopen()
	shown("after a start")
}

// A name said here is shown at once, the last one first, until the feed counts
// it; a row that does not count it yet changes nothing.
func TestProfile(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(5, 0)
	before := tl.place()
	name := func(when, want string) {
		t.Helper()
		m, err := tl.Member(ctx, ana)
		if err != nil || m.Name != want {
			t.Errorf("%s: %q, %v, want %q", when, m.Name, err, want)
		}
		tl.clean()
	}
	tl.append(tl.profile(ana, "C***"))
	tl.append(tl.profile(ana, "D***"))
	name("said", "D***")
	tl.apply(tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, before))
	name("not counted", "D***")
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
	tl.reopen()
	name("new epoch", "D***")
	tl.apply(tl.row(3, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, tl.place()))
	name("counted", "A*** B***")
	nameless := tl.profile(ana, "")
	if tl.Append(ctx, nameless) == nil {
		t.Error("a profile without a name to show was taken")
	}
}

// The journal of an earlier release is converted where it lies: its sales are
// found by their receipts.
func TestReceiptsOfEarlierRelease(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	sale := tl.sale(ana, 10)
	tl.append(sale)
	tl.append(tl.sale(ana, 20))
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
	tl.must("close", tl.Close())
	tl.must("go back", raw(t, tl.path("journal.db"),
		`DROP INDEX sale_receipt`, `DROP INDEX sale_of_entry`,
		`ALTER TABLE sale DROP COLUMN receipt`, `ALTER TABLE sale DROP COLUMN of_entry`,
		`DROP TABLE named`, `DROP TABLE day_run`, `DROP TABLE detached`, `DROP TABLE program`, `DROP TABLE rule_stop`, `DROP TABLE program_cursor`, `ALTER TABLE local DROP COLUMN member`,
		`DROP INDEX local_n`, `ALTER TABLE local DROP COLUMN n`,
		`DROP TABLE fed_program`, `DROP TABLE headquarters_key`, `DROP TABLE split`, `ALTER TABLE unsettled DROP COLUMN program`,
		`ALTER TABLE exchange DROP COLUMN erasures_ms`, `ALTER TABLE exchange DROP COLUMN erasures_n`, `ALTER TABLE exchange DROP COLUMN wiped_ms`,
		`DROP TRIGGER journal_update`, `DROP TABLE pruned`, `DROP TABLE day_summary`, `DROP TABLE member_pin`, `DROP TABLE pin_tries`, `ALTER TABLE hold DROP COLUMN own`,
		`ALTER TABLE rights DROP COLUMN pruned_spent`, `ALTER TABLE rights DROP COLUMN pruned_returned`,
		`CREATE TRIGGER journal_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END`,
		`PRAGMA user_version = 2`))
	tl.open()
	tl.clean()
	found, err := tl.SaleByReceipt(ctx, sale.Entry.Sale.Receipt)
	if err != nil || found == nil || found.ID != sale.Entry.ID {
		t.Errorf("by receipt: %v, %v", found, err)
	}
	tl.append(tl.comeBack("pos-1", loyalty.Wish{All: true}))
	if got := tl.balance(ana).Shown; got != 20 {
		t.Errorf("shown %d, want 20", got)
	}
	tl.clean()
}

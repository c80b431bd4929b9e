package offline_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// unguarded lets a statement past the triggers, as bit rot would.
func (tl *till) unguarded(statements ...string) {
	tl.t.Helper()
	all := append([]string{`PRAGMA foreign_keys = OFF`, `DROP TRIGGER journal_update`, `DROP TRIGGER journal_delete`, `DROP TRIGGER journal_insert`}, statements...)
	tl.must("spoil", raw(tl.t, tl.path("journal.db"), all...))
}

// Whatever is changed in the journal or beside it, verify finds it.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	whole := newTill(t)
	ana := whole.known(0, 1000)
	whole.append(whole.enroll(ana, "+905321234567"))
	whole.append(whole.sale(ana, 10))
	whole.addRight(ana, 1000, time.Hour)
	whole.append(whole.redeem(ana, whole.hold(ana, 300)))
	whole.hold(ana, 100)
	whole.append(whole.comeBack("pos-1", loyalty.Wish{All: true}))
	whole.append(whole.profile(ana, "A***"))
	whole.clean()
	whole.must("close", whole.Close())
	for name, spoil := range map[string]string{
		"a body":             `UPDATE journal SET body = replace(body, '"amount":10', '"amount":90') WHERE n = 2`,
		"a body's hash":      `UPDATE journal SET body_hash = randomblob(32) WHERE n = 2`,
		"a link":             `UPDATE journal SET hash = randomblob(32) WHERE n = 2`,
		"the last link":      `UPDATE journal SET hash = randomblob(32) WHERE n = (SELECT max(n) FROM journal)`,
		"a column":           `UPDATE journal SET at_ms = at_ms + 1 WHERE n = 2`,
		"a subject":          `UPDATE journal SET subject = 'sale:' || id WHERE n = 2`,
		"an id":              `UPDATE journal SET id = lower(hex(randomblob(18))) WHERE n = 2`,
		"a row":              `DELETE FROM journal WHERE n = 2`,
		"the last row":       `DELETE FROM journal WHERE n = (SELECT max(n) FROM journal)`,
		"a sale's key":       `DELETE FROM sale WHERE sale_id = 'pos-1'`,
		"a key's entry":      `UPDATE sale SET entry = 'x' WHERE sale_id = 'pos-1'`,
		"one key more":       `INSERT INTO sale SELECT business_day_date, 'more', entry, request, receipt, of_entry FROM sale LIMIT 1`,
		"a return's key":     `DELETE FROM sale WHERE of_entry IS NOT NULL`,
		"a return's sale":    `UPDATE sale SET of_entry = NULL`,
		"a receipt":          `UPDATE sale SET receipt = '77' WHERE receipt = '1'`,
		"a name":             `UPDATE named SET n = 1`,
		"a name's account":   `UPDATE named SET account = 'x'`,
		"an attachment":      `UPDATE attachment SET ciphertext = randomblob(9)`,
		"an attachment's n":  `UPDATE attachment SET n = 2`,
		"what was spent":     `UPDATE rights SET spent = spent - 1`,
		"what is held":       `UPDATE rights SET held = held - 1`,
		"what was returned":  `UPDATE rights SET returned = returned + 1`,
		"a right's amount":   `UPDATE rights SET amount = amount + 1`,
		"a right's end":      `UPDATE rights SET spend_until_ms = spend_until_ms + 1`,
		"a right":            `DELETE FROM rights`,
		"a hold":             `UPDATE hold SET amount = amount + 1`,
		"a balance":          `UPDATE unsettled SET available = available + 1 WHERE available > 0`,
		"a claw-back":        `UPDATE unsettled SET available = available + 1 WHERE available = -10`,
		"whose it is":        `UPDATE unsettled SET account = 'x' WHERE available = -10`,
		"a balance is gone":  `DELETE FROM unsettled WHERE n = 2`,
		"its program":        `UPDATE unsettled SET program = 'other' WHERE n = 2`,
		"a balance too many": `INSERT INTO unsettled VALUES ('x', 'points', 99, 1, 0, 0, '')`,
	} {
		t.Run(name, func(t *testing.T) {
			tl := whole.copy(t)
			tl.unguarded(spoil)
			view, err := offline.OpenReadOnly(context.Background(), tl.opts)
			tl.must("open", err)
			defer view.Close()
			report, err := view.Verify(context.Background(), nil)
			tl.must("verify", err)
			if len(report.Findings) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// copy gives a closed till in a folder of its own.
func (tl *till) copy(t *testing.T) *till {
	t.Helper()
	other := &till{t: t, opts: tl.opts, clock: tl.clock}
	other.opts.Dir = t.TempDir()
	for _, name := range []string{"journal.db", "directory.db", "mark"} {
		content, err := os.ReadFile(tl.path(name))
		other.must("copy", err)
		other.must("copy", os.WriteFile(other.path(name), content, 0o600))
	}
	return other
}

// A journal damaged at its end begins a new epoch at the next start; one
// damaged in what is still to be sent begins it when that is read. What can be
// read goes on.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{
		"a body": `UPDATE journal SET body = replace(body, '"amount":1,', '"amount":9,') WHERE n = 3`,
		"a link": `UPDATE journal SET hash = randomblob(32) WHERE n = 3`,
	} {
		for _, running := range []bool{false, true} {
			tl := newTill(t)
			ana := newAccountID()
			r := newReceiver(t)
			tl.append(tl.sale(ana, 1))
			tl.drain(r, 500, 1<<20)
			for range 4 {
				tl.append(tl.sale(ana, 1))
			}
			if running {
				tl.unguarded(spoil)
			} else {
				tl.must("close", tl.Close())
				tl.unguarded(spoil)
				tl.open()
				if opening := tl.Opening(); opening.NewEpoch == nil {
					t.Fatalf("%s: %+v", name, opening)
				}
			}
			tl.drain(r, 500, 1<<20)
			if tl.head().Epoch != 2 {
				t.Errorf("%s: epoch %d", name, tl.head().Epoch)
			}
			want, unreadable := 5, 0
			if name == "a body" {
				want, unreadable = 4, 1
			}
			if len(r.entries) != want || tl.Opening().Unreadable != unreadable {
				t.Errorf("%s: %d entries arrived, %d unreadable", name, len(r.entries), tl.Opening().Unreadable)
			}
		}
	}
}

// A journal that is gone begins anew above every epoch its mark saw.
func TestJournalGone(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("open epoch", tl.OpenEpoch(context.Background(), 4, ledger.Head{}))
	tl.must("close", tl.Close())
	tl.must("remove", os.Remove(tl.path("journal.db")))
	tl.open()
	opening := tl.Opening()
	if opening.NewEpoch == nil || opening.NewEpoch.Epoch != 6 {
		t.Fatalf("opening: %+v", opening)
	}
	tl.append(tl.sale(newAccountID(), 1))
	tl.clean()
}

// A journal that is replaced while the store runs acknowledges nothing more.
func TestReplacedWhileOpen(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("rename", os.Rename(tl.path("journal.db"), tl.path("elsewhere.db")))
	tl.must("replace", os.WriteFile(tl.path("journal.db"), nil, 0o600))
	err := tl.Append(context.Background(), tl.sale(newAccountID(), 1))
	if !errors.Is(err, sqlitedb.ErrStorage) {
		t.Fatalf("append: %v", err)
	}
	if tl.Healthy() == nil {
		t.Error("said to be healthy")
	}
}

// A full disk refuses sales and loses nothing; freed, the same record is taken
// once and the till is well again.
func TestDiskFull(t *testing.T) {
	if testkit.Alone(t) {
		return
	}
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.sale(ana, 1))
	free := testkit.FillDisk(t, 8192)
	sale := tl.sale(ana, 2)
	err := tl.Append(context.Background(), sale)
	healthy := tl.Healthy()
	_, reading := tl.Status(context.Background())
	free()
	if !errors.Is(err, sqlitedb.ErrStorage) {
		t.Fatalf("append to a full disk: %v", err)
	}
	if healthy == nil {
		t.Error("said to be healthy with a full disk")
	}
	tl.must("read beside a full disk", reading)
	tl.append(sale)
	tl.append(sale)
	if err := tl.Healthy(); err != nil {
		t.Errorf("after it was freed: %v", err)
	}
	if got := tl.head().Seq; got != 2 {
		t.Errorf("%d entries, want 2", got)
	}
	tl.reopen()
	tl.clean()
}

// A copied file tells no phone number, and only its owner may copy it.
func TestFilesTellNobody(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	tl.append(tl.enroll(newAccountID(), "+905321234567"))
	if _, err := tl.Find(context.Background(), ledger.PhoneIdentifier, "+905321234567"); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := filepath.WalkDir(tl.opts.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		seen++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %#o", entry.Name(), info.Mode().Perm())
		}
		content, err := os.ReadFile(path)
		for _, typed := range []string{"5321234567", "532 123 45 67", "532-123-45-67", "532 1234567", "123 45 67", "1234567"} {
			if strings.Contains(string(content), typed) {
				t.Errorf("%s has %q", entry.Name(), typed)
			}
		}
		return err
	})
	if err != nil || seen < 4 {
		t.Fatalf("%d files, %v", seen, err)
	}
}

// What a command reads beside the running daemon is what the daemon has.
func TestReadOnlyBeside(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(100, 1000)
	tl.addRight(ana, 1000, time.Hour)
	tl.append(tl.sale(ana, 10))
	view, err := offline.OpenReadOnly(ctx, tl.opts)
	tl.must("open read-only", err)
	defer view.Close()
	tl.append(tl.sale(ana, 10))
	m, err := view.Member(ctx, ana)
	tl.must("member", err)
	if b := m.Balance(points); b != tl.balance(ana) || b.Shown != 1120 || b.Spendable != 1000 {
		t.Errorf("beside: %+v, daemon: %+v", b, tl.balance(ana))
	}
	here, err := tl.Status(ctx)
	tl.must("status", err)
	beside, err := view.Status(ctx)
	tl.must("status", err)
	if here.Head != beside.Head || here.Unsent != 2 || beside.Unsent != 2 || beside.OldestUnsent == 0 ||
		len(beside.OpenRights) != 1 || beside.OpenRights[0].Rest != 1000 || beside.NoRedeem != nil || beside.WALBytes == 0 {
		t.Errorf("beside: %+v", beside)
	}
	report, err := view.Verify(ctx, nil)
	tl.must("verify", err)
	if len(report.Findings) > 0 || report.Entries != 2 {
		t.Errorf("verify: %+v", report)
	}
	if _, err := offline.OpenReadOnly(ctx, func() offline.Options { o := tl.opts; o.Dir = t.TempDir(); return o }()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}

// A headquarters that was put back to before a body which cannot be read any more gets
// the others.
func TestResumeBeforeADamagedBody(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	r := newReceiver(t)
	tl.append(tl.sale(ana, 1))
	tl.drain(r, 500, 1<<20)
	first := tl.head()
	for range 3 {
		tl.append(tl.sale(ana, 1))
	}
	tl.drain(r, 500, 1<<20)
	tl.unguarded(`UPDATE journal SET body = replace(body, '"amount":1,', '"amount":x,') WHERE n = 3`)
	tl.must("resume", tl.Resume(t.Context(), first, ledger.Contact{Incarnation: 2, Token: "t"}))
	tl.drain(r, 500, 1<<20)
	if tl.head().Epoch != 2 || tl.Opening().Unreadable != 1 {
		t.Errorf("epoch %d, %+v", tl.head().Epoch, tl.Opening())
	}
}

// A row that is gone from a long journal leaves the others, each once.
func TestRowGone(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	for range 520 { // more than are read at once
		tl.append(tl.sale(ana, 1))
	}
	tl.must("close", tl.Close())
	tl.unguarded(`DELETE FROM journal WHERE n = 3`)
	tl.must("remove", os.Remove(tl.path("mark"))) // all of it is looked at
	tl.open()
	if opening := tl.Opening(); opening.NewEpoch == nil {
		t.Fatalf("opening: %+v", opening)
	}
	r := newReceiver(t)
	tl.drain(r, 500, 1<<20)
	if len(r.entries) != 519 {
		t.Errorf("%d entries arrived", len(r.entries))
	}
}

// That a journal was damaged keeps no till from beginning anew once it is gone.
func TestDamagedJournalGone(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("close", tl.Close())
	tl.must("note", os.WriteFile(tl.path("journal.damaged"), nil, 0o600))
	tl.must("remove", os.Remove(tl.path("journal.db")))
	for range 2 {
		tl.open()
		if opening := tl.Opening(); opening.Salvaged != nil || tl.head().Epoch != 2 {
			t.Errorf("epoch %d, %+v", tl.head().Epoch, opening)
		}
		tl.must("close", tl.Close())
	}
}

// What a later release wrote, and one that was put in its place again cannot read, is
// whole: it is sent as it stands, and written again in a new epoch as it stands.
func TestEntryOfAReleaseToCome(t *testing.T) {
	t.Parallel()
	for name, later := range map[string]func(body string) string{
		"a field": func(body string) string { return body[:len(body)-1] + `,"to_come":1}` },
		"a kind":  func(body string) string { return strings.Replace(body, `"kind":"sale"`, `"kind":"raffle"`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			ana := newAccountID()
			r := newReceiver(t)
			tl.append(tl.sale(ana, 1))
			tl.drain(r, 500, 1<<20)
			record := tl.sale(ana, 5)
			record.Body = []byte(later(string(record.Body)))
			tl.append(record)
			tl.append(tl.sale(ana, 1))
			unsent, err := tl.Unsent(t.Context(), 500, 1<<20)
			tl.must("unsent", err)
			if len(unsent.Bodies) != 2 || tl.head().Epoch != 1 || tl.Opening().Unreadable != 0 {
				t.Fatalf("%d are to be sent, epoch %d, %d unreadable", len(unsent.Bodies), tl.head().Epoch, tl.Opening().Unreadable)
			}
			if sums := unsent.Seal.Sums; len(sums) != 1 || sums[0].Issued != 6 {
				t.Errorf("sealed to sum up to %+v", sums)
			}
			tl.must("open epoch", tl.OpenEpoch(t.Context(), 0, ledger.Head{}))
			tl.drain(r, 500, 1<<20)
			if len(r.entries) != 3 || tl.Opening().Unreadable != 0 {
				t.Errorf("%d entries arrived, %d unreadable", len(r.entries), tl.Opening().Unreadable)
			}
			if got := r.entries[1]; string(got) != string(record.Body) {
				t.Errorf("it arrived as %s", got)
			}
		})
	}
}

// Sales that a later release made, and one that was put in its place again cannot read,
// keep nobody from seeing the others: the last ones are listed without them, and of them
// this terminal says that it knows none, as of other terminals'.
func TestSalesOfAReleaseToCome(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	later := func(record ledger.Record) ledger.Record {
		record.Body = append(record.Body[:len(record.Body)-1:len(record.Body)-1], `,"to_come":1}`...)
		tl.append(record)
		return record
	}
	first := tl.sale(ana, 1)
	tl.append(first)
	waits := tl.sale(ana, 7)
	waits.Named = ana
	sold := later(tl.sale(ana, 5))
	later(waits)
	recent, err := tl.Recent(t.Context(), 10)
	if tl.must("recent", err); len(recent) != 1 || recent[0].ID != first.Entry.ID {
		t.Errorf("the last ones are %+v", recent)
	}
	if last, err := tl.LastSale(t.Context()); err != nil || last != nil {
		t.Errorf("the last one is %+v, %v", last, err)
	}
	if found, err := tl.SaleByReceipt(t.Context(), sold.Entry.Sale.Receipt); err != nil || found != nil {
		t.Errorf("by its receipt is found %+v, %v", found, err)
	}
	if open, err := tl.Detached(t.Context(), ana); err != nil || len(open) != 0 {
		t.Errorf("to confirm are %+v, %v", open, err)
	}
}

// A body that is damaged where headquarters has it is told to no hub, and begins no epoch:
// that would end what may be spent here, each time the hub is told.
func TestDamageBehindWhatIsAcknowledged(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]int{"a hub that has nothing": 0, "a hub that was away": 1} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			ana := newAccountID()
			r := newReceiver(t)
			var has ledger.Head
			for n := range 5 {
				if n == last {
					has = tl.head()
				}
				tl.append(tl.sale(ana, 1))
			}
			if last == 0 {
				has = ledger.Head{}
			}
			tl.drain(r, 500, 1<<20)
			tl.unguarded(`UPDATE journal SET body = replace(body, '"amount":1,', '"amount":9,') WHERE n = 3`)
			for range 3 {
				told, err := tl.UnsentAfter(t.Context(), has, 500, 1<<20)
				tl.must("tell hub", err)
				if len(told.Bodies) != 0 || tl.head().Epoch != 1 {
					t.Fatalf("%d are told, epoch %d", len(told.Bodies), tl.head().Epoch)
				}
			}
			tl.append(tl.sale(ana, 1))
			told, err := tl.UnsentAfter(t.Context(), has, 500, 1<<20)
			tl.must("tell hub", err)
			if len(told.Bodies) != 1 || told.Seal.First != 6 || tl.head().Epoch != 1 {
				t.Errorf("%d are told from %d on, epoch %d", len(told.Bodies), told.Seal.First, tl.head().Epoch)
			}
		})
	}
}

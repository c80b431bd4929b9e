package offline_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// read gives the ids of a business day's entries as ReadDay gives them.
func (tl *till) readDay(of ledger.Date) (ids []string, at []ledger.Place) {
	tl.t.Helper()
	head, err := tl.ReadDay(context.Background(), of, func(place ledger.Place, body []byte) error {
		e, err := ledger.Decode(body)
		if err == nil {
			ids, at = append(ids, e.ID.String()), append(at, place)
		}
		return err
	}, nil)
	tl.must("read day", err)
	if head != tl.head() {
		tl.t.Errorf("read up to %v, want %v", head, tl.head())
	}
	return ids, at
}

// Whatever day a sale is of, however late it comes and however many epochs
// write it again: each day's entries are read once, in journal order.
func TestDaysAreFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	days := []ledger.Date{"2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"}
	want := map[ledger.Date][]string{}
	random := rand.New(rand.NewPCG(1, 2))
	of := days[0]
	for i := range 200 {
		if random.IntN(10) == 0 {
			of = days[random.IntN(len(days))]
		}
		e := tl.sale(newAccountID(), 1).Entry
		e.Day = of
		tl.append(tl.encode(e))
		want[of] = append(want[of], e.ID.String())
		switch {
		case i == 60:
			tl.ackAll()
		case i%70 == 69:
			tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
		case i%50 == 49:
			tl.reopen()
		}
	}
	for _, of := range days {
		ids, at := tl.readDay(of)
		if diff := cmp.Diff(want[of], ids); diff != "" {
			t.Errorf("%s: %s", of, diff)
		}
		if !slices.IsSortedFunc(at, func(a, b ledger.Place) int {
			return int(a.Epoch)*1000 + int(a.Seq) - int(b.Epoch)*1000 - int(b.Seq)
		}) {
			t.Errorf("%s is out of order: %v", of, at)
		}
	}
	if ids, _ := tl.readDay("2026-11-19"); len(ids) != 0 {
		t.Errorf("a day without entries has %v", ids)
	}
	first, last, err := tl.DayRange(ctx)
	if first != days[0] || last != days[3] || err != nil {
		t.Errorf("days from %s to %s, %v", first, last, err)
	}
	tl.clean()
}

// A body that is not as it was written is no part of a report: it is given
// without what it says.
func TestDamagedEntryIsGivenWithoutBody(t *testing.T) {
	tl := newTill(t)
	for range 3 {
		tl.append(tl.sale(newAccountID(), 1))
	}
	tl.must("damage", raw(t, tl.path("journal.db"),
		`DROP TRIGGER journal_update`, `UPDATE journal SET body = replace(body, '1999', '9999') WHERE n = 2`))
	var whole []bool
	_, err := tl.ReadDay(context.Background(), day, func(_ ledger.Place, body []byte) error {
		whole = append(whole, body != nil)
		return nil
	}, nil)
	if diff := cmp.Diff([]bool{true, false, true}, whole); diff != "" || err != nil {
		t.Errorf("whole: %s %v", diff, err)
	}
}

// Beside a journal that an earlier release wrote the reader says what to do.
func TestDayOfAnEarlierRelease(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("go back", raw(t, tl.path("journal.db"), `DROP TABLE day_run`))
	_, err := tl.ReadDay(context.Background(), day, func(ledger.Place, []byte) error { return nil }, nil)
	if err == nil || !strings.Contains(err.Error(), "loyaltyd run") {
		t.Errorf("read: %v", err)
	}
}

// Verify finds an entry that the report of its day would leave out.
func TestVerifyFindsAnEntryOutsideItsDay(t *testing.T) {
	for _, spoil := range []string{
		`DELETE FROM day_run`,
		`INSERT INTO day_run (n, business_day_date) VALUES (2, '2026-11-23')`,
	} {
		tl := newTill(t)
		for range 3 {
			tl.append(tl.sale(newAccountID(), 1))
		}
		tl.must("spoil", raw(t, tl.path("journal.db"), spoil))
		report, err := tl.Verify(context.Background(), nil)
		tl.must("verify", err)
		if len(report.Findings) == 0 {
			t.Errorf("%s: nothing found", spoil)
		}
	}
}

// A close empties the log and leaves a mark of the head, which is found
// again in later epochs.
func TestCloseDay(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	head := tl.head()
	if folded, err := tl.CloseDay(ctx); !folded || err != nil {
		t.Errorf("close: %v, %v", folded, err)
	}
	if info, err := os.Stat(tl.path("journal.db-wal")); err != nil || info.Size() != 0 {
		t.Errorf("the log is %v, %v", info, err)
	}
	mark, err := os.ReadFile(tl.path("mark"))
	if err != nil || !bytes.Contains(mark, head.Hash[:]) {
		t.Errorf("the mark does not have the head, %v", err)
	}
	for range 3 {
		tl.append(tl.sale(newAccountID(), 1))
		tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
	}
	for _, typed := range []string{head.Hash.String(), head.Hash.String()[:16], " " + head.Hash.String()[:8] + " " + head.Hash.String()[8:16]} {
		found, of, err := tl.FindHead(ctx, typed)
		if found != head || of != day || err != nil {
			t.Errorf("%q is %v of %s, %v", typed, found, of, err)
		}
	}
	for typed, want := range map[string]error{
		"00112233445566778899": offline.ErrNoSuchHead, "": offline.ErrHeadText, "0011": offline.ErrHeadText,
		"zz112233445566778899": offline.ErrHeadText, head.Hash.String() + "00": offline.ErrHeadText,
	} {
		if _, _, err := tl.FindHead(ctx, typed); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", typed, err, want)
		}
	}
}

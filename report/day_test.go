package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/languagetest"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/report"
)

var update = flag.Bool("update", false, "write golden files anew")

const points ledger.Unit = "points"

// shelf is a Source over entries in memory, with places and hashes that are
// the same in each run.
type shelf struct {
	entries []*ledger.Entry
	kept    []byte // a summary of what is no longer here
	store   []byte // what was heard of the store's day
}

var terminal = ledger.TerminalID{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16}

func (s *shelf) ReadDay(
	_ context.Context, day ledger.Date, each func(ledger.Place, []byte) error, _ func(done, total int),
) (ledger.Head, error) {
	head := ledger.Head{Epoch: 2, Branch: ledger.Branch{7}}
	for _, e := range s.entries {
		var body []byte
		if e != nil {
			body, _ = json.Marshal(e)
		}
		at := ledger.Place{Terminal: terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq + 1}
		head.Seq, head.Hash = at.Seq, ledger.Link(at, head.Hash, ledger.HashOf(body))
		if e != nil && e.Day != day {
			continue
		}
		if err := each(at, body); err != nil {
			return head, err
		}
	}
	return head, nil
}

func (s *shelf) KeptDay(context.Context, ledger.Date) ([]byte, error) { return s.kept, nil }

func (s *shelf) StoreDay(context.Context, ledger.Date) ([]byte, error) { return s.store, nil }

// entry puts the next entry on the shelf; its subject is nobody.
func (s *shelf) entry(at, operator string, kind ledger.Kind) *ledger.Entry {
	clock, err := time.ParseInLocation("2006-01-02 15:04", at, istanbul)
	if err != nil {
		panic(err)
	}
	id := ledger.EntryID{0: byte(len(s.entries) + 1), 6: 0x70, 8: 0x80}
	e := &ledger.Entry{
		V: ledger.Version, ID: id, Kind: kind, At: ledger.MillisOf(clock), Store: "0012",
		Day: ledger.DateAt(ledger.MillisOf(clock), istanbul), Operator: operator, Subject: ledger.SaleSubject(id),
	}
	s.entries = append(s.entries, e)
	return e
}

func (s *shelf) sale(at, operator string, total ledger.Minor) *ledger.Entry {
	e := s.entry(at, operator, ledger.Sold)
	e.Sale = &ledger.Sale{ID: fmt.Sprint("S", len(s.entries)), Receipt: fmt.Sprintf("2%07d", len(s.entries)), Currency: "TRY", Total: total}
	return e
}

func (s *shelf) comeBack(at, operator string, kind ledger.Kind, total ledger.Minor) *ledger.Entry {
	e := s.entry(at, operator, kind)
	e.Return = &ledger.Return{
		ID: fmt.Sprint("R", len(s.entries)), Receipt: fmt.Sprintf("2%07d", len(s.entries)), Currency: "TRY", Total: total,
		Of: ledger.SaleRef{Terminal: terminal, Day: "2026-11-20", ID: "S9"},
	}
	return e
}

func earn(e *ledger.Entry, amount ledger.Points) *ledger.Entry {
	e.Postings = append(e.Postings, ledger.Posting{Unit: points, Amount: amount, From: ledger.Issued, To: ledger.Available, Rule: "base"})
	return e
}

func redeem(e *ledger.Entry, amount ledger.Points, worth ledger.Minor) *ledger.Entry {
	right := ledger.RightID{9, 6: 0x70, 8: 0x80}
	e.Postings = append(e.Postings, ledger.Posting{Unit: points, Amount: amount, From: ledger.Escrow(right), To: ledger.Redeemed, Reward: "five", Right: right})
	e.Sale.Rewards = []ledger.Taken{{Reward: "five", Times: 1, Discount: worth}}
	return e
}

func of(e *ledger.Entry, member byte) *ledger.Entry {
	e.Subject = ledger.SubjectOf(ledger.AccountID{member, 6: 0x40, 8: 0x80})
	return e
}

var istanbul = mustZone("Europe/Istanbul")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

var shop = report.Till{StoreID: "0012", Store: "Corner \"Shop\"", Terminal: terminal, Name: "Till 1", Zone: istanbul, Amounts: inCash()}

// inCash writes amounts of a program whose unit "cash" is money.
func inCash() loyalty.Amounts {
	p, err := loyalty.Load([]byte(`program: cash
version: 1
currency: TRY
announced: 2026-01-01
effective: 2026-01-01
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {cash: {money: true}, points: {}}
rules: [{id: base, on: sale, each: line, give: {cash: 2/100}}]
`), "cash.yaml")
	if err != nil {
		panic(err)
	}
	return p.Amounts()
}

// busy is a day on which everything happened once, and a little of the days
// beside it.
func busy() *shelf {
	s := &shelf{}
	earn(of(s.sale("2026-11-21 23:59", "ayse", 100_00), 1), 100) // the day before
	of(s.entry("2026-11-22 08:58", "ayse", ledger.Enroll), 1).Attachment = ledger.Hash{1}
	earn(of(s.sale("2026-11-22 09:01", "ayse", 1_234_50), 1), 1234)
	s.sale("2026-11-22 09:20", "ayse", 20_00)
	suspect := s.sale("2026-11-22 10:00", "=HYPERLINK(\"x\")", 40_00)
	suspect.Subject = ledger.SuspectSubject(ledger.SuspectID{3, 6: 0x40, 8: 0x80})
	earn(suspect, 40)
	redeem(earn(of(s.sale("2026-11-22 11:30", "mehmet", 95_00), 1), 95), 500, 5_00)
	back := of(s.comeBack("2026-11-22 12:00", "mehmet", ledger.Returned, 234_50), 1)
	back.Postings = []ledger.Posting{{Unit: points, Amount: 234, From: ledger.Available, To: ledger.Issued}}
	void := of(s.comeBack("2026-11-22 13:00", "", ledger.Voided, 95_00), 1)
	void.Postings = []ledger.Posting{
		{Unit: points, Amount: 95, From: ledger.Available, To: ledger.Issued},
		{Unit: points, Amount: 500, From: ledger.Redeemed, To: ledger.Available},
	}
	s.sale("2026-11-23 00:01", "ayse", 70_00) // the day after
	return s
}

// adjust changes something by hand.
func (s *shelf) adjust(at, operator, approver string, amount ledger.Points, reason string) {
	e := of(s.entry(at, operator, ledger.Adjust), 1)
	e.Program = starter()
	e.Approver, e.Adjust = approver, &ledger.Adjustment{ID: fmt.Sprint("A", len(s.entries)), Reason: reason}
	p := ledger.Posting{Unit: points, Amount: amount, From: ledger.Adjusted, To: ledger.Available}
	if amount < 0 {
		p.Amount, p.From, p.To = -amount, ledger.Available, ledger.Adjusted
	}
	e.Postings = []ledger.Posting{p}
}

func starter() *ledger.ProgramRef { return &ledger.ProgramRef{ID: "starter", Version: 1} }

// hands is a day on which much was changed by hand.
func hands() *shelf {
	s := &shelf{}
	earn(of(s.sale("2026-11-22 09:01", "ayse", 1_234_50), 1), 1234).Program = starter()
	s.adjust("2026-11-22 09:10", "ayse", "", 50, "torn bag")
	s.adjust("2026-11-22 09:20", "ayse", "", 20, "torn bag")
	s.adjust("2026-11-22 10:00", "ayse", "mehmet", 501, "=late delivery")
	s.adjust("2026-11-22 11:00", "mehmet", "", -600, "was her sister's, who has the same name and the same street, and asked for it")
	for i := range 6 {
		s.adjust("2026-11-22 12:00", "mehmet", "", ledger.Points(i+1), fmt.Sprintf("reason %c", 'a'+i))
	}
	s.adjust("2026-11-23 09:00", "ayse", "", 9, "the day after")
	return s
}

// cashed is a day under a program whose unit is money, with vouchers.
func cashed() *shelf {
	s := &shelf{}
	e := of(s.sale("2026-11-22 09:01", "ayse", 1_234_50), 1)
	e.Postings = []ledger.Posting{
		{Unit: "cash", Amount: 2469, From: ledger.Issued, To: ledger.Pending},
		{Unit: "voucher.free_coffee", Amount: 1, From: ledger.Issued, To: ledger.Available},
	}
	right := ledger.RightID{9, 6: 0x70, 8: 0x80}
	e = of(s.sale("2026-11-22 10:00", "mehmet", 15_00), 1)
	e.Postings = []ledger.Posting{
		{Unit: "cash", Amount: 5, From: ledger.Issued, To: ledger.Pending},
		{Unit: "voucher.free_coffee", Amount: 1, From: ledger.Escrow(right), To: ledger.Redeemed, Right: right},
	}
	e.Sale.Rewards = []ledger.Taken{{Reward: "free_coffee", Times: 1, Discount: 4_50, Voucher: true}}
	return s
}

// gifts is a day on which rewards gave what took nothing off a sale.
func gifts() *shelf {
	s := &shelf{}
	s.sale("2026-11-22 09:01", "ayse", 20_00).Sale.Rewards = []ledger.Taken{
		{Reward: "tree", Times: 2, Benefit: "donate", Value: 10_00, To: "tree_planting"},
		{Reward: "lounge", Times: 1, Benefit: "access"},
	}
	s.sale("2026-11-22 09:30", "mehmet", 30_00).Sale.Rewards = []ledger.Taken{
		{Reward: "tree", Times: 1, Benefit: "donate", Value: 5_00, To: "tree_planting"},
		{Reward: "card", Times: 1, Benefit: "gift_card", Value: 25_00},
		{Reward: "out", Times: 1, Benefit: "cash", Value: 1_00},
		{Reward: "coffee", Times: 1, Benefit: "gift_card", Value: 9_00, Bought: true}, // counts when it is used
		{Reward: "five", Times: 1, Discount: 5_00},
	}
	return s
}

func ofDay(t *testing.T, s report.Source, day ledger.Date, now string) report.Day {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", now, istanbul)
	if err != nil {
		t.Fatal(err)
	}
	d, err := report.OfDay(context.Background(), s, shop, day, ledger.MillisOf(at), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Papers say the same in each language.
func TestCatalogs(t *testing.T) { languagetest.Same(t, report.Catalogs) }

// Each encoding says what its golden file says.
func TestEncodings(t *testing.T) {
	mixed := busy()
	mixed.entries[3].Sale.Currency = "JPY"
	mixed.entries[3].Postings = []ledger.Posting{{Unit: "stamps", Amount: 1, From: ledger.Issued, To: ledger.Available}}
	mixed.entries = append(mixed.entries, nil) // damaged
	changed := busy()                          // over to another program at half past ten
	for i, e := range changed.entries {
		id := "starter"
		if i >= 5 {
			id = "gold"
		}
		e.Program = &ledger.ProgramRef{ID: id, Version: 1}
	}
	for name, d := range map[string]report.Day{
		"changed": ofDay(t, changed, "2026-11-22", "2026-11-22 14:05"),
		"busy":    ofDay(t, busy(), "2026-11-22", "2026-11-22 14:05"),
		"empty":   ofDay(t, busy(), "2026-11-19", "2026-11-22 14:05"),
		"hands":   ofDay(t, hands(), "2026-11-22", "2026-11-22 14:05"),
		"none":    ofDay(t, &shelf{}, "2026-11-22", "2026-11-22 14:05"),
		"mixed":   ofDay(t, mixed, "2026-11-22", "2026-11-23 09:00"),
		"gifts":   ofDay(t, gifts(), "2026-11-22", "2026-11-22 14:05"),
		"cash":    ofDay(t, cashed(), "2026-11-22", "2026-11-22 14:05"),
		"store":   ofDay(t, beside(t, busy(), 2), "2026-11-22", "2026-11-22 14:05"),
	} {
		for kind, encode := range map[string]func(*bytes.Buffer) error{
			"txt":      func(b *bytes.Buffer) error { return d.Table(b) },
			"csv":      func(b *bytes.Buffer) error { return d.CSV(b) },
			"json":     func(b *bytes.Buffer) error { return d.JSON(b) },
			"32.paper": func(b *bytes.Buffer) error { return onPaper(b, d, loyalty.English, 32) },
			"42.paper": func(b *bytes.Buffer) error { return onPaper(b, d, loyalty.English, 42) },
			"32.tr":    func(b *bytes.Buffer) error { return onPaper(b, d, loyalty.Turkish, 32) },
			"42.tr":    func(b *bytes.Buffer) error { return onPaper(b, d, loyalty.Turkish, 42) },
		} {
			t.Run(name+"."+kind, func(t *testing.T) {
				var out bytes.Buffer
				if err := encode(&out); err != nil {
					t.Fatal(err)
				}
				golden(t, name+"."+kind, out.Bytes())
			})
		}
	}
}

func onPaper(b *bytes.Buffer, d report.Day, in loyalty.Language, columns int) error {
	slip := receipt.Slip{Header: receipt.Header{Language: in, Store: d.Store, Terminal: d.Name}, At: d.MadeAt.Time().In(istanbul)}
	for _, line := range d.Paper(in) {
		slip.Rows = append(slip.Rows, receipt.Row(line))
	}
	b.WriteString(slip.Text(columns))
	return nil
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// The columns of the CSV add up to the till's sums, whatever operators are
// called and however many currencies there are.
func TestColumnsAddUp(t *testing.T) {
	s := busy()
	s.entries[2].Sale.Currency = "JPY"
	d := ofDay(t, s, "2026-11-22", "2026-11-22 14:05")
	var out bytes.Buffer
	if err := d.CSV(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, row := range rows[1:] {
		for i, cell := range row {
			var n int64
			if _, err := fmt.Sscan(cell, &n); err == nil {
				sums[rows[0][i]] += n
			}
		}
	}
	want := map[string]int64{
		"sales": d.All.Sales, "member_sales": d.All.MemberSales, "unknown_sales": d.All.UnknownSales, "returns": 1, "voids": 1,
		"enrolled": 1, "earned": int64(d.All.Units[0].Earned), "redeemed": 500, "taken_back": 329, "given_back": 500, "unclaimed": 40,
	}
	for column, n := range want {
		if sums[column] != n {
			t.Errorf("column %s comes to %d, want %d", column, sums[column], n)
		}
	}
}

// No spreadsheet takes an operator's id for a formula, no terminal for a
// command.
func TestForeignNamesStayNames(t *testing.T) {
	for _, name := range []string{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠1", " =1", "\x1b[2Jx", "a\u202eb", "a,b\"c\nd"} {
		s := &shelf{}
		s.sale("2026-11-22 09:00", name, 1)
		d := ofDay(t, s, "2026-11-22", "2026-11-22 14:05")
		var out, table bytes.Buffer
		if err := errors.Join(d.CSV(&out), d.Table(&table)); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		cell := rows[1][3]
		first := []rune(strings.TrimLeft(cell, " "))[0]
		if strings.ContainsRune("=+-@\t\r＝＋－＠", first) || !strings.Contains(cell, strings.Trim(name, "\r")) {
			t.Errorf("%q stands as %q", name, cell)
		}
		if strings.ContainsAny(table.String(), "\x1b\u202e\r\t") {
			t.Errorf("%q stands in the table as it is", name)
		}
	}
}

// A day's times are the store's, on days of 23 and 25 hours too; the day is
// the entry's own.
func TestDaysOfOtherLengths(t *testing.T) {
	berlin := shop
	berlin.Zone = mustZone("Europe/Berlin")
	for _, c := range []struct {
		day        ledger.Date
		first, now string // UTC
		until      string
	}{
		{"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T21:59:00Z", "this till, until 23:59"},
		{"2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "this till, until 23:59"},
		{"2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "this till, until 2026-10-26 00:00"},
	} {
		first, _ := time.Parse(time.RFC3339, c.first)
		now, _ := time.Parse(time.RFC3339, c.now)
		s := &shelf{}
		for _, at := range []time.Time{first.Add(-time.Minute), first, now, now.Add(time.Hour + time.Minute)} {
			e := s.sale("2026-01-01 00:00", "-", 1)
			e.At = ledger.MillisOf(at)
			e.Day = ledger.DateAt(e.At, berlin.Zone)
		}
		d, err := report.OfDay(context.Background(), s, berlin, c.day, ledger.MillisOf(now), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := int64(2)
		if strings.Contains(c.until, "-") {
			want = 1 // now is on the next day
		}
		if d.All.Sales != want || d.Until(loyalty.English) != c.until || d.FirstAt != ledger.MillisOf(first) {
			t.Errorf("%s: %d sales from %v, %q; want %d, %q", c.day, d.All.Sales, d.FirstAt.Time(), d.Until(loyalty.English), want, c.until)
		}
	}
}

// Amounts that do not fit are an error, never another amount.
func TestSumsThatDoNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*shelf){
		"sales":   func(s *shelf) { s.sale("2026-11-22 10:00", "-", math.MaxInt64) },
		"points":  func(s *shelf) { earn(s.sale("2026-11-22 10:00", "-", 1), math.MaxInt64) },
		"rewards": func(s *shelf) { redeem(s.sale("2026-11-22 10:00", "-", 1), 1, math.MaxInt64) },
		"net": func(s *shelf) {
			s.comeBack("2026-11-22 10:00", "-", ledger.Returned, math.MinInt64)
		},
	} {
		s := &shelf{}
		redeem(earn(s.sale("2026-11-22 09:00", "-", 1), 1), 1, 1)
		spoil(s)
		_, err := report.OfDay(context.Background(), s, shop, "2026-11-22", 1, nil)
		if !errors.Is(err, ledger.ErrOverflow) {
			t.Errorf("%s: %v, want an overflow", name, err)
		}
	}
}

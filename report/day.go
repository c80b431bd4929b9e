package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Till says whose report it is.
type Till struct {
	StoreID  ledger.StoreID
	Store    string // name for people
	Terminal ledger.TerminalID
	Name     string // the terminal's, for people
	Zone     *time.Location
	Amounts  loyalty.Amounts // writes amounts of the units for people
}

// Day is what one till wrote of a business day, by operator and in all. It is
// made from the entries from First to Last that are of the day, as the journal
// stood at Head: the same head gives the same report for ever.
type Day struct {
	Day      ledger.Date       `json:"business_day_date"`
	StoreID  ledger.StoreID    `json:"retail_store_id"`
	Store    string            `json:"store_name"`
	Terminal ledger.TerminalID `json:"terminal_id"`
	Name     string            `json:"terminal_name"`
	TimeZone string            `json:"time_zone"`
	MadeAt   ledger.Millis     `json:"made_at_ms"`

	All Sums `json:"all"`
	// AllTills are the store's, as the till last heard of them; nil where it did not.
	AllTills  *StoreTotals `json:"all_tills,omitempty"`
	Operators []Operator   `json:"operators"` // by id

	Entries      int           `json:"entries"`
	Unreadable   int           `json:"unreadable"` // damaged, or of a newer release: in no sum
	FirstAt      ledger.Millis `json:"first_entry_at_ms,omitempty"`
	LastAt       ledger.Millis `json:"last_entry_at_ms,omitempty"`
	FirstReceipt string        `json:"first_receipt,omitempty"`
	LastReceipt  string        `json:"last_receipt,omitempty"`
	First        *ledger.Place `json:"first_place"` // null where the day has no entries
	Last         *ledger.Place `json:"last_place"`
	Head         ledger.Head   `json:"head"`
	// SummedUp is when the sums were kept of entries that are no longer here; 0
	// where all are.
	SummedUp ledger.Millis `json:"summed_up_at_ms,omitempty"`

	amounts loyalty.Amounts
}

// Operator is what one operator did.
type Operator struct {
	ID string `json:"operator_id"` // "-" is nobody
	Sums
}

// Sums count what happened. A sale counts with what was paid when it was made:
// what came back of it stands apart, also on another day.
type Sums struct {
	Sales        int64   `json:"sales"`
	MemberSales  int64   `json:"member_sales"`  // of a member known here
	UnknownSales int64   `json:"unknown_sales"` // of a number that nobody here had
	Returns      int64   `json:"returns"`
	Voids        int64   `json:"voids"`
	Enrolled     int64   `json:"enrolled"`
	Money        []Money `json:"money"` // by currency: one as a rule, none without a sale
	Units        []Units `json:"units"` // by program and unit
	// Given is what rewards gave that took nothing off a sale; absent without any.
	Given []Given `json:"given,omitempty"`
}

// Money are amounts of one currency in minor units.
type Money struct {
	Currency    ledger.Currency `json:"currency_code"`
	Sales       ledger.Minor    `json:"sales_minor"` // paid, after loyalty's discounts
	MemberSales ledger.Minor    `json:"member_sales_minor"`
	Rewards     ledger.Minor    `json:"rewards_minor"`  // loyalty's discounts
	Returned    ledger.Minor    `json:"returned_minor"` // given back by returns
	Voided      ledger.Minor    `json:"voided_minor"`   // given back by voids
	Net         ledger.Minor    `json:"net_minor"`      // sales less returned and voided
}

// Units are amounts of one unit of a program. Earned and Redeemed are what the metrics call
// issued and redeemed: out of program:issued, into program:redeemed. What
// returns and voids took back and gave back stands apart, and so does what was
// changed by hand.
type Units struct {
	Program   string        `json:"program,omitempty"` // where the day has several
	Unit      ledger.Unit   `json:"unit"`
	Earned    ledger.Points `json:"earned"`
	Unclaimed ledger.Points `json:"unclaimed"` // of Earned: for nobody known here
	Redeemed  ledger.Points `json:"redeemed"`
	TakenBack ledger.Points `json:"taken_back"`
	GivenBack ledger.Points `json:"given_back"`
	Adjusted  Adjusted      `json:"adjusted,omitzero"` // absent where nothing was
}

// OfDay makes the report of a business day. A day without entries gives one of
// zeros.
func OfDay(
	ctx context.Context, source Source, till Till, day ledger.Date, now ledger.Millis, progress func(done, total int),
) (Day, error) {
	b, err := build(ctx, source, till, day, now, progress)
	if err != nil {
		return Day{}, fmt.Errorf("report %s: %w", day, err)
	}
	b.leaveOutProgram()
	if err := b.day.hear(ctx, source); err != nil {
		return Day{}, fmt.Errorf("report %s: %w", day, err)
	}
	return b.day, nil
}

// build makes a report in which each unit has its program.
func build(
	ctx context.Context, source Source, till Till, day ledger.Date, now ledger.Millis, progress func(done, total int),
) (*builder, error) {
	b := &builder{
		day: Day{
			Day: day, StoreID: till.StoreID, Store: till.Store, Terminal: till.Terminal, Name: till.Name,
			TimeZone: till.Zone.String(), MadeAt: now, amounts: till.Amounts,
		},
		all: newTally(), operators: map[string]*tally{},
	}
	kept, err := source.KeptDay(ctx, day)
	if err == nil && kept != nil {
		err = b.goOn(kept)
	}
	if err != nil {
		return nil, err
	}
	if b.day.Head, err = source.ReadDay(ctx, day, b.add, progress); err != nil {
		return nil, err
	}
	return b, b.end()
}

// builder makes a Day of its entries.
type builder struct {
	day       Day
	all       *tally
	operators map[string]*tally
}

func (b *builder) add(at ledger.Place, body []byte) error {
	d := &b.day
	d.Entries++
	if d.First == nil {
		d.First = &at
	}
	d.Last = &at
	e, err := ledger.Decode(body)
	if err != nil || e.Day != d.Day {
		d.Unreadable++ // its sums are not to be trusted; the report says so
		return nil
	}
	if d.FirstAt == 0 || e.At < d.FirstAt {
		d.FirstAt = e.At
	}
	d.LastAt = max(d.LastAt, e.At)
	if number := receiptOf(e); number != "" {
		if d.FirstReceipt == "" {
			d.FirstReceipt = number
		}
		d.LastReceipt = number
	}
	id := e.Operator
	if id == "" {
		id = "-"
	}
	if b.operators[id] == nil {
		b.operators[id] = newTally()
	}
	if err := errors.Join(b.all.add(e), b.operators[id].add(e)); err != nil {
		return fmt.Errorf("entry %d.%d: %w", at.Epoch, at.Seq, err)
	}
	return nil
}

func receiptOf(e *ledger.Entry) string {
	switch {
	case e.Sale != nil:
		return e.Sale.Receipt
	case e.Return != nil:
		return e.Return.Receipt
	}
	return ""
}

func (b *builder) end() (err error) {
	b.day.Operators = []Operator{}
	for id, tally := range b.operators {
		sums, err := tally.sums()
		if err != nil {
			return err
		}
		b.day.Operators = append(b.day.Operators, Operator{ID: id, Sums: sums})
	}
	slices.SortFunc(b.day.Operators, func(a, b Operator) int { return strings.Compare(a.ID, b.ID) })
	b.day.All, err = b.all.sums()
	return err
}

func (b *builder) leaveOutProgram() {
	if !b.day.All.severalPrograms() {
		b.day.All.nameNone()
		for i := range b.day.Operators {
			b.day.Operators[i].nameNone()
		}
	}
}

func (s Sums) severalPrograms() bool {
	return slices.ContainsFunc(s.Units, func(u Units) bool { return u.Program != s.Units[0].Program })
}

// nameNone leaves out which program it is, where there is one.
func (s Sums) nameNone() {
	for i := range s.Units {
		s.Units[i].Program = ""
	}
}

// name is what people call the unit: with its program, where there are several.
func (u Units) name() string {
	return u.named(string(u.Unit), catalogs[loyalty.English].of)
}

// named adds the program to what a line is called, where there are several.
func (u Units) named(what, of string) string {
	if u.Program == "" {
		return clean(what)
	}
	return clean(fmt.Sprintf(of, what, u.Program))
}

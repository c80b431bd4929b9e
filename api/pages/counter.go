package pages

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
)

// counterPart is the conversation as the cashier sees it.
type counterPart struct {
	frame
	Stage   checkout.Stage
	Shown   [2]string // the line display
	Remark  string    // what it says in passing; empty where it says what the stage does
	Field   string    // what is being keyed, as it may be shown
	Number  string    // whole, of somebody unknown
	Card    string
	Who     *who
	Sum     *sum
	Back    *back
	Done    *done
	Keys    []key
	Primary key // what ENTER does
}

// Keying reports whether a field is being keyed beside an open sale's amount.
func (c counterPart) Keying() bool {
	switch c.Stage {
	case checkout.StageIdentifying, checkout.StagePointed, checkout.StageCopying, checkout.StageFinding, checkout.StageReturning,
		checkout.StageRefunding, checkout.StageUnreturned, checkout.StageNaming, checkout.StagePinning, checkout.StageProving:
		return true
	}
	return false
}

// Said is what was told without a paper.
func (c counterPart) Said() string { return c.said(c.Shown[0], c.Shown[1]) }

// who is who is here.
type who struct {
	Name      string // masked
	Proof     string // id of a text
	Household int
	Tier      string
	Balance   string
	Spendable string
	Pending   string
	Owed      string
	AsOf      string
}

// back is a sale that goods come back of.
type back struct {
	Receipt string
	Time    string
	Left    string
}

// done is what was told.
type done struct {
	Kind   string // id of a text
	Total  string
	Earned []earned
	Balance,
	Pending string
	Lines picture
}

func (p *Pages) counterPart(ctx context.Context, f frame, seen Seen) counterPart {
	out := counterPart{
		frame: f, Stage: seen.Stage, Shown: seen.Shown, Field: seen.Typed, Number: seen.Number, Card: seen.Card,
		Remark: remark(f, seen),
	}
	currency := p.Till.Programs.At(time.Now()).Currency()
	switch seen.Stage {
	case checkout.StageSelling, checkout.StageConfirming, checkout.StageUnsaved:
		out.Field = ""
		out.Sum = p.sum(ctx, seen)
	case checkout.StageReturning, checkout.StageRefunding, checkout.StageUnreturned:
		out.Field = ""
		if len(seen.Typed) > 0 {
			out.Field = currency.Format(seen.Amount)
		}
		out.Back = p.back(seen)
	case checkout.StageDone:
		out.Done = p.done(seen)
	}
	if !seen.Member.Account.IsZero() {
		out.Who = p.who(seen)
	}
	out.Primary, out.Keys = keysOf(seen)
	return out
}

// remark is what the display says in passing, in the reader's language where it is
// known in it.
func remark(f frame, seen Seen) string {
	if seen.Shown == seen.Lines || seen.Stage == checkout.StageIdle || seen.Paper != nil {
		return ""
	}
	return f.said(seen.Shown[0], seen.Shown[1])
}

func (p *Pages) who(seen Seen) *who {
	program := p.Till.Programs.At(time.Now())
	m, unit := seen.Member, program.MainUnit()
	b := m.Balance(unit)
	out := &who{
		Name: m.Name, Proof: "proof_" + string(seen.Proof), Household: m.Household, Tier: p.Till.Tier(time.Now(), m),
		Balance: program.Amounts().Words(unit, b.Shown), Spendable: program.Amounts().Words(unit, b.Spendable),
	}
	if b.Pending > 0 {
		out.Pending = program.Amounts().Words(unit, b.Pending)
	}
	if b.Owed > 0 {
		out.Owed = program.Amounts().Words(unit, b.Owed)
	}
	if m.AsOf > 0 {
		out.AsOf = p.clock(m.AsOf.Time())
	}
	return out
}

func (p *Pages) back(seen Seen) *back {
	if seen.Back == nil {
		return nil
	}
	sale := seen.Back.Sale
	return &back{Receipt: sale.Receipt, Time: p.clock(seen.Back.At.Time()), Left: sale.Currency.Format(seen.Left)}
}

func (p *Pages) done(seen Seen) *done {
	if seen.Paper == nil {
		return nil
	}
	e := seen.Paper.Entry
	amounts := p.Till.Programs.Of(e).Amounts()
	out := &done{Kind: "kind_" + string(e.Kind), Lines: p.picture(*seen.Paper)}
	if e.Return != nil {
		out.Total = e.Return.Currency.Format(e.Return.Total)
		return out
	}
	out.Total = e.Sale.Currency.Format(e.Sale.Total)
	if e.Told == nil {
		return out
	}
	out.Earned = earnedBy(e, amounts)
	out.Balance = amounts.Words(e.Told.Unit, e.Told.Balance)
	if e.Told.Pending > 0 {
		out.Pending = amounts.Words(e.Told.Unit, e.Told.Pending)
	}
	return out
}

package screen

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// Conversation is the counter's, as a cashier sees it.
type Conversation struct {
	Stage   checkout.Stage `json:"stage" doc:"what the counter waits for" example:"selling"`
	Shown   [2]string      `json:"display_lines" doc:"what the customer sees"`
	Passing bool           `json:"in_passing,omitempty" doc:"the display says something in passing, beside the stage"`
	Field   string         `json:"typed,omitempty" doc:"what is being keyed, as it may be shown: of a phone number the last digits, of a PIN stars"`
	Number  string         `json:"number,omitempty" doc:"E.164, whole, of somebody unknown as long as ENROLL is asked for"`
	Card    string         `json:"card,omitempty" doc:"masked, as long as it is asked whether to add it"`
	Who     *Who           `json:"member,omitempty" doc:"who is here"`
	Sum     *Sum           `json:"sum,omitempty" doc:"the open sale"`
	Back    *Back          `json:"back,omitempty" doc:"the sale that goods come back of"`
	Done    *Told          `json:"done,omitempty" doc:"what was told, as long as it stands there"`
	Primary Key            `json:"primary" doc:"the key that goes on; empty where none does"`
	Keys    []Key          `json:"keys" nullable:"false" doc:"the others that do something now"`
}

// Keying reports whether a field is being keyed beside an open sale's amount.
func (c Conversation) Keying() bool {
	switch c.Stage {
	case checkout.StageIdentifying, checkout.StagePointed, checkout.StageCopying, checkout.StageFinding, checkout.StageReturning,
		checkout.StageRefunding, checkout.StageUnreturned, checkout.StageNaming, checkout.StagePinning, checkout.StageProving:
		return true
	}
	return false
}

// Who is who is here.
type Who struct {
	Name      string `json:"name" doc:"masked" example:"A*** Y***"`
	Proof     string `json:"proof" doc:"how surely she is here" example:"claimed"`
	Household int    `json:"household_size,omitempty" doc:"how many share the account"`
	Tier      string `json:"tier,omitempty"`
	Balance   string `json:"balance" example:"700 points"`
	Spendable string `json:"spendable_here" example:"500 points"`
	Pending   string `json:"pending,omitempty"`
	Owed      string `json:"owed,omitempty"`
	AsOf      string `json:"as_of,omitempty" doc:"what other tills know, up to" example:"14:05"`
}

// Back is a sale that goods come back of.
type Back struct {
	Receipt string `json:"receipt"`
	Time    string `json:"time"`
	Left    string `json:"left" doc:"that can come back" example:"19.99"`
}

// Told is what was told.
type Told struct {
	Kind    string         `json:"kind" enum:"sale,return,void"`
	Total   string         `json:"total" example:"14.99"`
	Earned  []Earning      `json:"earned" nullable:"false"`
	Balance string         `json:"balance,omitempty"`
	Pending string         `json:"pending,omitempty"`
	Lines   []receipt.Line `json:"-"`
	Text    []string       `json:"receipt_lines" nullable:"false" doc:"the receipt, as it is printed"`
}

func (s *Screens) conversation(ctx context.Context, seen Seen) Conversation {
	out := Conversation{
		Stage: seen.Stage, Shown: seen.Shown, Passing: inPassing(seen), Field: seen.Typed, Number: seen.Number, Card: seen.Card,
	}
	currency := s.Till.Programs.At(time.Now()).Currency()
	switch seen.Stage {
	case checkout.StageSelling, checkout.StageConfirming, checkout.StageUnsaved:
		out.Field = ""
		out.Sum = s.sum(ctx, seen)
	case checkout.StageReturning, checkout.StageRefunding, checkout.StageUnreturned:
		out.Field = ""
		if len(seen.Typed) > 0 {
			out.Field = s.money(currency, seen.Amount)
		}
		out.Back = s.back(seen)
	case checkout.StageDone:
		out.Done = s.done(seen)
	}
	if !seen.Member.Account.IsZero() {
		out.Who = s.who(seen)
	}
	out.Primary, out.Keys = keysOf(seen)
	return out
}

// inPassing reports whether the display says something else than the stage. What was
// done is what it says.
func inPassing(seen Seen) bool {
	return seen.Shown != seen.Lines && seen.Stage != checkout.StageIdle && seen.Stage != checkout.StageDone
}

func (s *Screens) who(seen Seen) *Who {
	program := s.Till.Programs.At(time.Now())
	m, unit, amounts := seen.Member, program.MainUnit(), s.amounts(program)
	b := m.Balance(unit)
	out := &Who{
		Name: m.Name, Proof: string(seen.Proof), Household: m.Household, Tier: s.Till.Tier(time.Now(), m),
		Balance: amounts.Words(unit, b.Shown), Spendable: amounts.Words(unit, b.Spendable),
	}
	if b.Pending > 0 {
		out.Pending = amounts.Words(unit, b.Pending)
	}
	if b.Owed > 0 {
		out.Owed = amounts.Words(unit, b.Owed)
	}
	if m.AsOf > 0 {
		out.AsOf = s.Clock(m.AsOf.Time())
	}
	return out
}

func (s *Screens) back(seen Seen) *Back {
	if seen.Back == nil {
		return nil
	}
	sale := seen.Back.Sale
	return &Back{Receipt: sale.Receipt, Time: s.Clock(seen.Back.At.Time()), Left: s.money(sale.Currency, seen.Left)}
}

func (s *Screens) done(seen Seen) *Told {
	if seen.Paper == nil {
		return nil
	}
	e := seen.Paper.Entry
	amounts := s.amounts(s.Till.Programs.Of(e))
	lines := s.lines(*seen.Paper)
	out := &Told{Kind: string(e.Kind), Lines: lines, Text: s.text(lines), Earned: []Earning{}}
	if e.Return != nil {
		out.Total = s.money(e.Return.Currency, e.Return.Total)
		return out
	}
	out.Total = s.money(e.Sale.Currency, e.Sale.Total)
	if e.Told == nil {
		return out
	}
	out.Earned = append(out.Earned, earnedBy(e, amounts)...)
	out.Balance = amounts.Words(e.Told.Unit, e.Told.Balance)
	if e.Told.Pending > 0 {
		out.Pending = amounts.Words(e.Told.Unit, e.Told.Pending)
	}
	return out
}

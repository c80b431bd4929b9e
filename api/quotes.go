package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

type quoteInput struct{ Body Basket }

// Basket is a sale that is not paid yet.
type Basket struct {
	SaleID string `json:"sale_id,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9._:-]*$" doc:"of a sale that was opened: quoted by the program in force then"`
	Place
	Transaction
	Currency string   `json:"currency_code" pattern:"^[A-Z]{3}$" doc:"ISO 4217" example:"TRY"`
	Operator string   `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Lines    []Line   `json:"line_items" maxItems:"1000"`
	Tenders  []Tender `json:"tenders,omitempty" maxItems:"50"`
	Member   *Member  `json:"member,omitempty"`
	Redeem   []Redeem `json:"redeem,omitempty" maxItems:"10" doc:"rewards to reckon with; refused in the words of complete where nobody could have them by what is known here. Only a hold makes sure of one"`

	Departments []string `json:"departments,omitempty" maxItems:"16" doc:"where it is sold, as the program's conditions name them"`
	Partner     string   `json:"partner,omitempty" maxLength:"64" doc:"whose sale it is, where it is not the chain's own"`
	Referrer    string   `json:"referrer,omitempty" maxLength:"36" doc:"account of who referred her"`
}

type quoteOutput struct{ Body Quote }

// Quote is what a sale would come to.
type Quote struct {
	Day           ledger.Date    `json:"business_day_date" doc:"the store's today, which complete wants of a POS that has no business day of its own" example:"2026-11-22"`
	Known         bool           `json:"known" doc:"whether the member is known here"`
	Name          string         `json:"name,omitempty" doc:"masked"`
	Proof         string         `json:"proof,omitempty" enum:"claimed,presented,verified" doc:"that she is here, as it counts"`
	Points        []Points       `json:"points" doc:"what would be earned, by unit"`
	Unclaimed     int64          `json:"unclaimed,omitempty" doc:"of the main unit's points: complete would give them to nobody known here. A number's are given when headquarters knows the number, a member's with too little proof once she confirms the sale"`
	Total         int64          `json:"total" doc:"minor units to pay"`
	NetTotal      int64          `json:"net_total" doc:"without tax, after loyalty's discounts"`
	Discount      int64          `json:"discount_amount"`
	DiscountLines []DiscountLine `json:"discount_lines,omitempty"`
	NotEarned     []NotEarned    `json:"not_earned" doc:"rules that give nothing, and what says no"`
	Offers        []Offer        `json:"offers" doc:"rewards she can have here in this sale"`
	NotOffered    []NotOffered   `json:"not_offered" doc:"all other rewards, and why"`
	DisplayLines  []string       `json:"display_lines" doc:"two lines of 20 cells"`
}

// Points are what a sale earns of a unit, and why.
type Points struct {
	Unit    string       `json:"unit"`
	Given   int64        `json:"given"`
	Because string       `json:"because" doc:"each rule's exact part, their sum, and what it is rounded to" example:"base 19.99 → 19"`
	Lines   []LinePoints `json:"line_items"`
}

// LinePoints are what a line earns, and why.
type LinePoints struct {
	Line    int    `json:"line"`
	Given   int64  `json:"given"`
	Because string `json:"because"`
}

// DiscountLine is the part of loyalty's discounts that falls on a line.
type DiscountLine struct {
	Line     int   `json:"line"`
	Discount int64 `json:"discount_amount" doc:"minor units"`
}

// NotEarned is a rule that gives nothing.
type NotEarned struct {
	Rule    string `json:"rule"`
	Because string `json:"because" example:"member.tier == \"vib\""`
}

// Offer is a reward that can be had now.
type Offer struct {
	Reward   string `json:"reward"`
	Unit     string `json:"unit,omitempty" doc:"what it costs; absent where it costs nothing"`
	Cost     int64  `json:"cost"`
	Discount int64  `json:"discount_amount" doc:"minor units; 0 where the basket decides, or where it is no discount"`
	Times    int64  `json:"times" doc:"how often at most"`
	Here     bool   `json:"spendable_here" doc:"this till can give it without asking; false is no refusal: headquarters is asked when it is taken, for 300 ms at most. A till that carries its own headquarters has it then; where headquarters is out of reach it cannot be had"`
	Benefit  string `json:"benefit" enum:"discount,percent,item,gift_card,donate,cash,access" doc:"what it is"`
	Value    int64  `json:"value,omitempty" doc:"minor units, of discount, gift_card, donate and cash"`
	Of       string `json:"of,omitempty" doc:"the percentage, the category, to whom a donation goes, or to what there is access"`
	Voucher  string `json:"voucher,omitempty" enum:"held,bought" doc:"held: she has one, and it costs nothing; bought: it is used later"`
	LastDay  string `json:"last_day,omitempty" doc:"on which the voucher she has holds" example:"2027-02-19"`
	Version  int    `json:"voucher_version,omitempty" doc:"of the program that issued the voucher, where it is not the one in force"`
}

// NotOffered is a reward that cannot be had now.
type NotOffered struct {
	Reward  string `json:"reward"`
	Because string `json:"because" example:"costs 500 points"`
}

type holdInput struct{ Body Hold }

// Hold sets a reward aside before the customer pays.
type Hold struct {
	ID       string `json:"hold_id" format:"uuid" maxLength:"36" doc:"made by the POS and kept through retries"`
	SaleID   string `json:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Member   Member `json:"member"`
	Reward   string `json:"reward" minLength:"1" maxLength:"64"`
	Times    int64  `json:"times,omitempty" minimum:"1" default:"1" doc:"how often, of a reward that may be taken several times"`
}

type heldOutput struct{ Body Held }

// Held is a reward that is set aside: complete with its id is not refused it.
type Held struct {
	ID       string `json:"hold_id"`
	Reward   string `json:"reward"`
	Unit     string `json:"unit,omitempty" doc:"what it costs; absent where a voucher is set aside, or where it costs nothing"`
	Amount   int64  `json:"amount" doc:"of the unit; 0 without one"`
	Discount int64  `json:"discount_amount" doc:"minor units; 0 where the basket decides, or where it is no discount"`
	Voucher  bool   `json:"voucher,omitempty" doc:"a voucher of hers is set aside"`
}

type releaseInput struct {
	ID string `path:"hold_id" format:"uuid" maxLength:"36" example:"0193b2a4-5f2e-7c11-8a3b-0c9f3d5e7a10"`
}

func (s *Server) routeQuotes(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "quote", Method: http.MethodPost, Path: "/v1/quote", Summary: "What a sale would come to",
		Description: "Points with their explanation, offers, discounts. Writes nothing.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.quote)
	register(routes, huma.Operation{
		OperationID: "place-hold", Method: http.MethodPost, Path: "/v1/holds", Summary: "Set a reward aside",
		Description: "Before the customer pays. The same request again gets the same answer. Others may have it after 15 minutes.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.hold)
	huma.Register(routes, huma.Operation{
		OperationID: "release-hold", Method: http.MethodDelete, Path: "/v1/holds/{hold_id}", Summary: "Give a reward back",
		Description: "Also where the hold is gone already.", DefaultStatus: http.StatusNoContent,
		Security: tokenNeeded, Errors: []int{401, 403, 422, 503},
	}, s.release)
}

func (s *Server) quote(ctx context.Context, in *quoteInput) (*quoteOutput, error) {
	b := checkout.Basket{
		Currency: ledger.Currency(in.Body.Currency), Operator: in.Body.Operator, Redeem: redemptions(in.Body.Redeem),
		Departments: in.Body.Departments, Partner: in.Body.Partner,
		Began: s.opened.since(in.Body.SaleID, ""),
	}
	var err error
	if b.Lines, b.Tenders, err = s.facts(in.Body.Place, in.Body.Lines, in.Body.Tenders); err != nil {
		return nil, err
	}
	if b.Referrer, err = readReferrer(in.Body.Referrer); err != nil {
		return nil, err
	}
	if in.Body.Member != nil {
		if b.Who, err = s.who(in.Body.Member); err != nil {
			return nil, err
		}
	}
	now := time.Now()
	q, err := s.Till.Quote(ctx, now, b)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &quoteOutput{s.quoted(now, q)}, nil
}

func (s *Server) quoted(now time.Time, q checkout.Quote) Quote {
	out := Quote{
		Day:   s.Till.Today(now),
		Known: !q.Member.Account.IsZero(), Name: q.Member.Name, Proof: string(q.Proof), Total: int64(q.Total), Unclaimed: int64(q.Unclaimed()),
		Points: []Points{}, NotEarned: []NotEarned{}, NotOffered: []NotOffered{},
		Offers: s.offers(q.Offers, q.Program()), DiscountLines: discountLines(q.Lines), DisplayLines: s.Till.QuoteLines(q),
	}
	for _, net := range q.Net {
		out.NetTotal += int64(net)
	}
	for _, reward := range q.Rewards {
		out.Discount += int64(reward.Discount)
	}
	for _, why := range q.Explanations {
		out.Points = append(out.Points, explained(why))
	}
	for _, missed := range q.Missed {
		out.NotEarned = append(out.NotEarned, NotEarned{missed.Rule, missed.Reason})
	}
	for _, not := range q.NotOffered {
		out.NotOffered = append(out.NotOffered, NotOffered{not.Reward, not.Reason})
	}
	return out
}

func explained(why loyalty.Explanation) Points {
	p := Points{Unit: string(why.Unit), Given: int64(why.Given), Because: why.String(), Lines: []LinePoints{}}
	for i, line := range why.Lines {
		p.Lines = append(p.Lines, LinePoints{Line: i, Given: int64(line.Given), Because: why.Line(i)})
	}
	return p
}

func (s *Server) offers(of []loyalty.Offer, program *loyalty.Program) []Offer {
	out := []Offer{}
	for _, o := range of {
		out = append(out, s.offer(o, program))
	}
	return out
}

func (s *Server) offer(o loyalty.Offer, program *loyalty.Program) Offer {
	out := Offer{
		Reward: o.ID, Unit: string(o.Unit), Cost: int64(o.Cost), Discount: int64(o.Off()), Times: o.Times,
		Benefit: string(o.Benefit.Kind), Value: int64(o.Benefit.Value), Of: about(o.Benefit),
		Here: o.Here,
	}
	switch {
	case o.Held.Count > 0:
		out.Voucher, out.LastDay = "held", s.lastDay(&o.Held.Terms)
		if o.Held.Older(program) {
			out.Version = o.Held.Terms.Promise.Version
		}
	case o.IsVoucher():
		out.Voucher = "bought"
	}
	return out
}

// about is what a benefit's kind leaves open.
func about(b loyalty.Benefit) string {
	switch b.Kind {
	case loyalty.Percent:
		return b.Percent.String()
	case loyalty.Item:
		return b.Item
	case loyalty.Donation:
		return b.To
	case loyalty.Access:
		return b.Access
	}
	return ""
}

func discountLines(lines []ledger.Line) (out []DiscountLine) {
	for i, line := range lines {
		if line.Discount > 0 {
			out = append(out, DiscountLine{i, int64(line.Discount)})
		}
	}
	return out
}

func (s *Server) hold(ctx context.Context, in *holdInput) (*heldOutput, error) {
	reserve := checkout.Reserve{SaleID: in.Body.SaleID, Reward: in.Body.Reward, Times: in.Body.Times, AskFor: askFor(ctx),
		Began: s.opened.since(in.Body.SaleID, "")}
	if reserve.ID.UnmarshalText([]byte(in.Body.ID)) != nil {
		return nil, problem(badHold, "")
	}
	who, err := s.who(&in.Body.Member)
	if err != nil {
		return nil, err
	}
	held, err := s.Till.HoldFor(context.WithoutCancel(ctx), time.Now(), who, in.Body.Operator, reserve)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &heldOutput{s.heldReward(held)}, nil
}

func (s *Server) heldReward(held ledger.Hold) Held {
	reward, _ := s.Till.Programs.At(held.At.Time()).Reward(held.Reward)
	if of, voucher := loyalty.HeldBy(held); voucher {
		return Held{ID: held.ID.String(), Reward: held.Reward, Voucher: true, Discount: int64(of.Of(reward).Off())}
	}
	times := int64(held.Amount / max(1, reward.Cost))
	if _, use := held.Unit.Use(); use { // of a limit; it costs nothing
		held.Unit, held.Amount = "", 0
	}
	return Held{
		ID: held.ID.String(), Reward: held.Reward, Unit: string(held.Unit), Amount: int64(held.Amount),
		Discount: times * int64(reward.Off()), // each of the two was counted when it was set aside
	}
}

func (s *Server) release(ctx context.Context, in *releaseInput) (*struct{}, error) {
	var id ledger.HoldID
	if id.UnmarshalText([]byte(in.ID)) != nil {
		return nil, problem(badHold, "")
	}
	if err := s.Till.Store.ReleaseHold(context.WithoutCancel(ctx), id); err != nil {
		return nil, s.problemOf(err)
	}
	return nil, nil
}

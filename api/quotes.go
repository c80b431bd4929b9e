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
	Currency string   `json:"currency_code" pattern:"^[A-Z]{3}$" doc:"ISO 4217" example:"TRY"`
	Operator string   `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Lines    []Line   `json:"line_items" maxItems:"1000"`
	Tenders  []Tender `json:"tenders,omitempty" maxItems:"50"`
	Member   *Member  `json:"member,omitempty"`
	Redeem   []string `json:"redeem,omitempty" maxItems:"10" doc:"ids of rewards to reckon with"`
}

type quoteOutput struct{ Body Quote }

// Quote is what a sale would come to.
type Quote struct {
	Known         bool           `json:"known" doc:"whether the member is known here"`
	Name          string         `json:"name,omitempty" doc:"masked"`
	Points        []Points       `json:"points" doc:"what would be earned, by unit"`
	Total         int64          `json:"total" doc:"minor units to pay"`
	NetTotal      int64          `json:"net_total" doc:"without tax, after loyalty's discounts"`
	Discount      int64          `json:"discount_amount"`
	DiscountLines []DiscountLine `json:"discount_lines,omitempty"`
	Offers        []Offer        `json:"offers" doc:"rewards she can have here in this sale"`
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

// Offer is a reward that can be had now.
type Offer struct {
	Reward   string `json:"reward"`
	Unit     string `json:"unit"`
	Cost     int64  `json:"cost"`
	Discount int64  `json:"discount_amount" doc:"minor units"`
	Times    int64  `json:"times" doc:"how often at most"`
}

type holdInput struct{ Body Hold }

// Hold sets a reward aside before the customer pays.
type Hold struct {
	ID       string `json:"hold_id" format:"uuid" maxLength:"36" doc:"made by the POS and kept through retries"`
	SaleID   string `json:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Member   Member `json:"member"`
	Reward   string `json:"reward" minLength:"1" maxLength:"64"`
}

type heldOutput struct{ Body Held }

// Held is a reward that is set aside: complete with its id is not refused it.
type Held struct {
	ID       string `json:"hold_id"`
	Reward   string `json:"reward"`
	Unit     string `json:"unit"`
	Amount   int64  `json:"amount"`
	Discount int64  `json:"discount_amount" doc:"minor units"`
}

type releaseInput struct {
	ID string `path:"hold_id" format:"uuid" maxLength:"36" example:"0193b2a4-5f2e-7c11-8a3b-0c9f3d5e7a10"`
}

func (s *Server) routeQuotes(routes huma.API) {
	huma.Register(routes, huma.Operation{
		OperationID: "quote", Method: http.MethodPost, Path: "/v1/quote", Summary: "What a sale would come to",
		Description: "Points with their explanation, offers, discounts. Writes nothing.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.quote)
	huma.Register(routes, huma.Operation{
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
	b := checkout.Basket{Currency: ledger.Currency(in.Body.Currency), Operator: in.Body.Operator, Redeem: in.Body.Redeem}
	b.Lines, b.Tenders = facts(in.Body.Lines, in.Body.Tenders)
	var err error
	if in.Body.Member != nil {
		if b.Who, err = in.Body.Member.who(); err != nil {
			return nil, err
		}
	}
	q, err := s.Till.Quote(ctx, time.Now(), b)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &quoteOutput{s.quoted(q)}, nil
}

func (s *Server) quoted(q checkout.Quote) Quote {
	out := Quote{
		Known: !q.Member.Account.IsZero(), Name: q.Member.Name, Total: int64(q.Total),
		Points: []Points{}, Offers: offers(q.Offers), DiscountLines: discountLines(q.Lines), DisplayLines: s.Till.QuoteLines(q),
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
	return out
}

func explained(why loyalty.Explanation) Points {
	p := Points{Unit: string(why.Unit), Given: int64(why.Given), Because: why.String(), Lines: []LinePoints{}}
	for i, line := range why.Lines {
		p.Lines = append(p.Lines, LinePoints{Line: i, Given: int64(line.Given), Because: why.Line(i)})
	}
	return p
}

func offers(of []loyalty.Offer) []Offer {
	out := []Offer{}
	for _, o := range of {
		out = append(out, Offer{o.ID, string(o.Unit), int64(o.Cost), int64(o.Off()), o.Times})
	}
	return out
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
	reserve := checkout.Reserve{SaleID: in.Body.SaleID, Reward: in.Body.Reward}
	if reserve.ID.UnmarshalText([]byte(in.Body.ID)) != nil {
		return nil, problem(badHold, "")
	}
	who, err := in.Body.Member.who()
	if err != nil {
		return nil, err
	}
	held, err := s.Till.HoldFor(context.WithoutCancel(ctx), time.Now(), who, in.Body.Operator, reserve)
	if err != nil {
		return nil, s.problemOf(err)
	}
	reward, _ := s.Till.Program.Reward(held.Reward)
	return &heldOutput{Held{held.ID.String(), held.Reward, string(held.Unit), int64(held.Amount), int64(reward.Off())}}, nil
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

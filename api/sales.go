package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

type completeInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"the POS's own id of the sale, unique per business day" example:"S-1002"`
	Body   Complete
}

// Complete is a sale the customer has paid.
type Complete struct {
	BusinessDay string `json:"business_day_date" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"the POS's business day; with sale_id the sale's key. Of a new sale it is of the last 30 days, or the next one"`
	Place
	Transaction
	Currency    string   `json:"currency_code" pattern:"^[A-Z]{3}$" doc:"ISO 4217"`
	Operator    string   `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Lines       []Line   `json:"line_items" maxItems:"1000"`
	Tenders     []Tender `json:"tenders,omitempty" maxItems:"50"`
	Member      *Member  `json:"member,omitempty" doc:"nobody where absent"`
	AfterTender bool     `json:"member_added_after_tender,omitempty" doc:"the member was named only once it was paid"`
	Departments []string `json:"departments,omitempty" maxItems:"16" doc:"where it was sold, as the program's conditions name them"`
	Partner     string   `json:"partner,omitempty" maxLength:"64" doc:"whose sale it is, where it is not the chain's own"`
	Referrer    string   `json:"referrer,omitempty" maxLength:"36" doc:"account of who referred her"`
	Redeem      []Redeem `json:"redeem,omitempty" maxItems:"10" doc:"rewards to take; without one of them nothing is posted"`
	Holds       []string `json:"holds,omitempty" maxItems:"10" doc:"ids of holds placed for this sale; they are not refused"`

	Approval *Approval `json:"approval,omitempty" doc:"of a manager, where a problem of type manager asked for it"`
}

// Tender is one way the customer paid.
type Tender struct {
	Type   string `json:"tender_type" minLength:"1" maxLength:"32"`
	Amount int64  `json:"amount" minimum:"0"`
}

// Member says whose sale it is.
type Member struct {
	Phone   string `json:"phone,omitempty" maxLength:"32" doc:"as she typed it"`
	Account string `json:"account,omitempty" maxLength:"36" doc:"from an earlier answer; where it is given the phone is not looked at"`
	ID      string `json:"member_id,omitempty" maxLength:"36" doc:"from the same answer: which of the account's members is here"`
	Proof   string `json:"proof,omitempty" enum:"claimed,presented,verified" default:"claimed" doc:"verified counts where this till itself saw her PIN, or her app in identify, within 15 minutes, however she is named; else as presented, unless api.trust_verified says that the POS checks by means of its own. Answers say what counted"`
	PIN     string `json:"pin,omitempty" minLength:"4" maxLength:"12" pattern:"^[0-9]+$" doc:"as she keyed it: where it is hers, proof is verified; it is no part of what makes the same request again the same"`
}

type completeOutput struct{ Body Completed }

// Completed is what may be told: it is on disk.
type Completed struct {
	EntryID ledger.EntryID `json:"entry_id"`
	SaleID  string         `json:"sale_id"`
	// ClaimCode is what stands on the paper of a sale without a member.
	ClaimCode    string `json:"claim_code,omitempty" doc:"of a sale without a member: who shows it may have what the sale earned; to be printed as a QR code"`
	ClaimUntil   string `json:"claim_until,omitempty" doc:"the last day on which claim_code is good"`
	ConfirmUntil string `json:"confirm_until,omitempty" doc:"the last day on which she can confirm the sale, which was made for her with less proof than earning wants: unclaimed is hers then"`
	// Terminal is what a return at another till names.
	Terminal ledger.TerminalID `json:"terminal_id" doc:"this till's; a return at another till names it"`
	Receipt  string            `json:"receipt"`
	Transaction
	Flags   []string `json:"flags,omitempty" doc:"rules of conduct that it met: same_member, own_number, after_tender, unknown_operator"`
	Account string   `json:"account,omitempty"`
	Name    string   `json:"name,omitempty" doc:"masked"`
	Proof   string   `json:"proof,omitempty" enum:"claimed,presented,verified" doc:"that she is here, as it counted"`
	Earned  int64    `json:"earned" doc:"units of the program's main unit, there at once"`
	// Pending is what is earned and not there yet.
	Pending int64 `json:"earned_pending,omitempty" doc:"of the main unit too, there once the return window is over"`
	// Unclaimed is earned, and nobody known here has it.
	Unclaimed int64    `json:"unclaimed,omitempty" doc:"earned, but nobody known here has it: a number's is given when headquarters knows the number, a member's with too little proof once she confirms the sale, nobody's stays with the sale"`
	Redeemed  int64    `json:"redeemed"`
	Discount  int64    `json:"discount_amount" doc:"minor units, to be taken off the POS's total"`
	Total     int64    `json:"total" doc:"minor units"`
	Balance   *Balance `json:"balance,omitempty"`
	Gains
	Rewards []Taken `json:"rewards" doc:"what was redeemed, in the order asked for"`
	// DiscountLines say on which lines the discount falls.
	DiscountLines []DiscountLine `json:"discount_lines,omitempty" doc:"on which lines the discount falls; absent where the basket was too large to keep its lines (128 KiB)"`
	DisplayLines  []string       `json:"display_lines" doc:"two lines of 20 cells"`
	// ReceiptLines are ready to print, in the till's columns.
	ReceiptLines []string `json:"receipt_lines"`

	text []byte // all of it as it is sent
}

// Balance says as of when it is, what is spendable here and what is pending.
type Balance struct {
	Unit      string `json:"unit"`
	Balance   int64  `json:"balance"`
	AsOf      string `json:"as_of,omitempty" doc:"RFC 3339; absent where headquarters never spoke of her"`
	Spendable int64  `json:"spendable_here"`
	Pending   int64  `json:"pending"`
	Owed      int64  `json:"owed" doc:"what returns took that was no longer there; the next points pay it"`
}

func (s *Server) routeSales(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "complete-sale", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/complete",
		Summary: "Complete a sale", MaxBodyBytes: maxRequest,
		Description: "Durable when answered. The same request again gets the same answer; another one under the same id is a conflict. Where the till's rules want a manager the answer is a problem of type manager: send the same request again with approval, or without the member.",
		Security:    tokenNeeded,
		Errors:      []int{400, 401, 403, 404, 408, 409, 413, 422, 429, 503},
	}, s.complete)
}

func (s *Server) complete(ctx context.Context, in *completeInput) (*completeOutput, error) {
	basket, err := s.basket(in)
	if err != nil {
		return nil, err
	}
	basket.AskFor, basket.Began = askFor(ctx), s.opened.since(in.SaleID, basket.Day)
	if err := s.Till.CheckDay(ctx, basket.Day, basket.SaleID); err != nil {
		return nil, s.problemOf(err)
	}
	prepared := s.prepare(&basket)
	// A POS that hung up must not leave half a sale: it will ask again.
	completed, err := s.Till.Complete(context.WithoutCancel(ctx), time.Now(), basket)
	told := prepared()
	if err != nil {
		return nil, s.problemOf(err)
	}
	if told == nil {
		told = s.written(completed)
	}
	if !completed.Repeat {
		s.Told(completed)
	}
	s.opened.close(in.SaleID)
	return &completeOutput{*told}, nil
}

func (s *Server) basket(in *completeInput) (checkout.Basket, error) {
	day, err := ledger.ParseDate(in.Body.BusinessDay)
	if err != nil {
		return checkout.Basket{}, problem(badDate, "business_day_date: "+err.Error())
	}
	approval, err := in.Body.Approval.approval()
	if err != nil {
		return checkout.Basket{}, err
	}
	in.Body.Approval = nil // with it, it is the same request
	var who checkout.Who
	if in.Body.Member != nil {
		if who, err = s.who(in.Body.Member); err != nil {
			return checkout.Basket{}, err
		}
	}
	request, err := json.Marshal(in)
	if err != nil {
		return checkout.Basket{}, s.problemOf(err)
	}
	b := checkout.Basket{
		Transaction: in.Body.Transaction.fact(),
		Who:         who, Entry: s.Till.NewEntry(), SaleID: in.SaleID, Day: day, Currency: ledger.Currency(in.Body.Currency),
		Operator: in.Body.Operator, Redeem: redemptions(in.Body.Redeem), Asked: request,
		Departments: in.Body.Departments, Partner: in.Body.Partner, AfterTender: in.Body.AfterTender, Approval: approval,
	}
	if b.Lines, b.Tenders, err = s.facts(in.Body.Place, in.Body.Lines, in.Body.Tenders); err != nil {
		return b, err
	}
	if b.Referrer, err = readReferrer(in.Body.Referrer); err != nil {
		return b, err
	}
	for _, text := range in.Body.Holds {
		var id ledger.HoldID
		if id.UnmarshalText([]byte(text)) != nil {
			return b, problem(badHold, "")
		}
		b.Holds = append(b.Holds, id)
	}
	return b, nil
}

// who reads it, and takes the PIN out: what is kept of a request has none.
func (s *Server) who(m *Member) (who checkout.Who, err error) {
	who.Phone = m.Phone
	if who.PIN, err = readPIN(m.PIN); err != nil {
		return who, err
	}
	m.PIN = ""
	if m.Account != "" {
		if err := readMember(&who, m.Account, m.ID); err != nil {
			return who, err
		}
	}
	who.Proof, who.Unchecked = ledger.Proof(m.Proof), !s.TrustVerified
	return who, nil
}

// told writes the answer from the entry alone, so that a repeated call gets
// the same one.
func (s *Server) told(completed checkout.Completed) Completed {
	e := completed.Entry
	out := Completed{
		EntryID: e.ID, SaleID: e.Sale.ID, Terminal: s.Till.Terminal, Receipt: e.Sale.Receipt, Transaction: Transaction(e.Sale.Transaction), Name: completed.Name, Proof: string(e.Proof), Total: int64(e.Sale.Total),
		Flags: e.Flags, ReceiptLines: s.paper(e, completed.Name), DisplayLines: s.Till.SaleLines(e),
	}
	code, last := s.Till.ClaimCode(e)
	out.ClaimCode, out.ClaimUntil = code, string(last)
	out.ConfirmUntil = string(s.Till.ConfirmUntil(e))
	if !e.Sale.Condensed {
		out.DiscountLines = discountLines(e.Sale.Lines)
	}
	if account, ok := e.Subject.Account(); ok {
		out.Account = account.String()
	}
	unit := s.Till.Programs.Of(e).MainUnit()
	now, pending := checkout.EarnedOf(e, unit)
	out.Earned, out.Pending = int64(now), int64(pending)
	for _, p := range e.Postings {
		if _, spent := p.From.Right(); spent && p.Unit == unit {
			out.Redeemed += int64(p.Amount)
		}
	}
	if e.Told == nil {
		out.Earned, out.Pending, out.Unclaimed = 0, 0, out.Earned+out.Pending
	}
	for _, reward := range e.Sale.Rewards {
		out.Discount += int64(reward.Discount)
	}
	out.Balance, out.Gains, out.Rewards = balance(e.Told), s.gains(e), takenRewards(e)
	return out
}

func balance(told *ledger.Told) *Balance {
	if told == nil {
		return nil
	}
	return &Balance{
		Unit: string(told.Unit), Balance: int64(told.Balance), AsOf: asOf(told.AsOf),
		Spendable: int64(told.Spendable), Pending: int64(told.Pending), Owed: int64(told.Owed),
	}
}

func asOf(at ledger.Millis) string {
	if at == 0 {
		return ""
	}
	return at.Time().Format(time.RFC3339)
}

// paper lays a receipt out in the till's columns.
func (s *Server) paper(e *ledger.Entry, name string) []string {
	header := s.Till.Heading(s.Header, e)
	header.Member = name
	header.Claim, header.ClaimUntil = s.Till.ClaimCode(e)
	header.ConfirmUntil = s.Till.ConfirmUntil(e)
	return asLines(receipt.From(e, header).Text(s.Columns))
}

func asLines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

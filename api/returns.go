package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

type voidInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"of the sale to undo" example:"S-1001"`
	Body   Void
}

// OfSale says which sale a void or return is of.
type OfSale struct {
	BusinessDay string `json:"business_day_date" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"of the sale" example:"2026-11-22"`
	Terminal    string `json:"terminal_id,omitempty" maxLength:"36" doc:"that made the sale; this till where absent"`
	Operator    string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

// Void undoes all that is left of a sale.
type Void struct {
	OfSale
	Transaction
	Link *TransactionLink `json:"transaction_link,omitempty" doc:"what the POS calls the sale; refused where it is another one's"`
}

// TransactionLink is what the POS calls the sale that goods come back of. It leads
// nowhere: sale_id does. It keeps a POS that mixed up two sales from taking back of the
// wrong one, where that one was completed with the same names. It is not kept.
type TransactionLink struct {
	Place
	Transaction
	BusinessDay string `json:"business_day_date,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"of the sale"`
}

// of reads what is linked to, as far as it can be held against the sale.
func (l *TransactionLink) of(sale OfSale, store ledger.StoreID) (ledger.Transaction, error) {
	switch {
	case l == nil:
		return ledger.Transaction{}, nil
	case l.BusinessDay != "" && l.BusinessDay != sale.BusinessDay:
		return ledger.Transaction{}, problem(otherLink, "business_day_date differs")
	case l.Store != "" && sale.Terminal == "" && l.Store != string(store):
		return ledger.Transaction{}, problem(otherLink, "retail_store_id is not this till's")
	}
	return l.Transaction.fact(), nil
}

type returnInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"of the sale that goods come back of" example:"S-1001"`
	Body   Return
}

// Return says what comes back: all, an amount, or lines.
type Return struct {
	OfSale
	ReturnID string `json:"return_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"the POS's own id of the return, unique among sales and returns of its business day" example:"R-17"`
	Transaction
	Link      *TransactionLink `json:"transaction_link,omitempty" doc:"what the POS calls the sale; refused where it is another one's"`
	ReturnDay string           `json:"return_business_day_date,omitempty" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"the business day of the return; the store's today where absent"`
	All       bool             `json:"all,omitempty" doc:"all that is left comes back"`
	Amount    int64            `json:"amount,omitempty" minimum:"0" doc:"minor units with tax, spread over the sale's lines"`
	Lines     []ReturnedLine   `json:"line_items,omitempty" maxItems:"1000" doc:"refused where the sale was too large to keep its lines (128 KiB): send the amount"`
}

// ReturnedLine is how much of a line comes back; what it leaves out follows
// from what it says, and one that says nothing is all that is left of it.
type ReturnedLine struct {
	Line     int   `json:"line" minimum:"0" doc:"place in the sale's line_items, from 0"`
	Quantity int64 `json:"quantity,omitempty" minimum:"0"`
	Extended int64 `json:"extended_amount,omitempty" minimum:"0" doc:"minor units, with tax"`
}

type takenBackOutput struct{ Body TakenBack }

// TakenBack is what may be told of a void or return: it is on disk.
type TakenBack struct {
	EntryID  ledger.EntryID `json:"entry_id"`
	ReturnID string         `json:"return_id"`
	SaleID   string         `json:"sale_id"`
	Receipt  string         `json:"receipt"`
	Transaction
	Name      string   `json:"name,omitempty" doc:"masked"`
	Total     int64    `json:"total" doc:"minor units the customer gets back"`
	TakenBack int64    `json:"taken_back" doc:"units of the main unit that the sale had earned"`
	GivenBack int64    `json:"given_back" doc:"units of the main unit that rewards had cost"`
	Balance   *Balance `json:"balance,omitempty"`
	// Pending is said where another till made the sale.
	Later        string         `json:"later,omitempty" doc:"what headquarters will do, where another till made the sale"`
	Lines        []ReturnedLine `json:"line_items,omitempty"`
	DisplayLines []string       `json:"display_lines" doc:"two lines of 20 cells"`
	ReceiptLines []string       `json:"receipt_lines"`
}

// laterWords tell what a till cannot know of another's sale.
const laterWords = "points will be corrected by headquarters"

func (s *Server) routeReturns(routes huma.API) {
	errs := []int{400, 401, 403, 404, 408, 409, 413, 422, 503}
	register(routes, huma.Operation{
		OperationID: "void-sale", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/void",
		Summary: "Void a sale", MaxBodyBytes: maxRequest, Security: tokenNeeded, Errors: errs,
		Description: "Takes back all that is left of the sale. Voiding it again gets the same answer.",
	}, s.void)
	register(routes, huma.Operation{
		OperationID: "return-sale", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/return",
		Summary: "Take goods of a sale back", MaxBodyBytes: maxRequest, Security: tokenNeeded, Errors: errs,
		Description: "By lines, by amount, or all. The same request again gets the same answer; another one under the same return_id is a conflict.",
	}, s.returned)
}

func (s *Server) void(ctx context.Context, in *voidInput) (*takenBackOutput, error) {
	taking, err := in.Body.taking(in.SaleID, s.Till.NewEntry())
	if err != nil {
		return nil, err
	}
	taking.Transaction = in.Body.Transaction.fact()
	if taking.Link, err = in.Body.Link.of(in.Body.OfSale, s.Till.StoreID); err != nil {
		return nil, err
	}
	return s.takeBack(ctx, taking, s.Till.Void)
}

func (s *Server) returned(ctx context.Context, in *returnInput) (*takenBackOutput, error) {
	taking, err := in.Body.taking(in.SaleID, s.Till.NewEntry())
	if err != nil {
		return nil, err
	}
	taking.ID, taking.Transaction = in.Body.ReturnID, in.Body.Transaction.fact()
	if taking.Link, err = in.Body.Link.of(in.Body.OfSale, s.Till.StoreID); err != nil {
		return nil, err
	}
	if taking.Asked, err = json.Marshal(in); err != nil {
		return nil, s.problemOf(err)
	}
	if in.Body.ReturnDay != "" {
		if taking.Day, err = ledger.ParseDate(in.Body.ReturnDay); err != nil {
			return nil, problem(badDate, "return_business_day_date: "+err.Error())
		}
		if err := s.Till.CheckDay(ctx, taking.Day, taking.ID); err != nil {
			return nil, s.problemOf(err)
		}
	}
	taking.Wish = loyalty.Wish{All: in.Body.All, Gross: ledger.Minor(in.Body.Amount)}
	for _, line := range in.Body.Lines {
		taking.Wish.Lines = append(taking.Wish.Lines, ledger.ReturnedLine{
			Line: line.Line, Quantity: line.Quantity, Gross: ledger.Minor(line.Extended),
		})
	}
	if ways(in.Body) != 1 {
		return nil, problem(badBasket, "say one of all, amount and line_items")
	}
	return s.takeBack(ctx, taking, s.Till.Return)
}

// ways counts how a return says what comes back.
func ways(r Return) (n int) {
	for _, said := range []bool{r.All, r.Amount > 0, len(r.Lines) > 0} {
		if said {
			n++
		}
	}
	return n
}

func (o OfSale) taking(saleID string, entry ledger.EntryID) (checkout.Taking, error) {
	day, err := ledger.ParseDate(o.BusinessDay)
	if err != nil {
		return checkout.Taking{}, problem(badDate, "business_day_date: "+err.Error())
	}
	taking := checkout.Taking{Entry: entry, Of: ledger.SaleRef{Day: day, ID: saleID}, Operator: o.Operator}
	if o.Terminal != "" && taking.Of.Terminal.UnmarshalText([]byte(o.Terminal)) != nil {
		return checkout.Taking{}, problem(badTerminal, "")
	}
	return taking, nil
}

func (s *Server) takeBack(ctx context.Context, taking checkout.Taking, take func(context.Context, time.Time, checkout.Taking) (checkout.TakenBack, error)) (*takenBackOutput, error) {
	taken, err := take(context.WithoutCancel(ctx), time.Now(), taking)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &takenBackOutput{s.toldBack(taken)}, nil
}

func (s *Server) toldBack(taken checkout.TakenBack) TakenBack {
	e := taken.Entry
	out := TakenBack{
		EntryID: e.ID, ReturnID: e.Return.ID, SaleID: e.Return.Of.ID, Receipt: e.Return.Receipt, Transaction: Transaction(e.Return.Transaction), Name: taken.Name,
		Total: int64(e.Return.Total), Balance: balance(e.Told), ReceiptLines: s.returnPaper(taken),
	}
	if taken.Sale == nil {
		out.Later = laterWords
	}
	unit, credited := s.Till.Programs.Of(e).MainUnit(), taken.Sale == nil || receipt.Credited(taken.Sale)
	for _, p := range e.Postings {
		switch {
		case p.Unit != unit || !credited:
		case p.To == ledger.Issued:
			out.TakenBack += int64(p.Amount)
		case p.From == ledger.Redeemed:
			out.GivenBack += int64(p.Amount)
		}
	}
	for _, line := range linesTold(taken) {
		out.Lines = append(out.Lines, ReturnedLine{Line: line.Line, Quantity: line.Quantity, Extended: int64(line.Gross)})
	}
	out.DisplayLines = s.Till.ReturnLines(e)
	return out
}

// linesTold are those to tell of: of a sale kept as its sums none is the POS's.
func linesTold(taken checkout.TakenBack) []ledger.ReturnedLine {
	if taken.Sale != nil && taken.Sale.Sale.Condensed {
		return nil
	}
	return taken.Entry.Return.Lines
}

// returnPaper is a void or return as receipt lines.
func (s *Server) returnPaper(taken checkout.TakenBack) []string {
	header := s.Till.Heading(s.Header, taken.Entry)
	header.Member = taken.Name
	return asLines(receipt.FromReturn(taken.Entry, taken.Sale, header).Text(s.Columns))
}

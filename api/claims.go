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

type confirmInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"of the sale to confirm" example:"S-1001"`
	Body   Confirm
}

// Confirm says that a sale is a member's, with the proof that it lacked.
type Confirm struct {
	OfSale
	Entry  string `json:"entry_id,omitempty" maxLength:"36" doc:"the sale's, from its answer; needed where another till made it"`
	Member Member `json:"member" doc:"with the proof that the program wants for earning"`
}

type claimingOutput struct{ Body Claiming }

// Claiming is what may be told of a confirmation: it is on disk, and
// headquarters settles it.
type Claiming struct {
	EntryID ledger.EntryID `json:"entry_id"`
	Sale    ledger.EntryID `json:"sale_entry_id"`
	Account string         `json:"account"`
	Name    string         `json:"name,omitempty" doc:"masked"`
	State   string         `json:"state" enum:"pending" doc:"until headquarters has settled it: the first to arrive has the sale"`
}

// Unconfirmed is a sale that is a member's once she confirms it.
type Unconfirmed struct {
	EntryID     ledger.EntryID `json:"entry_id"`
	SaleID      string         `json:"sale_id"`
	BusinessDay string         `json:"business_day_date"`
	Receipt     string         `json:"receipt"`
	Until       string         `json:"until" doc:"RFC 3339: from then on it can no longer be confirmed"`
	Earned      []Earned       `json:"earned" doc:"what it gives her"`
}

func (s *Server) routeClaims(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "confirm-sale", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/confirm",
		Summary: "Confirm a sale that lacked proof", MaxBodyBytes: maxRequest, Security: tokenNeeded,
		Description: "Durable when answered; headquarters gives her what the sale earned. A sale of hers with enough proof confirms what waits at this till by itself. Confirming it again gets the same answer; one that was confirmed elsewhere is refused once this till has heard of it.",
		Errors:      []int{400, 401, 403, 404, 408, 409, 413, 422, 503},
	}, s.confirm)
	register(routes, huma.Operation{
		OperationID: "claim-receipt", Method: http.MethodPost, Path: "/v1/claims",
		Summary: "Claim a receipt without a member", MaxBodyBytes: maxRequest, Security: tokenNeeded,
		Description: "Durable when answered, and pending until headquarters has settled it: the first claim to arrive has what the sale earned. The same claim again gets the same answer.",
		Errors:      []int{400, 401, 403, 404, 408, 409, 413, 422, 503},
	}, s.claim)
}

type claimInput struct{ Body Claim }

// Claim is a receipt's code and who shows it.
type Claim struct {
	Code     string `json:"code" minLength:"1" maxLength:"200" doc:"as scanned or keyed, with or without its dashes"`
	Member   Member `json:"member"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

type claimOutput struct{ Body ClaimedReceipt }

// ClaimedReceipt is what may be told of a claim.
type ClaimedReceipt struct {
	Claiming
	Earned  int64 `json:"earned_pending" doc:"what the code promises, of the main unit; hers when headquarters has settled it"`
	Foreign bool  `json:"other_store,omitempty" doc:"the code is not of this store: nobody here can tell whether it is good"`
}

func (s *Server) claim(ctx context.Context, in *claimInput) (*claimOutput, error) {
	who, err := s.who(&in.Body.Member)
	if err != nil {
		return nil, err
	}
	claimed, err := s.Till.Claim(context.WithoutCancel(ctx), time.Now(), checkout.ReceiptClaim{
		Code: in.Body.Code, Who: who, Operator: in.Body.Operator,
	})
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &claimOutput{ClaimedReceipt{claiming(claimed.Completed), int64(claimed.Earned), claimed.Foreign}}, nil
}

func (s *Server) confirm(ctx context.Context, in *confirmInput) (*claimingOutput, error) {
	taking, err := in.Body.taking(in.SaleID, ledger.EntryID{})
	if err != nil {
		return nil, err
	}
	c := checkout.Confirmation{Of: taking.Of, Operator: in.Body.Operator}
	if in.Body.Entry != "" {
		if c.Of.Entry.UnmarshalText([]byte(in.Body.Entry)) != nil {
			return nil, problem(needEntry, "entry_id is no id")
		}
	}
	if c.Who, err = s.who(&in.Body.Member); err != nil {
		return nil, err
	}
	confirmed, err := s.Till.Confirm(context.WithoutCancel(ctx), time.Now(), c)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &claimingOutput{claiming(confirmed)}, nil
}

func claiming(c checkout.Completed) Claiming {
	return Claiming{
		EntryID: c.Entry.ID, Sale: c.Entry.Claiming.Entry, Account: string(c.Entry.Subject), Name: c.Name, State: "pending",
	}
}

// withUnconfirmed tells a member with the sales that she may confirm here.
func (s *Server) withUnconfirmed(ctx context.Context, member loyalty.Member) (*memberOutput, error) {
	out := s.known(member)
	open, err := s.Till.Unconfirmed(ctx, time.Now(), member.Account)
	if err != nil {
		return nil, s.problemOf(err)
	}
	for _, e := range open {
		until := s.Till.Programs.Of(e).ConfirmBy(loyalty.Moment{At: e.At, Zone: s.Till.Zone})
		out.Unconfirmed = append(out.Unconfirmed, Unconfirmed{
			EntryID: e.ID, SaleID: e.Sale.ID, BusinessDay: string(e.Day), Receipt: e.Sale.Receipt,
			Until: until.Time().In(s.Till.Zone).Format(time.RFC3339), Earned: s.earned(e),
		})
	}
	return &memberOutput{out}, nil
}

// earned is what an entry gives, one per unit.
func (s *Server) earned(e *ledger.Entry) []Earned {
	all := []Earned{}
	for _, unit := range s.Till.Programs.Of(e).Units() {
		if now, pending := checkout.EarnedOf(e, unit); now > 0 || pending > 0 {
			all = append(all, Earned{string(unit), int64(now), int64(pending)})
		}
	}
	return all
}

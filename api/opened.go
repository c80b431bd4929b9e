package api

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

type openInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"the POS's own id of the sale, unique per business day" example:"S-1002"`
	Body   Open
}

// Open says that a sale begins.
type Open struct {
	BusinessDay string `json:"business_day_date" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"the POS's business day; with sale_id the sale's key"`
}

type openOutput struct{ Body Opened }

// Opened is a sale that is open, or was completed before.
type Opened struct {
	SaleID   string        `json:"sale_id"`
	State    string        `json:"state" enum:"open,completed"`
	OpenedAt *time.Time    `json:"opened_at,omitempty" doc:"the program in force then decides the sale, its quotes and its holds; absent where it was completed"`
	Customer *CustomerHere `json:"customer,omitempty" doc:"who keyed her number or showed her card at the counter, and is still there"`
}

type identifyInput struct {
	SaleID string `path:"sale_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9._:-]+$" doc:"the POS's own id of the sale" example:"S-1002"`
	Body   Identify
}

// Identify asks who is here for a sale. Where it has neither phone nor code it asks
// for who is at the counter.
type Identify struct {
	Open
	Phone    string `json:"phone,omitempty" maxLength:"32" doc:"as she typed it"`
	Code     string `json:"code,omitempty" maxLength:"512" doc:"what the POS's own scanner read, whatever it is"`
	AIM      string `json:"aim,omitempty" maxLength:"3" doc:"with code: its symbology identifier, where the scanner sends one" example:"]C1"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

type identifyOutput struct{ Body Identified }

// Identified is who is here, or what else a code is.
type Identified struct {
	Kind  string `json:"kind" enum:"phone,card,app,counter,nobody,product,coupon,receipt,claim,friend,badge,unknown" doc:"what was taken for her: a phone, a card, her app, or who is at the counter. nobody is there; all others are no member's: product and coupon are the POS's business, a claim is for /v1/claims, friend for referrer of an enroll"`
	Label string `json:"label,omitempty" doc:"the number or code itself where it is no member's"`
	Say   string `json:"say,omitempty" doc:"of an unknown code, or one of an app that proves nothing: what is wrong with it" example:"Unknown code"`
	Proof string `json:"proof,omitempty" enum:"claimed,presented,verified" doc:"to be sent on as member.proof with account and member_id"`
	KnownMember
}

func (s *Server) routeOpened(routes huma.API) {
	errs := []int{400, 401, 403, 408, 413, 422, 429, 503}
	register(routes, huma.Operation{
		OperationID: "open-sale", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/open", Summary: "Begin a sale",
		Description: "Not needed, and no entry. From here on the sale is decided by the program that is in force now, whatever comes into force before it is paid; of the last 1,000 open sales, until the till is started anew. Opening again changes nothing.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: errs,
	}, s.open)
	register(routes, huma.Operation{
		OperationID: "identify", Method: http.MethodPost, Path: "/v1/sales/{sale_id}/identify", Summary: "Who is here for a sale",
		Description: "By a number that the POS asked for, by whatever its scanner read, or by what she keyed at the till's own keypad. Opens the sale. Known or not is answered alike, and lookups are limited as those of /v1/members/lookup are. Send account, member_id and proof on with quote, holds and complete.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: errs,
	}, s.identify)
}

func (s *Server) open(ctx context.Context, in *openInput) (*openOutput, error) {
	opened, err := s.begin(ctx, in.SaleID, in.Body)
	if err != nil {
		return nil, err
	}
	return &openOutput{opened}, nil
}

// begin opens a sale, unless it stands already.
func (s *Server) begin(ctx context.Context, id string, of Open) (Opened, error) {
	day, err := ledger.ParseDate(of.BusinessDay)
	if err != nil {
		return Opened{}, problem(badDate, "business_day_date: "+err.Error())
	}
	if err := s.Till.CheckDay(ctx, day, id); err != nil {
		return Opened{}, s.problemOf(err)
	}
	stood, err := s.Till.Store.Sale(ctx, day, id)
	if err != nil {
		return Opened{}, s.problemOf(err)
	}
	opened := Opened{SaleID: id, State: "completed", Customer: s.Events.customer()}
	if stood == nil {
		opened.State, opened.OpenedAt = "open", new(s.opened.open(id, day, time.Now()).UTC())
	}
	return opened, nil
}

func (s *Server) identify(ctx context.Context, in *identifyInput) (*identifyOutput, error) {
	if _, err := s.begin(ctx, in.SaleID, in.Body.Open); err != nil {
		return nil, err
	}
	switch asked := in.Body; {
	case asked.Phone != "" && asked.Code != "":
		return nil, problem(badRequest, "say one of phone and code")
	case asked.Phone != "":
		member, _, err := s.Till.Lookup(ctx, time.Now(), asked.Operator, asked.Phone)
		if err := unlessUnknown(err); err != nil {
			return nil, s.problemOf(err)
		}
		return s.identified(ctx, Identified{Kind: "phone", Proof: string(ledger.Claimed)}, member)
	case asked.Code != "":
		return s.scanned(ctx, in.SaleID, asked)
	}
	return s.atCounter(ctx)
}

// scanned is what a code is that the POS read. That of an app is taken once, for the
// sale; the same call again gets the same answer.
func (s *Server) scanned(ctx context.Context, sale string, asked Identify) (*identifyOutput, error) {
	scanned, err := s.Till.Scan(ctx, time.Now(), asked.Operator, asked.BusinessDay+" "+sale, device.Scan{AIM: asked.AIM, Data: []byte(asked.Code)})
	if err != nil {
		return nil, s.problemOf(err)
	}
	out := Identified{Kind: scanned.Code.Kind.String(), Say: scanned.Say, Proof: string(scanned.Proof)}
	switch {
	case scanned.Code.Kind == route.App:
	case out.Say != "":
		out.Kind = "unknown"
	case out.Proof == "":
		out.Label = scanned.Code.Value
	}
	return s.identified(ctx, out, scanned.Member)
}

// atCounter is who keyed her number or showed her card at the till.
func (s *Server) atCounter(ctx context.Context) (*identifyOutput, error) {
	here := s.Events.customer()
	if here == nil {
		return s.identified(ctx, Identified{Kind: "nobody"}, loyalty.Member{})
	}
	var who checkout.Who
	if err := readMember(&who, here.Account.String(), here.ID); err != nil {
		return nil, err
	}
	member, err := s.Till.Member(ctx, who.Account, who.Member)
	if err != nil {
		return nil, s.problemOf(err)
	}
	if here.Proof == ledger.Verified {
		s.Till.SawProof(time.Now(), member)
	}
	return s.identified(ctx, Identified{Kind: "counter", Proof: string(here.Proof)}, member)
}

func (s *Server) identified(ctx context.Context, out Identified, member loyalty.Member) (*identifyOutput, error) {
	told, err := s.withUnconfirmed(ctx, member)
	if err != nil {
		return nil, err
	}
	out.KnownMember = told.Body
	return &identifyOutput{out}, nil
}

// mostOpened is how many open sales are remembered: those that are left open go.
const mostOpened = 1000

// openSales are when sales began that are not paid yet, by their ids.
type openSales struct {
	mu    sync.Mutex
	began map[string]openSale
	order []string // oldest first
}

type openSale struct {
	day ledger.Date
	at  time.Time
}

// open notes that a sale begins, and returns when it did first.
func (o *openSales) open(id string, day ledger.Date, now time.Time) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if stood, ok := o.began[id]; ok && stood.day == day {
		return stood.at
	}
	if o.began == nil {
		o.began = map[string]openSale{}
	}
	if _, again := o.began[id]; !again {
		o.order = append(o.order, id)
	}
	o.began[id] = openSale{day, now}
	for len(o.order) > mostOpened {
		delete(o.began, o.order[0])
		o.order = o.order[1:]
	}
	return now
}

// since is when a sale was opened; zero where none of this id is open. An empty day
// is any: quotes and holds say none.
func (o *openSales) since(id string, day ledger.Date) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	stood := o.began[id]
	if day != "" && stood.day != day {
		return time.Time{}
	}
	return stood.at
}

// close forgets a sale that was completed.
func (o *openSales) close(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, is := o.began[id]; is {
		delete(o.began, id)
		o.order = slices.DeleteFunc(o.order, func(open string) bool { return open == id })
	}
}

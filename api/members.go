package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

type lookupInput struct{ Body Lookup }

// Lookup asks who has a number. It stands in the body: URLs land in logs.
type Lookup struct {
	Phone    string `json:"phone" minLength:"1" maxLength:"32" doc:"as she typed it" example:"0532 123 45 67"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

type accountInput struct {
	Account string `path:"account" format:"uuid" maxLength:"36" example:"6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f60" doc:"from an earlier answer"`
	ID      string `query:"member_id" maxLength:"36" doc:"from the same answer: which of the account's members is here"`
}

type enrollInput struct{ Body Enroll }

// Enroll takes a person in.
type Enroll struct {
	ID       string `json:"enroll_id" format:"uuid" maxLength:"36" doc:"made by the POS and kept through retries"`
	Phone    string `json:"phone" minLength:"1" maxLength:"32" doc:"as she typed it" example:"0532 123 45 67"`
	Name     string `json:"name,omitempty" maxLength:"400" doc:"as she writes it, up to 100 letters"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
	Referrer string `json:"referrer,omitempty" maxLength:"16" doc:"code of who referred her, as she says it; it stays with her" example:"PSR2Y-DVRDS"`

	BirthMonth int `json:"birth_month,omitempty" minimum:"1" maximum:"12" doc:"absent where she did not say"`

	Household *Household `json:"household,omitempty" doc:"whose account she is added to, as a further member; absent gives her one of her own"`
}

// Household names an account by somebody who is in it.
type Household struct {
	Member   Member    `json:"member" doc:"somebody in the account; with proof claimed a manager must approve it"`
	Approval *Approval `json:"approval,omitempty" doc:"where a problem of type manager asked for it"`
}

type nameInput struct {
	Account string `path:"account" format:"uuid" maxLength:"36" example:"6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f60" doc:"from an earlier answer"`
	Body    Naming
}

// Naming says what a member is called.
type Naming struct {
	Name     string `json:"name" minLength:"1" maxLength:"400" doc:"as she writes it, up to 100 letters" example:"Ayşe Yılmaz"`
	ID       string `json:"member_id,omitempty" maxLength:"36" doc:"which of the account's members it is, where it has several"`
	Operator string `json:"operator_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._-]*$"`
}

type memberOutput struct{ Body KnownMember }

// KnownMember is what may be told of a member. One whom nobody here knows has
// the same fields, empty.
type KnownMember struct {
	Known    bool      `json:"known"`
	Enrolled bool      `json:"enrolled" doc:"by this enroll_id"`
	Account  string    `json:"account"`
	ID       string    `json:"member_id" doc:"which of the account's members is here; empty where it has several and nobody knows"`
	Code     string    `json:"referral_code" doc:"the account's, which a friend names when she is enrolled; empty where the program gives nothing for it"`
	Name     string    `json:"name" doc:"masked"`
	Size     int       `json:"household_size" doc:"how many members share the account, balances, limits and tier; 0 where she is alone in it"`
	Tier     string    `json:"tier" doc:"empty where the program has none"`
	Lifetime *int64    `json:"lifetime_points,omitempty" doc:"all that was ever earned of the main unit, less what came back of it; only where the program's levels look at all of it, and of a member whom this store meets: else nobody here counts it. A program may have a unit that only counts, which stands among balances"`
	Statuses []Status  `json:"statuses" doc:"those that hold today"`
	Balances []Balance `json:"balances" doc:"one per unit of the program"`
	Vouchers []Voucher `json:"vouchers"`
	Rewards  []Offer   `json:"rewards" doc:"within reach of what she may spend here, and gifts under a limit that is not used up; what a condition asks of the basket only a quote knows"`
	// Unconfirmed are her sales that wait for more proof.
	Unconfirmed []Unconfirmed `json:"unconfirmed" doc:"sales of this till that are hers once she confirms them"`
}

// Status is one that a member has.
type Status struct {
	Status  string `json:"status"`
	LastDay string `json:"last_day" doc:"on which it holds" example:"2027-03-09"`
}

// Voucher is what a member has of the vouchers of a reward.
type Voucher struct {
	Reward string `json:"reward"`
	Count  int64  `json:"count" doc:"all of hers"`
	Here   int64  `json:"usable_here" doc:"what this till may take without asking"`
}

func (s *Server) routeMembers(routes huma.API) {
	register(routes, huma.Operation{
		OperationID: "lookup-member", Method: http.MethodPost, Path: "/v1/members/lookup", Summary: "Who has a phone number",
		Description: "Known or not is answered alike. After 20 different numbers within 10 minutes without a sale or return the next is refused with 429, and at one till after 100 at once and one in two seconds from then on, whoever asks; enrolling a number that nobody here has is neither counted nor refused for it.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 408, 413, 422, 429, 503},
	}, s.lookup)
	huma.Register(routes, huma.Operation{
		OperationID: "get-member", Method: http.MethodGet, Path: "/v1/members/{account}", Summary: "A member",
		Security: tokenNeeded, Errors: []int{401, 403, 404, 422, 503},
	}, s.member)
	register(routes, huma.Operation{
		OperationID: "enroll-member", Method: http.MethodPost, Path: "/v1/members", Summary: "Take a person in",
		Description: "The same request again gets the same member. A number that is known here gets its member, with enrolled false, and counts as looked up. With household she shares the account of somebody who showed card or PIN, or of whom a manager says so. A referrer is kept with the account that this makes: rules that give to the referrer find her from then on. One who joins a household brings no account, and nobody refers her.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 408, 409, 413, 422, 429, 503},
	}, s.enroll)
	register(routes, huma.Operation{
		OperationID: "name-member", Method: http.MethodPut, Path: "/v1/members/{account}/name", Summary: "What a member is called",
		Description: "The name goes to headquarters, encrypted; here its first letters stay.",
		Security:    tokenNeeded, MaxBodyBytes: maxRequest, Errors: []int{400, 401, 403, 404, 408, 413, 422, 503},
	}, s.name)
}

func (s *Server) lookup(ctx context.Context, in *lookupInput) (*memberOutput, error) {
	member, _, err := s.Till.Lookup(ctx, time.Now(), in.Body.Operator, in.Body.Phone)
	if err := unlessUnknown(err); err != nil {
		return nil, s.problemOf(err)
	}
	return s.withUnconfirmed(ctx, member)
}

// unlessUnknown is an error of looking somebody up; that she is unknown is an answer.
func unlessUnknown(err error) error {
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return nil
	}
	return err
}

func (s *Server) member(ctx context.Context, in *accountInput) (*memberOutput, error) {
	var who checkout.Who
	if err := readMember(&who, in.Account, in.ID); err != nil {
		return nil, err
	}
	member, err := s.Till.Member(ctx, who.Account, who.Member)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return s.withUnconfirmed(ctx, member)
}

func (s *Server) enroll(ctx context.Context, in *enrollInput) (*memberOutput, error) {
	household, err := s.household(in.Body.Household)
	if err != nil {
		return nil, err
	}
	member, joined, err := s.Till.Join(context.WithoutCancel(ctx), time.Now(), checkout.Joining{
		Asked: in.Body.ID, Phone: in.Body.Phone, Name: in.Body.Name, BirthMonth: in.Body.BirthMonth,
		Referrer: in.Body.Referrer, Operator: in.Body.Operator, Household: household,
	})
	if err != nil {
		return nil, s.problemOf(err)
	}
	out := s.known(member)
	out.Enrolled = joined
	return &memberOutput{out}, nil
}

func (s *Server) name(ctx context.Context, in *nameInput) (*memberOutput, error) {
	var who checkout.Who
	if err := readMember(&who, in.Account, in.Body.ID); err != nil {
		return nil, err
	}
	member, err := s.Till.Name(context.WithoutCancel(ctx), time.Now(), s.Till.NewEntry(), who, in.Body.Name, in.Body.Operator)
	if err != nil {
		return nil, s.problemOf(err)
	}
	return &memberOutput{s.known(member)}, nil
}

// household is whose account somebody is added to; nil where it is nobody's.
func (s *Server) household(h *Household) (*checkout.Household, error) {
	if h == nil {
		return nil, nil
	}
	who, err := s.who(&h.Member)
	if err != nil {
		return nil, err
	}
	approval, err := h.Approval.approval()
	return &checkout.Household{Who: who, Approval: approval}, err
}

// readMember reads an account's id, and which of its members is here where that is
// said.
func readMember(who *checkout.Who, account, member string) error {
	if who.Account.UnmarshalText([]byte(account)) != nil {
		return problem(badAccount, "")
	}
	if member != "" && who.Member.UnmarshalText([]byte(member)) != nil {
		return problem(badAccount, "")
	}
	return nil
}

// known tells a member; the zero member is nobody.
func (s *Server) known(member loyalty.Member) KnownMember {
	out := KnownMember{Known: !member.Account.IsZero(), Name: member.Name, Balances: []Balance{}, Unconfirmed: []Unconfirmed{}}
	for _, unit := range s.Till.Programs.At(time.Now()).Units() {
		b := member.Balance(unit)
		out.Balances = append(out.Balances, Balance{
			Unit: string(unit), Balance: int64(b.Shown), AsOf: asOf(member.AsOf),
			Spendable: int64(b.Spendable), Pending: int64(b.Pending), Owed: int64(b.Owed),
		})
	}
	if out.Known {
		out.Account, out.Size = member.Account.String(), member.Household
		if !member.ID.IsZero() {
			out.ID = member.ID.String()
		}
		out.Code = string(s.Till.FriendCode(time.Now(), member.Account))
		out.Tier = s.Till.Tier(time.Now(), member)
	}
	if ever, counted := s.Till.Programs.At(time.Now()).Lifetime(&member.State); counted {
		out.Lifetime = new(int64(ever))
	}
	out.Statuses, out.Vouchers, out.Rewards = s.statuses(member), vouchers(member), s.within(member)
	return out
}

func (s *Server) statuses(member loyalty.Member) []Status {
	out := []Status{}
	for name, end := range member.State.StatusEnds(s.Till.Today(time.Now())) {
		out = append(out, Status{name, string(end.DayBefore())})
	}
	slices.SortFunc(out, func(a, b Status) int { return cmp.Compare(a.Status, b.Status) })
	return out
}

func vouchers(member loyalty.Member) []Voucher {
	out := []Voucher{}
	for _, b := range member.Balances {
		if reward, ok := b.Unit.Voucher(); ok && b.Shown > 0 {
			out = append(out, Voucher{reward, int64(b.Shown), int64(b.Spendable)})
		}
	}
	slices.SortFunc(out, func(a, b Voucher) int { return cmp.Compare(a.Reward, b.Reward) })
	return out
}

// within are the rewards that what she may spend here reaches, whatever a basket
// would say, and gifts under a limit, also where headquarters must be asked. A perk
// under no limit is a basket's to decide.
func (s *Server) within(member loyalty.Member) []Offer {
	out := []Offer{}
	program := s.Till.Programs.At(time.Now())
	for _, id := range program.Offered(member.Vouchers) {
		r, held, _ := program.Ready(member.Vouchers, id)
		o := loyalty.Offer{Reward: r, Times: 1, Held: held, Here: true}
		if held.Count == 0 {
			if r.Auto || r.Cost == 0 && !s.gift(program, member, r) || member.Balance(ledger.VoucherUnit(r.ID)).Shown > 0 {
				continue
			}
			o.Here = member.Has(program.Uses(ledger.Taken{Reward: r.ID, Times: 1}))
			if r.Cost > 0 {
				o.Times = int64(member.Balance(r.Unit).Spendable / r.Cost)
			}
		}
		if o.Times > 0 && !r.Repeat {
			o.Times = 1
		}
		if o.Times > 0 {
			out = append(out, s.offer(o, program))
		}
	}
	return out
}

// gift reports whether a reward that costs nothing is under a limit that others
// share, and neither that nor what its condition asks of the member says no.
func (s *Server) gift(program *loyalty.Program, member loyalty.Member, r loyalty.Reward) bool {
	if member.Account.IsZero() {
		return false
	}
	m := loyalty.Moment{At: ledger.MillisOf(time.Now()), Zone: s.Till.Zone, Store: s.Till.StoreID}
	o := loyalty.Occasion{At: m.At, Zone: m.Zone, Store: m.Store, Member: member.Standing(program, m)}
	_, err := program.MayHold(o, r, loyalty.Held{}, 1)
	return err == nil
}

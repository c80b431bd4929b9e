package pages

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// memberPage is a member, or the question for one.
type memberPage struct {
	storeFrame
	Account  string // empty where nobody was asked for
	Name     string
	Code     string
	Tier     string
	Size     int
	AsOf     string
	Balances []balanceLine
	Vouchers []voucherLine
	Units    []ledger.Unit // that can be adjusted
	Adjust   adjustForm
}

type balanceLine struct{ Balance, Spendable, Pending, Owed string }

type voucherLine struct {
	Reward      string
	Count, Here ledger.Points
}

// adjustForm is an adjustment as it is keyed. Owes is said where the manager is asked
// whether more is to be taken than is there: what is then owed. Sure is that owed
// amount, once she says yes to it.
type adjustForm struct{ ID, Unit, Amount, Reason, Owes, Sure string }

var membersTemplate = parsed("members")

func (p *Pages) routeMembers() {
	p.mux.HandleFunc("GET "+storePath+"/members", p.managers(func(w http.ResponseWriter, r *http.Request, manager string) {
		p.askMember(w, r, manager, "")
	}))
	p.mux.HandleFunc("POST "+storePath+"/members", p.managers(p.findMember))
	p.mux.HandleFunc("GET "+storePath+"/members/{account}", p.managers(func(w http.ResponseWriter, r *http.Request, manager string) {
		p.showMember(w, r, manager, adjustForm{ID: p.Till.NewEntry().String()}, "")
	}))
	p.mux.HandleFunc("POST "+storePath+"/members/{account}/adjust", p.managers(p.adjust))
	p.mux.HandleFunc("POST "+storePath+"/members/{account}/name", p.managers(p.nameMember))
}

func (p *Pages) askMember(w http.ResponseWriter, r *http.Request, manager, problem string) {
	out := memberPage{storeFrame: p.storeFrame(r, "members", manager)}
	out.Problem = problem
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	p.show(w, membersTemplate, status, out.frame, out)
}

// findMember looks a number up, which stands in no address.
func (p *Pages) findMember(w http.ResponseWriter, r *http.Request, manager string) {
	member, _, err := p.Till.Lookup(r.Context(), time.Now(), manager, r.PostFormValue("phone"))
	if err != nil {
		p.askMember(w, r, manager, p.sentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/members/"+member.Account.String(), http.StatusSeeOther)
}

// member finds whom an address names.
func (p *Pages) member(ctx context.Context, r *http.Request) (loyalty.Member, error) {
	var account ledger.AccountID
	if account.UnmarshalText([]byte(r.PathValue("account"))) != nil {
		return loyalty.Member{}, loyalty.ErrUnknownMember
	}
	return p.Till.Store.Member(ctx, account)
}

func (p *Pages) showMember(w http.ResponseWriter, r *http.Request, manager string, form adjustForm, problem string) {
	member, err := p.member(r.Context(), r)
	if err != nil {
		p.askMember(w, r, manager, p.sentence(r, err))
		return
	}
	out := p.memberPage(member, readerOf(wordsFor(r)))
	out.storeFrame, out.Adjust = p.storeFrame(r, "members", manager), form
	out.Problem = problem
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	p.show(w, membersTemplate, status, out.frame, out)
}

func (p *Pages) memberPage(m loyalty.Member, reader loyalty.Language) memberPage {
	program := p.Till.Programs.At(time.Now())
	amounts := p.amounts(reader)
	out := memberPage{
		Account: m.Account.String(), Name: m.Name, Size: m.Household, Units: program.Units(),
		Code: string(p.Till.FriendCode(time.Now(), m.Account)), Tier: p.Till.Tier(time.Now(), m),
	}
	if m.AsOf > 0 {
		out.AsOf = p.Clock(m.AsOf.Time())
	}
	for _, unit := range program.Units() {
		b := m.Balance(unit)
		line := balanceLine{Balance: amounts.Words(unit, b.Shown), Spendable: amounts.Words(unit, b.Spendable)}
		if b.Pending > 0 {
			line.Pending = amounts.Words(unit, b.Pending)
		}
		if b.Owed > 0 {
			line.Owed = amounts.Words(unit, b.Owed)
		}
		out.Balances = append(out.Balances, line)
	}
	for _, b := range m.Balances {
		if reward, ok := b.Unit.Voucher(); ok && b.Shown > 0 {
			out.Vouchers = append(out.Vouchers, voucherLine{loyalty.NameWords(reward), b.Shown, b.Spendable})
		}
	}
	return out
}

// adjust changes by hand what a member has. The manager keys her PIN to it, as
// to anything that has her name for ever.
func (p *Pages) adjust(w http.ResponseWriter, r *http.Request, manager string) {
	form := adjustForm{
		ID: r.PostFormValue("id"), Unit: r.PostFormValue("unit"), Amount: r.PostFormValue("amount"), Reason: r.PostFormValue("reason"), Sure: r.PostFormValue("sure"),
	}
	err := p.adjusted(r, manager, form)
	if more, ask := errors.AsType[*moreThanThere](err); ask {
		form.Owes = more.owes
		p.showMember(w, r, manager, form, "")
		return
	}
	if err != nil {
		p.showMember(w, r, manager, form, p.sentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/members/"+r.PathValue("account")+"?done=adjust", http.StatusSeeOther)
}

func (p *Pages) adjusted(r *http.Request, manager string, form adjustForm) error {
	amount, err := strconv.ParseInt(form.Amount, 10, 64)
	if err != nil {
		return &checkout.BadAdjustment{Path: "amount", Problem: "is no whole number"}
	}
	keyed, err := pin.Parse(r.PostFormValue("pin"))
	if err != nil {
		return err
	}
	member, err := p.member(r.Context(), r)
	if err != nil {
		return err
	}
	if owes := p.owesAfter(readerOf(wordsFor(r)), member, ledger.Unit(form.Unit), ledger.Points(amount)); owes != "" && owes != form.Sure {
		return &moreThanThere{owes}
	}
	form.Sure = "" // with it, it is the same request
	asked, err := json.Marshal(struct {
		adjustForm
		Account ledger.AccountID
	}{form, member.Account})
	if err != nil {
		return err
	}
	_, err = p.Till.Adjust(context.WithoutCancel(r.Context()), time.Now(), checkout.Adjusting{
		ID: form.ID, Who: checkout.Who{Account: member.Account}, Unit: ledger.Unit(form.Unit), Amount: ledger.Points(amount), Reason: form.Reason,
		Operator: manager, Approval: &staff.Approval{Operator: manager, PIN: keyed}, Asked: asked,
	})
	return err
}

// moreThanThere says that an adjustment takes more than a member has.
type moreThanThere struct{ owes string }

func (e *moreThanThere) Error() string { return "more is taken than is there: " + e.owes }

// owesAfter is what a member would owe once so much is taken by hand, in words; empty
// where she has it, or nothing is taken.
func (p *Pages) owesAfter(reader loyalty.Language, m loyalty.Member, unit ledger.Unit, amount ledger.Points) string {
	b := m.Balance(unit)
	if have := b.Shown - b.Owed; amount < 0 && have+amount < 0 {
		return p.amounts(reader).Words(unit, -(have + amount))
	}
	return ""
}

func (p *Pages) nameMember(w http.ResponseWriter, r *http.Request, manager string) {
	member, err := p.member(r.Context(), r)
	if err == nil {
		who := checkout.Who{Account: member.Account, Member: member.ID}
		_, err = p.Till.Name(context.WithoutCancel(r.Context()), time.Now(), p.Till.NewEntry(), who, r.PostFormValue("name"), manager)
	}
	if err != nil {
		p.showMember(w, r, manager, adjustForm{ID: p.Till.NewEntry().String()}, p.sentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/members/"+member.Account.String()+"?done=name", http.StatusSeeOther)
}

// sentence is why something was not done, for whoever asked; what is ours to mend
// goes to the diary.
func (p *Pages) sentence(r *http.Request, err error) string {
	words := wordsFor(r)
	say := func(id string) string {
		text, missing := words.T(id)
		if missing != nil {
			p.Failed(missing)
		}
		return text
	}
	lookups, many := errors.AsType[*checkout.TooManyLookups](err)
	tries, wrong := errors.AsType[*pin.TooManyTries](err)
	bad, unclear := errors.AsType[*checkout.BadAdjustment](err)
	switch {
	case errors.Is(err, loyalty.ErrUnknownMember):
		return say("error_unknown")
	case errors.Is(err, checkout.ErrNoName):
		return say("error_no_name")
	case errors.Is(err, checkout.ErrNoNumber):
		return say("error_no_number")
	case many:
		return lookups.Error()
	case wrong:
		return tries.Error()
	case unclear:
		return bad.Error()
	case errors.Is(err, staff.ErrWrongPIN), errors.Is(err, pin.ErrForm):
		return say("error_pin")
	case errors.Is(err, checkout.ErrAdjustConflict), errors.Is(err, checkout.ErrOwnApproval), errors.Is(err, checkout.ErrNotManager),
		errors.Is(err, checkout.ErrWhichMember):
		return err.Error()
	}
	p.Failed(err)
	return say("error_other")
}

package checkout_test

import (
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const ledNumber = "+905551112233"

// leads has the store's hub say that a number is of a member of an account.
func (p *pos) leads(number string, account ledger.AccountID, member ledger.MemberID) {
	p.t.Helper()
	list := ledger.Cursor{Incarnation: 3}
	err := p.Store.ApplyNews(p.t.Context(), nil, list) // there is a hub
	var at ledger.Cursor
	if err == nil {
		at, err = p.Store.IntroductionCursor(p.t.Context())
	}
	if err == nil {
		list.Position = at.Position + 1
		err = p.Store.ApplyIntroductions(p.t.Context(), []ledger.Introduction{{
			Hash: p.Options.LookupKey.Hash(ledger.PhoneIdentifier, number), Account: account,
			Member: member, Name: ledger.MaskPhone(number), Terminal: ledger.TerminalID{1},
		}}, at, list, p.Store.ErasedUpTo())
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// A hub that leads a number to somebody whom the store knows: a POS that names her
// account after it asked for the number sells to whoever has the number, and spends
// nothing of hers. Once she is found by what the store itself knows, her account is hers.
func TestHubLeadsToAnother(t *testing.T) {
	const card = "2912345678901"
	p := newPOS(t)
	p.Give(p.ana, 700, card)
	p.leads(ledNumber, p.ana, ledger.MemberID(p.ana))
	who, _, err := p.Identify(t.Context(), ledNumber)
	if err != nil || who.Account != p.ana || !who.Introduced || who.Balance(testkit.Points).Spendable != 0 {
		t.Fatalf("found %+v, %v", who, err)
	}
	if who, err := p.Member(t.Context(), p.ana, ledger.MemberID(p.ana)); err != nil || !who.Introduced || who.Balance(testkit.Points).Spendable != 0 {
		t.Errorf("looked up by the account: %+v, %v", who, err)
	}
	redeeming := func(sale string) checkout.Basket {
		b := p.basket(sale, 9999)
		b.Redeem = testkit.Once("five")
		return b
	}
	var refused *loyalty.NoRedeem
	if _, err := p.complete(redeeming("s1")); !errors.As(err, &refused) {
		t.Errorf("a reward of hers: %v", err)
	}
	p.must(p.basket("s1", 9999))
	p.lastNames(ledNumber)
	if err := p.AddCard(t.Context(), p.Clock.Now(), p.NewEntry(), p.basket("", 0).Who, "2900000000001"); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("a card is given to her: %v", err)
	}

	if _, err := p.IdentifyCard(t.Context(), card); err != nil {
		t.Fatal(err)
	}
	if who, err := p.Member(t.Context(), p.ana, ledger.MemberID(p.ana)); err != nil || who.Introduced || who.Balance(testkit.Points).Spendable == 0 {
		t.Errorf("looked up by the account, known for sure: %+v, %v", who, err)
	}
	p.must(redeeming("s2"))
	if entries, _ := p.Journal(); !entries[len(entries)-1].Attachment.IsZero() {
		t.Errorf("her own sale has an attachment")
	}
}

// A hub that leads a number to one member of an account and then to another: a POS that
// names the first sells by the number all the same; so does one that names her after a
// housemate was found by what the store itself knows.
func TestHubLeadsToAHousemate(t *testing.T) {
	const card = "2912345678901"
	p := newPOS(t)
	p.Give(p.ana, 700, card)
	first, second := ledger.MemberID(p.NewAccount()), ledger.MemberID(p.NewAccount())
	p.leads(ledNumber, p.ana, first)
	if who, _, err := p.Identify(t.Context(), ledNumber); err != nil || who.ID != first {
		t.Fatalf("found %+v, %v", who, err)
	}
	named := func(sale string) checkout.Basket {
		b := p.basket(sale, 9999)
		b.Who.Member = first
		return b
	}
	p.leads(ledNumber, p.ana, second)
	p.must(named("s1"))
	p.lastNames(ledNumber)
	if _, err := p.IdentifyCard(t.Context(), card); err != nil {
		t.Fatal(err)
	}
	p.must(named("s2"))
	p.lastNames(ledNumber)
}

// lastNames wants the last entry to name whoever has a number.
func (p *pos) lastNames(number string) {
	p.t.Helper()
	_, attachments := p.Journal()
	last := attachments[len(attachments)-1]
	if last == nil {
		p.t.Fatal("the entry names nobody")
	}
	if phone := p.Person(last).Phone; phone == nil || phone.E164 != number {
		p.t.Errorf("the entry names %+v", phone)
	}
}

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

// leads has the store's hub say that a number is of somebody's account.
func (p *pos) leads(number string, account ledger.AccountID) {
	p.t.Helper()
	list := ledger.Cursor{Incarnation: 3}
	err := p.Store.ApplyNews(p.t.Context(), nil, list) // there is a hub
	if err == nil {
		err = p.Store.ApplyIntroductions(p.t.Context(), []ledger.Introduction{{
			Hash: p.Options.LookupKey.Hash(ledger.PhoneIdentifier, number), Account: account,
			Member: ledger.MemberID(account), Name: ledger.MaskPhone(number), Terminal: ledger.TerminalID{1},
		}}, ledger.Cursor{}, list, p.Store.ErasedUpTo())
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
	p.leads(ledNumber, p.ana)
	who, _, err := p.Identify(t.Context(), ledNumber)
	if err != nil || who.Account != p.ana || !who.Introduced || who.Balance(testkit.Points).Spendable != 0 {
		t.Fatalf("found %+v, %v", who, err)
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
	if phone := p.lastNamed().Phone; phone == nil || phone.E164 != ledNumber {
		t.Errorf("the sale names %+v", phone)
	}

	if _, err := p.IdentifyCard(t.Context(), card); err != nil {
		t.Fatal(err)
	}
	p.must(redeeming("s2"))
	if entries, _ := p.Journal(); !entries[len(entries)-1].Attachment.IsZero() {
		t.Errorf("her own sale has an attachment")
	}
}

// lastNamed is whom the last entry's attachment names.
func (p *pos) lastNamed() ledger.Person {
	p.t.Helper()
	_, attachments := p.Journal()
	last := attachments[len(attachments)-1]
	if last == nil {
		p.t.Fatal("the entry names nobody")
	}
	return p.Person(last)
}

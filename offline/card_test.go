package offline_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const card = "2912345678906"

// carded makes the record of a card that a profile gives.
func (tl *till) carded(account ledger.AccountID, number string) ledger.Record {
	tl.t.Helper()
	r := tl.profile(account, "card")
	r.Name = ""
	r.Identifier = &ledger.Identifier{Kind: ledger.CardIdentifier, Value: number, Mask: "A*** B***"}
	return r
}

// byCard is whose a card is here; zero where it is nobody's.
func (tl *till) byCard(number string) ledger.AccountID {
	tl.t.Helper()
	m, err := tl.Find(context.Background(), ledger.CardIdentifier, number)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return ledger.AccountID{}
	}
	tl.must("find by card", err)
	return m.Account
}

// cardRow is a row of the feed about an account that has a card.
func (tl *till) cardRow(position ledger.Position, account ledger.AccountID, number string) ledger.Change {
	c := tl.row(position, account, "", ledger.Balance{Program: program, Unit: points, Available: 5}, ledger.Place{})
	c.Account.Identifiers = []ledger.KeyedHash{tl.opts.LookupKey.Hash(ledger.CardIdentifier, number)}
	return c
}

// A member is found at once by a card that a profile gives her, beside the
// daemon and after a restart too, with the balance and name she had; and as the
// feed has her when that brings the card.
func TestCard(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(100, 0)
	tl.append(tl.carded(ana, card))
	for _, when := range []string{"at once", "after a restart"} {
		m, err := tl.Find(ctx, ledger.CardIdentifier, card)
		tl.must("find "+when, err)
		if m.Account != ana || m.Balance(points).Shown != 100 || m.Name == "" {
			t.Errorf("%s: %+v", when, m)
		}
		if m, err := tl.beside().Find(ctx, ledger.CardIdentifier, card); err != nil || m.Account != ana {
			t.Errorf("%s beside: %+v, %v", when, m, err)
		}
		tl.clean()
		tl.reopen()
	}
	tl.apply(tl.cardRow(50, ana, card))
	if m, err := tl.Find(ctx, ledger.CardIdentifier, card); err != nil || m.Account != ana || m.Balance(points).Shown != 5 {
		t.Errorf("as fed: %+v, %v", m, err)
	}
	if m, err := tl.Find(ctx, ledger.PhoneIdentifier, card); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("by a phone of the same digits: %+v, %v", m, err)
	}
	tl.clean()
}

// Where headquarters gave the card to another first, she has it from the feed
// on, and the one bound here does not come back by it.
func TestCardGivesWay(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, bob := newAccountID(), newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.append(tl.carded(ana, card))
	if got := tl.byCard(card); got != ana {
		t.Fatalf("bound here: %s", got)
	}
	tl.apply(tl.cardRow(1, bob, card))
	if got := tl.byCard(card); got != bob {
		t.Errorf("after the feed: %s, want bob", got)
	}
	tl.reopen()
	tl.apply(tl.row(2, bob, "", ledger.Balance{Program: program, Unit: points}, ledger.Place{}))
	if got := tl.byCard(card); !got.IsZero() {
		t.Errorf("nobody has it any more, yet it finds %s", got)
	}
	tl.clean()
}

// What is bound to an account that became another's is the other's.
func TestCardOfSurvivor(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, survivor := newAccountID(), newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.append(tl.carded(ana, card))
	tl.apply(
		ledger.Change{Position: 1, Kind: ledger.ForwardChange, Key: ana.String(), Forward: &ledger.Forward{From: ana, To: survivor}},
		tl.row(2, survivor, "+905321234567", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}),
	)
	tl.append(tl.carded(ana, "2912000000004")) // a screen that still had the old account
	for _, number := range []string{card, "2912000000004"} {
		if got := tl.byCard(number); got != survivor {
			t.Errorf("%s finds %s, want the survivor", number, got)
		}
	}
	tl.clean()
}

// A salvaged journal finds by the cards it gave.
func TestSalvageKeepsCards(t *testing.T) {
	t.Parallel()
	was, _, ana := worked(t, 40)
	was.append(was.carded(ana, card))
	tl := was.spoiled(t, noHeader)
	tl.open()
	if got := tl.salvaged(); got.Entries != 43 || got.Lost != 0 {
		t.Errorf("salvaged %+v", got)
	}
	tl.clean()
	if got := tl.byCard(card); got != ana {
		t.Errorf("found %s, want ana", got)
	}
}

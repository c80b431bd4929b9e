package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ErrCardTaken says that a card is another member's.
var ErrCardTaken = errors.New("the card is another member's")

// ErrWhichMember says that an account has several members and nobody said whom it
// is about.
var ErrWhichMember = errors.New("the account has several members: say which one")

// AddCard makes a member found by a card, under an id the caller keeps through
// every retry; who says whose it is and how surely she was here then, number is
// the card's as it was scanned. She is found by it here when it returns, and
// everywhere once headquarters has it, unless it gave it to another before. A
// card that somebody else has here is ErrCardTaken.
func (t *Till) AddCard(ctx context.Context, now time.Time, id ledger.EntryID, who Who, number string) error {
	member, err := t.findSure(ctx, who.Account, who.Member)
	if err != nil {
		return err
	}
	if member.ID.IsZero() {
		return ErrWhichMember
	}
	holder, err := t.IdentifyCard(ctx, number)
	switch {
	case err == nil && holder.Account == member.Account && holder.ID == member.ID:
		return nil // also where an earlier try that returned an error came through
	case err == nil:
		return ErrCardTaken
	case !errors.Is(err, loyalty.ErrUnknownMember):
		return err
	}
	e := t.entry(ledger.Profile, id, now)
	e.Subject, e.Member, e.Proof = ledger.SubjectOf(member.Account), member.Here(), who.Proof
	attachment, err := t.attach(e, ledger.Person{Card: number})
	if err != nil {
		return err
	}
	body, err := e.Encode()
	if err != nil {
		return err
	}
	err = t.Store.Append(ctx, ledger.Record{
		Entry: e, Body: body, Attachment: attachment,
		Identifier: &ledger.Identifier{Kind: ledger.CardIdentifier, Value: number, Mask: shownAs(member, number)},
	})
	if err != nil {
		return fmt.Errorf("keep card: %w", err)
	}
	return nil
}

// shownAs is what a member found by her card is shown as until the feed brings
// her: as before.
func shownAs(member loyalty.Member, card string) string {
	if member.Name != "" {
		return member.Name
	}
	return ledger.MaskCard(card)
}

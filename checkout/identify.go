package checkout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// ErrNoNumber says that what was typed is no phone number; why stands behind
// it, in words a cashier can read.
var ErrNoNumber = errors.New("not a phone number")

// Identify reads a typed number and finds its member. The number comes back
// also where the member is unknown, which is loyalty.ErrUnknownMember; what is
// no number is ErrNoNumber.
func (t *Till) Identify(ctx context.Context, typed string) (loyalty.Member, phone.Number, error) {
	number, err := phone.Parse(typed, t.Region)
	if err != nil {
		return loyalty.Member{}, phone.Number{}, fmt.Errorf("%w: %w", ErrNoNumber, err)
	}
	member, err := t.findPhone(ctx, number)
	return member, number, err
}

// IdentifyCard finds the member of a card by its number as it was scanned; one
// that nobody has, as far as is known here, is loyalty.ErrUnknownMember.
func (t *Till) IdentifyCard(ctx context.Context, number string) (loyalty.Member, error) {
	member, err := t.met(ctx, ledger.Person{Card: number}, func() (loyalty.Member, error) {
		return t.Store.Find(ctx, ledger.CardIdentifier, number)
	})
	if !member.Introduced {
		t.introduced.forget(member.Account, member.ID)
	}
	return member, err
}

// Enroll takes a person in under an id the caller keeps through every retry.
// She is known here when it returns. referrer is the code of who referred her;
// empty where nobody did.
func (t *Till) Enroll(ctx context.Context, now time.Time, id ledger.EntryID, account ledger.AccountID, number phone.Number, referrer ledger.ReferralCode) error {
	if _, err := t.Store.Member(ctx, account); !errors.Is(err, loyalty.ErrUnknownMember) {
		return err // nil: an earlier try that returned an error came through
	}
	return t.takeIn(ctx, now, newcomer{
		entry: id, id: account, number: number, person: PersonOf(number), referrer: referrer, operator: t.onDuty(),
	})
}

// attach names a person in an entry's attachment, which it returns, and says up to
// which erasure this till had heard by then.
func (t *Till) attach(e *ledger.Entry, p ledger.Person) ([]byte, error) {
	ciphertext, sum, err := t.Seal(p)
	if err != nil {
		return nil, fmt.Errorf("seal attachment: %w", err)
	}
	e.Attachment, e.Erasures = sum, t.Store.ErasedUpTo()
	return ciphertext, nil
}

// PersonOf is who has a number.
func PersonOf(number phone.Number) ledger.Person {
	return ledger.Person{Phone: &ledger.Phone{
		E164: number.E164(), Raw: number.Raw(), Region: number.Region(), Metadata: phone.MetadataVersion,
	}}
}

func (t *Till) entry(kind ledger.Kind, id ledger.EntryID, now time.Time) *ledger.Entry {
	at := ledger.MillisOf(now)
	return &ledger.Entry{
		V: ledger.Version, ID: id, Kind: kind, At: at, Store: t.StoreID,
		Day: ledger.DateAt(at, t.Zone), Operator: t.onDuty(),
	}
}

// SealPerson returns a Till.Seal that encodes a person and encrypts her with
// encrypt.
func SealPerson(encrypt func(plain []byte) ([]byte, error)) func(ledger.Person) ([]byte, ledger.Hash, error) {
	return func(p ledger.Person) ([]byte, ledger.Hash, error) {
		plain, err := json.Marshal(p)
		if err != nil {
			return nil, ledger.Hash{}, err
		}
		ciphertext, err := encrypt(plain)
		if err != nil {
			return nil, ledger.Hash{}, err
		}
		return ciphertext, ledger.HashOf(ciphertext), nil
	}
}

package checkout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// maxName is how many letters a name may have.
const maxName = 100

var (
	// ErrNoName says that a text is not what a person is called.
	ErrNoName = errors.New("not a name")
	// ErrEnrollConflict says that another number was enrolled under an id.
	ErrEnrollConflict = errors.New("another number was enrolled under this id")
)

// Joining is a person to take in.
type Joining struct {
	// Asked is whatever the asker keeps through its retries. Her account
	// follows from it, so that asking again cannot make two members of her,
	// and under the store's key, so that no asker can name somebody else's.
	Asked string
	Phone string // as typed
	Name  string // empty where she gave none
	// BirthMonth is 1 to 12; 0 where she did not say.
	BirthMonth int
	// Referrer is the code of who referred her, as she says it; empty where nobody
	// did. One that nobody has here is kept: headquarters knows more members.
	Referrer string
	Operator string // the till's where empty
}

// Join takes a person in, or finds her where her number is known here; joined
// says which. She is known here when it returns. Its errors are ErrNoNumber,
// ErrNoName, ErrEnrollConflict, ledger.ErrNoReferralCode, ErrOwnCode and
// *TooManyLookups.
func (t *Till) Join(ctx context.Context, now time.Time, j Joining) (member loyalty.Member, joined bool, err error) {
	name, err := cleanName(j.Name)
	if err != nil && j.Name != "" {
		return loyalty.Member{}, false, err
	}
	referrer, err := readReferrer(j.Referrer)
	if err != nil {
		return loyalty.Member{}, false, err
	}
	account := t.accountOf(j.Asked)
	defer t.completing.take("join " + account.String())()
	member, number, err := t.Lookup(ctx, now, j.Operator, j.Phone)
	if err == nil {
		return t.joinedBefore(ctx, member, account, referrer)
	}
	if !errors.Is(err, loyalty.ErrUnknownMember) {
		return loyalty.Member{}, false, err
	}
	if _, err := t.Store.Member(ctx, account); err == nil {
		return loyalty.Member{}, false, ErrEnrollConflict
	} else if !errors.Is(err, loyalty.ErrUnknownMember) {
		return loyalty.Member{}, false, err
	}
	person := person(number)
	person.Name, person.BirthMonth = name, j.BirthMonth
	in := newcomer{t.NewEntry(), account, number, person, referrer, t.signedOn(j.Operator)}
	if err := t.takeIn(ctx, now, in); err != nil {
		return loyalty.Member{}, false, err
	}
	t.lookups.enrolled(t.signedOn(j.Operator), t.lookedUp(number))
	member, err = t.Store.Member(ctx, account)
	return member, true, err
}

// accountOf makes an account's id of what asked for it: a UUIDv4 as others,
// that nobody without the store's key can foresee.
func (t *Till) accountOf(asked string) ledger.AccountID {
	sum := t.Keyed([]byte("enroll " + t.Terminal.String() + " " + asked))
	id := uuid.UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x40 // version 4
	id[8] = id[8]&0x3f | 0x80 // of RFC 9562
	return ledger.AccountID(id)
}

// newcomer is who is taken in, under an entry's id.
type newcomer struct {
	entry    ledger.EntryID
	account  ledger.AccountID
	number   phone.Number
	person   ledger.Person
	referrer ledger.ReferralCode // empty where nobody referred her
	operator string
}

// takeIn writes the enroll of a number nobody here has.
func (t *Till) takeIn(ctx context.Context, now time.Time, in newcomer) error {
	attachment, sum, err := t.sealPerson(in.person)
	if err != nil {
		return err
	}
	e := t.entry(ledger.Enroll, in.entry, now)
	e.Subject, e.Proof, e.Attachment = ledger.SubjectOf(in.account), ledger.Claimed, sum
	e.Operator, e.Referrer = in.operator, in.referrer
	body, err := e.Encode()
	if err != nil {
		return err
	}
	mask := ledger.MaskPhone(in.number.E164())
	if in.person.Name != "" {
		mask = ledger.MaskName(in.person.Name)
	}
	return t.Store.Append(ctx, ledger.Record{
		Entry: e, Body: body, Attachment: attachment,
		Identifier: &ledger.Identifier{Kind: ledger.PhoneIdentifier, Value: in.number.E164(), Mask: mask},
	})
}

// Name writes down what a member is called, under an id the caller keeps
// through every retry. The name goes to headquarters; here only its first
// letters stay. The member comes back as she is shown from now on.
func (t *Till) Name(ctx context.Context, now time.Time, id ledger.EntryID, account ledger.AccountID, name, operator string) (loyalty.Member, error) {
	name, err := cleanName(name)
	if err != nil {
		return loyalty.Member{}, err
	}
	member, err := t.Store.Member(ctx, account)
	if err != nil {
		return loyalty.Member{}, err
	}
	attachment, sum, err := t.sealPerson(ledger.Person{Name: name})
	if err != nil {
		return loyalty.Member{}, err
	}
	e := t.entry(ledger.Profile, id, now)
	e.Subject, e.Attachment, e.Operator = ledger.SubjectOf(member.Account), sum, t.signedOn(operator)
	body, err := e.Encode()
	if err != nil {
		return loyalty.Member{}, err
	}
	err = t.Store.Append(ctx, ledger.Record{Entry: e, Body: body, Attachment: attachment, Name: ledger.MaskName(name)})
	if err != nil {
		return loyalty.Member{}, fmt.Errorf("keep name: %w", err)
	}
	member.Name = ledger.MaskName(name)
	return member, nil
}

// cleanName returns a name with single spaces, or ErrNoName. What would
// command a printer or turn the writing around is no part of a name.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	letter := false
	for _, r := range name {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) && !joins(r) || r == utf8.RuneError {
			return "", ErrNoName
		}
		letter = letter || unicode.IsLetter(r)
	}
	if !letter || utf8.RuneCountInString(name) > maxName {
		return "", ErrNoName
	}
	return name, nil
}

// joins reports whether a letter is one of the two by which Persian and Indic
// writing joins others or keeps them apart.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

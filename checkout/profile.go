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
	// Household is whose account she is added to; nil gives her one of her own.
	// Nobody refers one who is added.
	Household *Household
}

// Join takes a person in, or finds her where her number is known here; joined
// says which. She is known here when it returns. Its errors are ErrNoNumber,
// ErrNoName, ErrEnrollConflict, ledger.ErrNoReferralCode, ErrOwnCode,
// ErrReferredHousehold, *TooManyLookups, and those of a household.
func (t *Till) Join(ctx context.Context, now time.Time, j Joining) (member loyalty.Member, joined bool, err error) {
	name, err := CleanName(j.Name)
	if err != nil && j.Name != "" {
		return loyalty.Member{}, false, err
	}
	her := newcomer{entry: t.NewEntry(), id: t.accountOf(j.Asked), operator: t.signedOn(j.Operator)}
	if her.referrer, err = readReferrer(j); err != nil {
		return loyalty.Member{}, false, err
	}
	defer t.completing.take("join " + her.id.String())()
	if err := t.admit(ctx, now, j, &her); err != nil {
		return loyalty.Member{}, false, err
	}
	if her.number, err = t.numberOf(j.Phone); err != nil {
		return loyalty.Member{}, false, err
	}
	if member, err = t.findPhone(ctx, her.number); err == nil {
		if wait := t.asksFor(now, member, her); wait > 0 {
			return loyalty.Member{}, false, &TooManyLookups{wait}
		}
		return t.joinedBefore(ctx, member, her)
	}
	if !errors.Is(err, loyalty.ErrUnknownMember) {
		return loyalty.Member{}, false, err
	}
	if err := t.isNew(ctx, her); err != nil {
		return loyalty.Member{}, false, err
	}
	her.person = PersonOf(her.number)
	her.person.Name, her.person.BirthMonth = name, j.BirthMonth
	if err := t.takeIn(ctx, now, her); err != nil {
		return loyalty.Member{}, false, err
	}
	member, err = t.Store.Housemate(ctx, her.account(), ledger.MemberID(her.id))
	return member, true, err
}

// asksFor counts whoever enrolls a number that is known here as having looked it up,
// and returns how long to wait where that was done too often. Taking somebody in
// leaves an entry, so neither that nor its repeat is counted, or refused for what was
// looked up.
func (t *Till) asksFor(now time.Time, member loyalty.Member, her newcomer) (wait time.Duration) {
	if member.ID == ledger.MemberID(her.id) {
		return 0
	}
	return t.lookups.take(now, her.operator, t.lookedUp(her.number))
}

// isNew looks for another number that was taken in under the same id.
func (t *Till) isNew(ctx context.Context, her newcomer) error {
	stands, err := t.Store.Housemate(ctx, her.account(), ledger.MemberID(her.id))
	switch {
	case errors.Is(err, loyalty.ErrUnknownMember):
		return nil
	case err == nil && (her.joins.IsZero() || stands.ID == ledger.MemberID(her.id)):
		return ErrEnrollConflict
	}
	return err
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

// newcomer is a person on her way in.
type newcomer struct {
	entry    ledger.EntryID
	id       ledger.AccountID // her account's, or where she joins another her own
	number   phone.Number
	person   ledger.Person
	referrer ledger.ReferralCode // empty where nobody referred her
	operator string
	// Of one who joins an account: that, how surely somebody in it was here, and
	// the manager who let it be.
	joins    ledger.AccountID
	proof    ledger.Proof
	approver string
}

// account is the one she will be in.
func (n *newcomer) account() ledger.AccountID {
	if n.joins.IsZero() {
		return n.id
	}
	return n.joins
}

// takeIn writes the enroll of a number nobody here has.
func (t *Till) takeIn(ctx context.Context, now time.Time, her newcomer) error {
	e := t.entry(ledger.Enroll, her.entry, now)
	attachment, err := t.attach(e, her.person)
	if err != nil {
		return err
	}
	e.Subject, e.Proof, e.Operator = ledger.SubjectOf(her.id), ledger.Claimed, her.operator
	e.Referrer = her.referrer
	if !her.joins.IsZero() {
		e.Joins, e.Proof, e.Approver = her.joins, her.proof, her.approver
	}
	e.Program = new(t.Programs.At(now).Ref())
	body, err := e.Encode()
	if err != nil {
		return err
	}
	mask := ledger.MaskPhone(her.number.E164())
	if her.person.Name != "" {
		mask = ledger.MaskName(her.person.Name)
	}
	err = t.Store.Append(ctx, ledger.Record{
		Entry: e, Body: body, Attachment: attachment,
		Identifier: &ledger.Identifier{Kind: ledger.PhoneIdentifier, Value: her.number.E164(), Mask: mask},
	})
	if err == nil {
		t.lookups.enrolled(her.operator, t.lookedUp(her.number))
	}
	return err
}

// Name writes down what a member is called, under an id the caller keeps
// through every retry. The name goes to headquarters; here only its first
// letters stay. The member comes back as she is shown from now on.
func (t *Till) Name(ctx context.Context, now time.Time, id ledger.EntryID, who Who, name, operator string) (loyalty.Member, error) {
	name, err := CleanName(name)
	if err != nil {
		return loyalty.Member{}, err
	}
	member, err := t.findSure(ctx, who.Account, who.Member)
	if err != nil {
		return loyalty.Member{}, err
	}
	if member.ID.IsZero() {
		return loyalty.Member{}, ErrWhichMember
	}
	e := t.entry(ledger.Profile, id, now)
	e.Subject, e.Member, e.Operator = ledger.SubjectOf(member.Account), member.Here(), t.signedOn(operator)
	attachment, err := t.attach(e, ledger.Person{Name: name})
	if err != nil {
		return loyalty.Member{}, err
	}
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

// CleanName returns a name with single spaces, or ErrNoName. What would
// command a printer, turn the writing around, be markup in a page or reckon in a
// table is no part of a name, wherever it is shown one day.
func CleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	letter := false
	if strings.ContainsAny(name, "<>") || strings.IndexAny(name, "=+-@") == 0 {
		return "", ErrNoName
	}
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

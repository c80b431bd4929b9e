package checkout

import (
	"context"
	"errors"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Finder asks headquarters for all of a member: of an account, or of whom an
// attachment names, as Till.Seal made it. It answers within the context's deadline; nil
// says that what headquarters knows of her is in the store, also where that is nothing.
type Finder interface {
	LookUp(ctx context.Context, account ledger.AccountID, sealed []byte) error
}

// findPhone finds the member of a number, here or at headquarters.
func (t *Till) findPhone(ctx context.Context, number phone.Number) (loyalty.Member, error) {
	member, err := t.met(ctx, PersonOf(number), func() (loyalty.Member, error) {
		return t.Store.Find(ctx, ledger.PhoneIdentifier, number.E164())
	})
	t.introduced.met(member, number)
	return member, err
}

// findNamed finds whom a request means by an account, and one of its members where it
// names her too: whoever has the number that led there by another lane's word, which it
// returns, else as findAccount does.
func (t *Till) findNamed(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (loyalty.Member, *phone.Number, error) {
	if number := t.introduced.numberOf(id, member); number != nil {
		led, err := t.findPhone(ctx, *number)
		return led, number, err
	}
	found, err := t.findAccount(ctx, id, member)
	return found, nil, err
}

// Member finds whom a request means by an account, and one of its members where it names
// her too, by what is known here: as findNamed does, and headquarters is not asked.
func (t *Till) Member(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (loyalty.Member, error) {
	if number := t.introduced.numberOf(id, member); number != nil {
		return t.Store.Find(ctx, ledger.PhoneIdentifier, number.E164())
	}
	return t.Store.Housemate(ctx, id, member)
}

// findSure is Member, to write down what stays with her: whoever is known by another
// lane's word alone is loyalty.ErrUnknownMember until headquarters has told of her.
func (t *Till) findSure(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (found loyalty.Member, err error) {
	found, err = t.Member(ctx, id, member)
	if err == nil && found.Introduced {
		err = loyalty.ErrUnknownMember
	}
	return found, err
}

// findAccount finds an account with one of its members, here, and all of it at
// headquarters where only the directory has it.
func (t *Till) findAccount(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (loyalty.Member, error) {
	return t.met(ctx, ledger.Person{}, func() (loyalty.Member, error) { return t.Store.Housemate(ctx, id, member) })
}

// met looks somebody up in the store. One whom it does not know but by another lane's
// word, or of whom it has no more than the directory, headquarters is asked for, for
// askBudget at most; then she is looked up once more. Whatever comes of that, what the
// store has is the answer.
func (t *Till) met(ctx context.Context, person ledger.Person, find func() (loyalty.Member, error)) (loyalty.Member, error) {
	member, err := find()
	unknown := errors.Is(err, loyalty.ErrUnknownMember)
	if t.Finder == nil || !unknown && (err != nil || !member.State.Outside && !member.Introduced) {
		return member, err
	}
	account, sealed := member.Account, []byte(nil)
	if unknown || member.Introduced {
		named := person.Phone != nil || person.Card != ""
		if unknown && !named {
			return member, err // an account that nobody here has was made up
		}
		if named {
			var no error
			if sealed, _, no = t.Seal(person); no != nil {
				return member, err // nobody can be asked for her
			}
			account = ledger.AccountID{}
		}
	}
	asking, cancel := context.WithTimeout(ctx, askBudget)
	defer cancel()
	if t.Finder.LookUp(asking, account, sealed) != nil {
		return member, err // served by what is known here
	}
	return find()
}

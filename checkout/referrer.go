package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ErrOwnCode says that somebody named her own code as that of who referred her.
var ErrOwnCode = errors.New("the code is her own: nobody refers herself")

// ErrReferredHousehold says that somebody who joins an account was to be referred.
var ErrReferredHousehold = errors.New("she joins an account that stands: nobody refers her")

// referrer is who referred a member: named with what happens, or with her own
// enroll, then by a code. The zero one is nobody.
type referrer struct {
	account ledger.AccountID
	code    ledger.ReferralCode
	// standing is of one who has just joined where a code leads to nobody here:
	// headquarters knows whose it is.
	standing *loyalty.Standing
}

// referrerOf finds who referred a member. Whoever is named goes before whom she
// was enrolled with.
func (t ruled) referrerOf(ctx context.Context, at loyalty.Moment, member loyalty.Member, named ledger.AccountID) (referrer, error) {
	if named.IsZero() {
		return t.enrolledBy(ctx, at, member)
	}
	friend, err := t.Store.Member(ctx, named)
	if err != nil {
		return referrer{}, err
	}
	if friend.Account == member.Account {
		return referrer{}, errOwnReferrer
	}
	return referrer{account: named, standing: friend.Standing(t.Program, at)}, nil
}

// enrolledBy finds whom a member was enrolled with. One whose account has become
// her own since is nobody.
func (t ruled) enrolledBy(ctx context.Context, at loyalty.Moment, member loyalty.Member) (referrer, error) {
	code := member.State.Referrer
	if code == "" || !t.Program.Refers() {
		return referrer{}, nil
	}
	friend, err := t.Store.FindByCode(ctx, code)
	switch {
	case errors.Is(err, loyalty.ErrUnknownMember):
		return referrer{code: code, standing: new(loyalty.Standing)}, nil
	case err != nil || friend.Account == member.Account:
		return referrer{}, err
	}
	return referrer{code: code, standing: friend.Standing(t.Program, at)}, nil
}

// refer writes into the entry what its program gives to the referrer. Whom she
// was enrolled with is not told of what gives nothing and counts no friend.
func (t ruled) refer(e *ledger.Entry, outcome loyalty.Outcome, r referrer) {
	counts := e.Activity != nil && e.Activity.On == loyalty.OnReferral
	if r.standing == nil || r.code != "" && len(outcome.ToReferrer) == 0 && !counts {
		return
	}
	e.Referral = &ledger.Referral{Account: r.account, Code: r.code, Uses: outcome.ReferrerUses}
	e.Referral.Postings, e.Referral.Pledges = t.Program.Pledge(outcome.ToReferrer)
}

// readReferrer reads the code that a newcomer said; none where she said nothing.
func readReferrer(j Joining) (ledger.ReferralCode, error) {
	switch {
	case j.Referrer == "":
		return "", nil
	case j.Household != nil:
		return "", ErrReferredHousehold
	}
	return ledger.ReadReferralCode(j.Referrer)
}

// joinedBefore answers for one whose number is known here: nobody refers her any
// more, herself least of all.
func (t *Till) joinedBefore(ctx context.Context, member loyalty.Member, her newcomer) (loyalty.Member, bool, error) {
	joined := member.ID == ledger.MemberID(her.id)
	if !her.joins.IsZero() && member.Account != her.joins {
		return loyalty.Member{}, false, ErrOtherAccount
	}
	if her.referrer == "" || joined {
		return member, joined, nil
	}
	friend, err := t.Store.FindByCode(ctx, her.referrer)
	if err == nil && friend.Account == member.Account {
		return loyalty.Member{}, false, ErrOwnCode
	}
	if err != nil && !errors.Is(err, loyalty.ErrUnknownMember) {
		return loyalty.Member{}, false, err
	}
	return member, false, nil
}

// FriendCode is what the members of an account may give to a friend, who names it
// when she is enrolled: a household has one. It is empty for nobody, and where the program in force gives nothing for
// that.
func (t *Till) FriendCode(now time.Time, account ledger.AccountID) ledger.ReferralCode {
	return friendCode(t.Programs.At(now), account)
}

func friendCode(p *loyalty.Program, account ledger.AccountID) ledger.ReferralCode {
	if account.IsZero() || !p.Refers() {
		return ""
	}
	return ledger.ReferralCodeOf(account)
}

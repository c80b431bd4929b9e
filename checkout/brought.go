package checkout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ErrBrought says that a friend was reported to have come through this member
// before, whatever ref the POS gave it.
var ErrBrought = errors.New("this friend was brought by this member before")

// broughtRef is what a friend's coming through a member counts once by, instead of
// what a POS calls it: two reports of one friend are one, at whichever tills. It
// is empty of whatever is no such thing, and where one of the two is not known.
func broughtRef(a Activity, friend loyalty.Member, by referrer) string {
	if a.On != loyalty.OnReferral || friend.Account.IsZero() || by.standing == nil {
		return ""
	}
	code := by.code
	if code == "" {
		code = ledger.ReferralCodeOf(by.account)
	}
	sum := ledger.HashOf(fmt.Appendf(nil, "%s by %s", friend.Account, code))
	return "friend:" + hex.EncodeToString(sum[:16])
}

// bring writes that a friend came through a member, once.
func (t ruled) bring(ctx context.Context, now time.Time, a Activity, ref string, who identity, by referrer) (Completed, error) {
	pair := a.Activity
	pair.Ref = ref
	defer t.completing.take(pair.Key())()
	stood, err := t.Store.Activity(ctx, pair)
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.stands(ctx, stood, a.Asked, ErrBrought)
	}
	return t.do(ctx, now, a, ref, who, by)
}

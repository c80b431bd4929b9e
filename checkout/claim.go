package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// The receipt of a sale without a member carries a code, where the program lets
// it be claimed: whoever shows it may have what the sale earned, once. A till
// refuses what it knows to be no good; headquarters settles the rest.

// ReceiptClaim is a receipt's code and who shows it.
type ReceiptClaim struct {
	Code     string // as scanned or keyed
	Who      Who
	Operator string // the till's where empty
}

// Claimed is a claim past fsync: it is pending until headquarters has settled
// it.
type Claimed struct {
	Completed
	// Earned is what the code promises, of the main unit.
	Earned ledger.Points
	// Foreign says that the code is not of this store, so that nobody here can
	// tell whether it is good.
	Foreign bool
}

var (
	// ErrNoClaims says that the program lets no receipt be claimed.
	ErrNoClaims = errors.New("receipts cannot be claimed")
	// ErrNoCode says that what was read is no good code of a receipt.
	ErrNoCode = errors.New("not a good code of a receipt")
	// ErrClaimLate says that a receipt's time is over.
	ErrClaimLate = errors.New("this receipt can no longer be claimed")
	// ErrClaimLimit says that she has claimed as much as she may.
	ErrClaimLimit = errors.New("no more receipts can be claimed now")
)

// ClaimCode returns what stands on the receipt of a sale, and the last day on
// which it is good; empty where nobody can claim it. It is the same on each copy.
func (t *Till) ClaimCode(e *ledger.Entry) (code string, last ledger.Date) {
	_, alone := e.Subject.Sale()
	if t.Sealing == nil || e.Kind != ledger.Sold || !alone || !e.Attachment.IsZero() {
		return "", ""
	}
	day := ledger.DateAt(e.At, t.Zone)
	program := t.Programs.Of(e)
	last, ok := program.LastClaim(day)
	if !ok || e.Program == nil || e.Program.ID != program.Ref().ID || len(e.Postings) == 0 {
		return "", ""
	}
	now, pending := EarnedOf(e, program.MainUnit())
	code, err := ledger.ClaimCode{Sale: e.ID, Day: day, Last: last, Earned: now + pending}.Text(t.Sealing)
	if err != nil {
		return "", "" // of a clock that is far off
	}
	return code, last
}

// Claim writes down that a member shows the code of a receipt. The same claim
// again gets the same entry; another member's, of a code that was claimed here,
// is ErrClaimed. Its other errors are those above, ErrNobody, ErrWeakProof and
// loyalty.ErrUnknownMember.
func (t *Till) Claim(ctx context.Context, now time.Time, c ReceiptClaim) (Claimed, error) {
	rules := t.under(now)
	if _, ok := rules.Program.LastClaim(t.Today(now)); !ok || t.Sealing == nil {
		return Claimed{}, ErrNoClaims
	}
	code, known, err := ledger.ReadClaimCode(c.Code, t.Sealing)
	if err != nil {
		return Claimed{}, ErrNoCode
	}
	who, err := t.resolve(ctx, now, c.Who)
	switch {
	case err != nil:
		return Claimed{}, err
	case who.member.Account.IsZero() && who.number != nil:
		return Claimed{}, loyalty.ErrUnknownMember
	case who.member.Account.IsZero():
		return Claimed{}, ErrNobody
	case !who.proof.Meets(rules.Program.Proof().Earn):
		return Claimed{}, ErrWeakProof
	}
	done, err := rules.alone(ctx, &who)
	if err != nil {
		return Claimed{}, err
	}
	defer done()
	claimed := Claimed{Earned: code.Earned, Foreign: !known}
	claimed.Completed, err = rules.claim(ctx, now, c, code, who)
	return claimed, err
}

// claim writes a claim of a code that can be read.
func (t ruled) claim(ctx context.Context, now time.Time, c ReceiptClaim, code ledger.ClaimCode, who identity) (Completed, error) {
	claiming := &ledger.Claiming{Entry: code.Sale, Code: c.Code}
	asked := []byte("claim by " + who.member.Account.String())
	stood, err := t.Store.Claiming(ctx, claiming.Key(ledger.Claim, ""))
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.stands(ctx, stood, asked, ErrClaimed)
	}
	today := t.Today(now)
	if today > code.Last {
		return Completed{}, ErrClaimLate
	}
	uses, room := t.Program.ClaimUse(who.member.State, today, code.Earned)
	if !room {
		return Completed{}, ErrClaimLimit
	}
	return t.claiming(ctx, now, ledger.Claim, claiming, uses, c.Operator, asked, who)
}

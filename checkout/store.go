package checkout

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Store is the till's own store as the counter needs it. Its methods may be
// called from several goroutines at once.
type Store interface {
	Watched
	Proving

	// Find returns the member whom an identifier names, or an error that is
	// loyalty.ErrUnknownMember. value is in the form it is hashed in.
	Find(ctx context.Context, kind, value string) (loyalty.Member, error)
	// Member returns what is known of an account, forwarded if it was merged.
	Member(ctx context.Context, id ledger.AccountID) (loyalty.Member, error)

	// Housemate is Member, with one of the account's members here; where the account
	// has her no more, or she is none, nobody is known to be.
	Housemate(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (loyalty.Member, error)

	// FindByCode returns the member whose code for friends this is, or an error
	// that is loyalty.ErrUnknownMember.
	FindByCode(ctx context.Context, code ledger.ReferralCode) (loyalty.Member, error)

	// ErasedUpTo returns the serial of the last erasure that this till has heard of: from
	// then on whoever was erased is not found.
	ErasedUpTo() ledger.Millis

	// Append writes an entry and returns once it is on disk past fsync; only
	// then may anyone be told. Appending an entry that stands already is nil,
	// so repeating is safe. A sale or return whose id stands already under
	// another entry is a *ledger.SaleExists. A spend of a hold that is gone is a
	// *loyalty.NoRedeem, and nothing is written. When it returns any other
	// error, whether the entry will be found later is unknown: repeat it with
	// the same record.
	Append(ctx context.Context, record ledger.Record) error
	// Sale returns the sale, return or void of an id on a business day as a
	// *ledger.SaleExists, or nil if there is none; an error where it stands and must not
	// be told yet.
	Sale(ctx context.Context, day ledger.Date, saleID string) (*ledger.SaleExists, error)
	// Activity returns what stands for an activity with a ref as a
	// *ledger.SaleExists, or nil if nothing does.
	Activity(ctx context.Context, a ledger.Activity) (*ledger.SaleExists, error)
	// Claiming returns the confirm or claim that stands under a key
	// (ledger.Claiming.Key) as a *ledger.SaleExists, or nil if none does.
	Claiming(ctx context.Context, key string) (*ledger.SaleExists, error)
	// Detached returns the last sales, oldest first, that were made for a member
	// here, stand by themselves and are not known to be confirmed.
	Detached(ctx context.Context, account ledger.AccountID) ([]*ledger.Entry, error)
	// DetachedFor returns for whom a sale was made that stands by itself; zero
	// where that is not known. confirmed says that headquarters has told that
	// somebody has it, wherever it was confirmed.
	DetachedFor(ctx context.Context, sale ledger.EntryID) (account ledger.AccountID, confirmed bool, err error)
	// Present is the time by headquarters' clock, as far as this till can tell; not
	// sure where its own is not to be believed.
	Present() (at ledger.Millis, sure bool)
	// Returns returns the returns and voids of a sale that this terminal made,
	// in order.
	Returns(ctx context.Context, sale ledger.EntryID) ([]*ledger.Entry, error)
	// SaleByReceipt returns the last sale with a number on its paper, or nil if
	// there is none.
	SaleByReceipt(ctx context.Context, receipt string) (*ledger.Entry, error)
	// LastSale returns this terminal's last sale, or nil if there is none.
	LastSale(ctx context.Context) (*ledger.Entry, error)
	// NextReceipt returns a receipt number this epoch has not used. Numbers may
	// have gaps.
	NextReceipt(ctx context.Context) (string, error)

	// PlaceHold sets aside hold.Amount of the account's rights here, durably,
	// before the customer pays, and returns the hold with its parts. Refusing
	// is a *loyalty.NoRedeem. Placing a hold of the same id again returns it.
	PlaceHold(ctx context.Context, hold ledger.Hold) (ledger.Hold, error)
	// Hold returns a hold, or a *loyalty.NoRedeem with HoldGone.
	Hold(ctx context.Context, id ledger.HoldID) (ledger.Hold, error)
	// ReleaseHold gives back what a hold set aside. Releasing one that is gone
	// is nil.
	ReleaseHold(ctx context.Context, id ledger.HoldID) error
}

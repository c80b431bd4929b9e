package sync

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Outbox is the terminal's store as the exchange needs it. Every method is
// safe to repeat after an error.
type Outbox interface {
	// Head returns the end of the current epoch's chain.
	Head(ctx context.Context) (ledger.Head, error)
	// Knows reports whether the journal has this hash at this head's place, in
	// whichever epoch. Seq 0 of an epoch is known where the epoch is.
	Knows(ctx context.Context, head ledger.Head) (bool, error)
	// Resume sets from where entries are to be sent: after known, which Knows;
	// what follows it was not received. It keeps the contact.
	Resume(ctx context.Context, known ledger.Head, contact ledger.Contact) error
	// OpenEpoch begins an epoch above the given one and above its own, on a new
	// branch, from common, and re-appends what followed common under it. All
	// holds are gone and rights of the old branch are closed here.
	OpenEpoch(ctx context.Context, above ledger.Epoch, common ledger.Head) error
	// Unsent returns the entries to send next, at most entries and bytes of
	// them, always one if there is one, with the last token.
	Unsent(ctx context.Context, entries, bytes int) (ledger.Stretch, error)
	// Acknowledge records that all places up to ack.UpTo are stored at
	// headquarters, if the chain there has ack.Head; otherwise it is an error.
	Acknowledge(ctx context.Context, ack ledger.Ack) error
	// Fence records that headquarters fenced this id: no more redemption here.
	Fence(ctx context.Context) error

	// Keys returns what was learned of headquarters' keys, and KeepKeys keeps that
	// in place of what there was.
	Keys(ctx context.Context) (ledger.Successions, error)
	KeepKeys(ctx context.Context, learned ledger.Successions) error

	// Heard notes that headquarters spoke, at its time; 0 where it told none.
	Heard(ctx context.Context, at ledger.Millis) error
	// Cursor returns how far the feed was applied.
	Cursor(ctx context.Context) (ledger.Cursor, error)
	// ProgramCursor returns up to where the store has what the feed said of
	// programs.
	ProgramCursor(ctx context.Context) (ledger.Cursor, error)
	// HouseholdCursor returns up to where it has what the feed said of accounts that
	// have several members.
	HouseholdCursor(ctx context.Context) (ledger.Cursor, error)
	// PINCursor returns up to where it has what the feed said of members' PINs.
	PINCursor(ctx context.Context) (ledger.Cursor, error)
	// DayCursor returns up to where it has what the feed said of the store's business
	// days.
	DayCursor(ctx context.Context) (ledger.Cursor, error)
	// Builds reports whether the feed is read from the beginning, into a directory that
	// is built beside the one that is read: then a page may have many rows.
	Builds() bool
	// Erasures returns the serial of the last erasure that was heard of, and of the
	// last one of which nothing is left here and before which all that was written is
	// acknowledged.
	Erasures(ctx context.Context) (heard, sealed ledger.Millis, err error)
	// Published returns what the store was told of that was published and stopped.
	Published(ctx context.Context) (ledger.Publications, error)
	// Apply applies rows of the feed and moves the cursor, in one transaction.
	// A cursor of another incarnation drops what was not seen under it.
	Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error
	// EndFeed says that nothing more is to be read now of the feed: of a directory that
	// is built this was all.
	EndFeed(ctx context.Context) error
	// Greeted says that headquarters was greeted, and whether it answered. A directory whose
	// building was cut short is built then: no batch that is refused ends that.
	Greeted(ctx context.Context, answered bool) error
	// Meet keeps what headquarters told of a member who was looked up, beside the feed
	// and without its cursor. It ends with the context at the latest.
	Meet(ctx context.Context, changes []ledger.Change) error
	// AddRight keeps a right whose signature was checked. Adding one that is
	// known, closed or of another branch changes nothing.
	AddRight(ctx context.Context, grant ledger.SignedEntry) error
	// KeptRights returns the next rights after one, in order of their ids, of
	// which something was spent or is open, at most so many, and the journal's
	// head at that time.
	KeptRights(ctx context.Context, after ledger.RightID, most int) ([]ledger.KeptRight, ledger.Head, error)
	// Listed returns the next rows of the directory behind one, in its own order,
	// that were told at a time or later, at most so many.
	Listed(ctx context.Context, since ledger.Millis, after ledger.KeyedHash, most int) ([]ledger.Listed, error)
}

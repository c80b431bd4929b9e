package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Append writes an entry with all that belongs to it, in one transaction: its
// sale's or return's key, its attachment, the spends of its holds, and what it
// adds to the balances. It returns once that is on disk past fsync, and for a
// spend the mark too.
//
// An entry that stands already is nil. A sale, return or void whose id stands
// under another entry is a *ledger.SaleExists; a spend of a hold that is gone
// is a *loyalty.NoRedeem. After any other error repeat it with the same record.
// Those who call it at the same time share a transaction; each is taken or
// refused by itself.
func (s *Store) Append(ctx context.Context, record ledger.Record) error {
	if err := checkRecord(record); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return s.together(&appending{ctx: ctx, record: record, err: errInterrupted})
}

func checkRecord(r ledger.Record) error {
	if r.Entry == nil || len(r.Body) == 0 {
		return errors.New("record without an entry")
	}
	if len(r.Body) > ledger.MaxBody {
		return ledger.ErrTooLarge
	}
	if r.Entry.Attachment.IsZero() != (len(r.Attachment) == 0) {
		return errors.New("entry and record do not agree on an attachment")
	}
	if len(r.Attachment) > 0 && ledger.HashOf(r.Attachment) != r.Entry.Attachment {
		return errors.New("attachment is not the one the entry names")
	}
	if key, keyed := keyOf(r.Entry); keyed && key.day == "" {
		return fmt.Errorf("%s without a business day", r.Entry.Kind)
	}
	if r.Entry.Kind == ledger.Profile && r.Name == "" && r.PIN == "" && r.Identifier == nil {
		return errors.New("profile without a name to show, an identifier to find by or a PIN")
	}
	if r.Entry.Kind == ledger.Adjust && r.Entry.Adjust.ID == "" {
		return errNoAdjustID
	}
	return checkReturn(r.Entry)
}

func (p *pen) append(r ledger.Record) error {
	if err := p.findSale(r.Entry); err != nil {
		return err
	}
	if err := p.put(r.Entry, r.Body, 0); err != nil {
		return err
	}
	if err := p.key(r); err != nil {
		return err
	}
	if err := p.keepReceipts(); err != nil {
		return err
	}
	if err := p.attach(r); err != nil {
		return err
	}
	if err := p.bindHere(r); err != nil {
		return err
	}
	if err := p.nameHere(r); err != nil {
		return err
	}
	if err := p.setPIN(r); err != nil {
		return err
	}
	if err := p.detach(r); err != nil {
		return err
	}
	if err := p.unsettle(r.Entry); err != nil {
		return err
	}
	return p.spend(r.Entry)
}

// conflict finds out why an entry was not taken: it stands already, its sale
// does, or what err says.
func (s *Store) conflict(ctx context.Context, r ledger.Record, cause error) error {
	stands, err := s.stands(ctx, r)
	if err != nil || stands {
		return err
	}
	key, keyed := keyOf(r.Entry)
	if !keyed {
		return cause
	}
	sale, err := s.View.Sale(ctx, key.day, key.id)
	if err != nil {
		return err
	}
	if sale != nil {
		return sale
	}
	return cause
}

// stands reports whether this very entry is in the journal; another body under
// its id is an error.
func (s *Store) stands(ctx context.Context, r ledger.Record) (bool, error) {
	var hash ledger.Hash
	err := s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT body_hash FROM journal WHERE id = ? LIMIT 1`, r.Entry.ID).Scan(&hash)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up entry: %w", err)
	}
	if hash != ledger.HashOf(r.Body) {
		return false, fmt.Errorf("append: entry %s stands already with another body", r.Entry.ID)
	}
	return true, nil
}

// Sale returns what stands under a sale's id on a business day, a sale or a
// return or void, or nil if nothing does.
func (v *View) Sale(ctx context.Context, day ledger.Date, saleID string) (*ledger.SaleExists, error) {
	if !v.ids.may(saleKey{day, saleID}) {
		return nil, nil
	}
	var found *ledger.SaleExists
	err := v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		found = new(ledger.SaleExists)
		if body := []byte(row.Text(2)); !isPruned(body) {
			found.Body = body
		}
		return errors.Join(found.Entry.Scan(row.Text(0)), found.Request.Scan(row.Blob(1)))
	}, `
		SELECT s.entry, s.request, j.body
		FROM sale s JOIN journal j ON j.id = s.entry
		WHERE s.business_day_date = +? AND s.sale_id = +?
		LIMIT 1`, string(day), saleID)
	if err != nil {
		return nil, fmt.Errorf("find sale: %w", err)
	}
	return found, nil
}

// Activity returns what stands for an activity with a ref, or nil if nothing
// does.
func (v *View) Activity(ctx context.Context, a ledger.Activity) (*ledger.SaleExists, error) {
	return v.Sale(ctx, everyDay, a.Key())
}

// LastSale returns this terminal's last sale, or nil if there is none, or its body
// is gone, or of a release to come. Returns tells whether it was voided since.
func (v *View) LastSale(ctx context.Context) (*ledger.Entry, error) {
	sales, err := v.readable(ctx, `
		SELECT body
		FROM journal
		WHERE kind = +?
		ORDER BY n DESC
		LIMIT 1`, string(ledger.Sold))
	if err != nil || len(sales) == 0 {
		return nil, err
	}
	return sales[0], nil
}

package offline

import (
	"cmp"
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A balance is headquarters' row in the directory and what own entries in the
// journal add after the place that the row counts. Each is read by one
// statement, which sees one state of its database, without a transaction
// around both. A balance would flash back if the directory were read, then an
// entry settled (first the directory counts it, then the journal drops it),
// then the journal read: so what the directory said counts only if the journal
// was read before it, or the directory has not changed since. Where the
// journal never spoke of a member there is nothing that could be dropped, and
// it need not be read: mentions are set before a commit and never taken back.

// Find returns the member whom an identifier names, or an error that is
// loyalty.ErrUnknownMember. value is in the form it is hashed in.
func (v *View) Find(ctx context.Context, kind, value string) (loyalty.Member, error) {
	m, err := v.find(ctx, ledger.KeyedHash(v.opts.LookupKey.Hash(kind, value)))
	if err != nil {
		return loyalty.Member{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

func (v *View) find(ctx context.Context, hash ledger.KeyedHash) (m loyalty.Member, err error) {
	s := sighting{hash: hash[:], version: v.directory.version()}
	if s.fed, err = v.identified(ctx, hash); err != nil {
		return m, err
	}
	s.mentioned = v.mentions.has(hash)
	if !s.account.IsZero() {
		return v.describe(ctx, s)
	}
	if !s.mentioned {
		return v.findIntroduced(ctx, s)
	}
	local, err := v.enrolledHere(ctx, hash[:])
	if err != nil {
		return m, err
	}
	s.version = v.directory.version()
	if s.fed, err = v.identified(ctx, hash); err != nil {
		return m, err
	}
	if s.account.IsZero() {
		if local.IsZero() {
			return v.findIntroduced(ctx, s)
		}
		s.account, s.version = local, changing
	}
	return v.describe(ctx, s)
}

// Member returns what is known of an account, forwarded if it was merged. Of one
// with several members it does not know who is here.
func (v *View) Member(ctx context.Context, id ledger.AccountID) (m loyalty.Member, err error) {
	return v.Housemate(ctx, id, ledger.MemberID{})
}

// Housemate is Member, with one of the account's members here; where the account
// has her no more, nobody is known to be.
func (v *View) Housemate(ctx context.Context, id ledger.AccountID, member ledger.MemberID) (m loyalty.Member, err error) {
	s := sighting{version: v.directory.version(), member: member}
	if s.fed, err = v.fedAccount(ctx, id); err == nil {
		m, err = v.describe(ctx, s)
	}
	if err != nil {
		return loyalty.Member{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

// sighting is a member as the directory had her at a version, and how she was
// found there.
type sighting struct {
	fed
	version   uint64
	hash      []byte          // of the identifier, nil if she was found by her account
	mentioned bool            // the journal may know that
	member    ledger.MemberID // who is said to be here; zero where nobody is
	// introduced is by whom another lane finds her, where nobody else does.
	introduced ledger.Introduction
}

func (v *View) describe(ctx context.Context, s sighting) (m loyalty.Member, err error) {
	named := s.account
	if named.IsZero() {
		return m, loyalty.ErrUnknownMember
	}
	var n noted
	if s.mentioned || v.mentions.has(named) {
		if n, err = v.compare(ctx, &s); err != nil {
			return m, err
		}
	}
	news, err := v.readNews(ctx, &s)
	if err != nil {
		return m, err
	}
	if err := v.meetIntroduced(ctx, &s, &n); err != nil {
		return m, err
	}
	m.Account, m.Name, m.AsOf = s.account, cmp.Or(s.name, n.mask, s.introduced.Name), s.asOf
	m.Introduced = !s.introduced.Account.IsZero()
	said, err := v.saidName(ctx, n, s.applied)
	if err != nil {
		return m, err
	}
	if said != "" {
		m.Name = said
	}
	sheet := sheet{balances: s.balances}
	earlier := func(place applied, n int64) (bool, error) { return v.earlier(ctx, place, n) }
	if err := sheet.addUnsettled(n.unsettled, n.lineage, s.applied, earlier); err != nil {
		return m, err
	}
	sheet.addNews(news)
	if !m.Introduced { // a hub that leads her to somebody else's account spends nothing of it
		if err := v.addSpendable(ctx, &sheet, n); err != nil {
			return m, err
		}
	}
	m.Balances, m.Vouchers, m.Uses = sheet.shown(), sheet.held(), sheet.uses
	if v.opts.Recall != nil {
		if m.State, m.Profile, err = v.recall(ctx, m.Account, n, s.known || m.Introduced); err != nil {
			return m, err
		}
	}
	if err := v.tellHere(ctx, &m, s, n); err != nil {
		return m, err
	}
	if !s.known && n.mask == "" && s.account == named && len(m.Balances) == 0 && !m.Introduced {
		return m, loyalty.ErrUnknownMember
	}
	return m, nil
}

// saidName is the last name she gave here that the feed does not count yet.
func (v *View) saidName(ctx context.Context, n noted, counted applied) (mask string, err error) {
	earlier := func(place applied, n int64) (bool, error) { return v.earlier(ctx, place, n) }
	for _, said := range n.names {
		old, err := counted.counts(earlier, n.lineage, said.n)
		if err != nil {
			return "", err
		}
		if !old {
			mask = said.mask
		}
	}
	return mask, nil
}

// compare reads what the journal says of a member, and the directory after it
// where it may say something else by now. One whose account became another's
// is the other from there on.
func (v *View) compare(ctx context.Context, s *sighting) (n noted, err error) {
	for {
		if n, err = v.readNoted(ctx, s.account, s.hash, s.member); err != nil {
			return n, err
		}
		if n.survivor == "" {
			break
		}
		if err := s.account.UnmarshalText([]byte(n.survivor)); err != nil {
			return n, fmt.Errorf("follow forward: %w", err)
		}
		s.version = changing
	}
	if steady(s.version) && s.version == v.directory.version() {
		return n, nil
	}
	s.fed, err = v.fedAccount(ctx, s.account)
	return n, err
}

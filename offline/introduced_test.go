package offline_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const newNumber = "+905551112233"

// introduces has the till hear whom the neighbor found by a number.
func (n *neighbor) introduces(account ledger.AccountID, member ledger.MemberID, e164 string) ledger.Introduction {
	n.t.Helper()
	i := ledger.Introduction{
		Hash: n.opts.LookupKey.Hash(ledger.PhoneIdentifier, e164), Account: account, Member: member,
		Name: ledger.MaskPhone(e164), Terminal: n.at.Terminal,
	}
	n.hearsOf(i)
	return i
}

func (n *neighbor) hearsOf(i ledger.Introduction) {
	n.t.Helper()
	n.position++
	n.isTold("apply introductions", ledger.Cursor{Incarnation: 7, Position: n.position}, n.ErasedUpTo(), i)
}

// isTold has the till take what goes on from where it is in a hub's list.
func (tl *till) isTold(what string, next ledger.Cursor, heard ledger.Millis, told ...ledger.Introduction) {
	tl.t.Helper()
	tl.must(what, tl.ApplyIntroductions(context.Background(), told, tl.introductionCursor(), next, heard))
}

func (tl *till) introductionCursor() ledger.Cursor {
	tl.t.Helper()
	at, err := tl.IntroductionCursor(context.Background())
	tl.must("read cursor", err)
	return at
}

// found wants a number to lead to an account, by a neighbor's word or by the feed's.
func (tl *till) found(when, e164 string, want ledger.AccountID, introduced bool, shown ledger.Points) {
	tl.t.Helper()
	m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, e164)
	if err != nil || m.Account != want || m.Introduced != introduced || m.Balance(points).Shown != shown || m.Name == "" {
		tl.t.Errorf("%s: found %+v, %v", when, m, err)
	}
}

func (tl *till) notFound(when, e164 string) {
	tl.t.Helper()
	if m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, e164); !errors.Is(err, loyalty.ErrUnknownMember) {
		tl.t.Errorf("%s: found %+v, %v", when, m, err)
	}
}

// Whom a neighbor took in is found by her number and by her account, with what was told
// of her and what is sold to her here, after a restart and beside the daemon too, until
// the feed brings her: then it is the feed's word alone.
func TestIntroduced(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	n := tl.neighbor()
	ana := newAccountID()
	tl.notFound("before anybody told of her", newNumber)
	told := n.introduces(ana, ledger.MemberID(ana), newNumber)
	tl.found("told", newNumber, ana, true, 0)
	n.tells(ana, 10)
	tl.found("with what she earned there", newNumber, ana, true, 10)
	tl.append(tl.sale(ana, 5))
	tl.found("with what she earned here", newNumber, ana, true, 15)
	tl.reopen()
	tl.found("after a restart", newNumber, ana, true, 15)
	for name, find := range map[string]func() (loyalty.Member, error){
		"by account": func() (loyalty.Member, error) { return tl.Member(ctx, ana) },
		"beside":     func() (loyalty.Member, error) { return tl.beside().Find(ctx, ledger.PhoneIdentifier, newNumber) },
	} {
		if m, err := find(); err != nil || m.Account != ana || !m.Introduced || m.Name != "***2233" || m.ID != ledger.MemberID(ana) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}

	row := tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, tl.place())
	row.Account.Name = ""
	tl.apply(row) // headquarters heard of the sale here before the enroll there
	tl.found("with a row that nobody is found by", newNumber, ana, true, 15)
	row = tl.row(3, ana, newNumber, ledger.Balance{Program: program, Unit: points, Available: 15}, tl.place())
	row.Account.Applied = append(row.Account.Applied, n.at)
	tl.apply(row)
	tl.found("fed", newNumber, ana, false, 15)
	n.hearsOf(told)
	tl.found("told once more", newNumber, ana, false, 15)
	tl.clean()
}

// What the feed and this till's own journal say goes before what a neighbor does.
func TestIntroducedAsSomebodyElse(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	n := tl.neighbor()
	fed, own, other := newAccountID(), newAccountID(), newAccountID()
	const fedNumber, ownNumber = "+905551110001", "+905551110002"
	tl.apply(tl.row(2, fed, fedNumber, ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}))
	tl.append(tl.enroll(own, ownNumber))
	n.introduces(other, ledger.MemberID(other), fedNumber)
	n.introduces(other, ledger.MemberID(other), ownNumber)
	tl.found("whom the feed knows", fedNumber, fed, false, 7)
	tl.found("who was enrolled here", ownNumber, own, false, 0)
	tl.clean()
}

// One that is withdrawn, one of another list, and one that a till is told which has heard
// of more erasures than who tells it, are not there.
func TestIntroducedNoMore(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	n := tl.neighbor()
	ana := newAccountID()
	told := n.introduces(ana, ledger.MemberID(ana), newNumber)
	told.Withdrawn = true
	n.hearsOf(told)
	tl.notFound("withdrawn", newNumber)
	told.Withdrawn = false
	n.hearsOf(told)
	tl.found("told again", newNumber, ana, true, 0)
	tl.isTold("another list", ledger.Cursor{Incarnation: 8, Position: 1}, 0)
	tl.notFound("another list", newNumber)

	n.introduces(ana, ledger.MemberID(ana), newNumber)
	asked := tl.introductionCursor()
	tl.apply(ledger.Change{Position: 9, Kind: ledger.ErasureChange, Key: ana.String(), Erasure: &ledger.Erasure{
		Serial: 50, Member: ledger.MemberID(ana), Accounts: []ledger.AccountID{ana},
	}})
	tl.notFound("erased", newNumber)
	late := ledger.Cursor{Incarnation: 7, Position: n.position + 1}
	begin := ledger.Cursor{Incarnation: 7} // who has the number now may have been passed over
	tl.isTold("told by who has not heard", late, 49, told)
	tl.notFound("told by who has not heard", newNumber)
	if at := tl.introductionCursor(); at != begin {
		t.Errorf("the cursor is %v, and everything is to be told again", at)
	}
	tl.must("told what was asked for before", tl.ApplyIntroductions(ctx, []ledger.Introduction{told}, asked, late, 50))
	tl.notFound("told what was asked for before", newNumber)
	if at := tl.introductionCursor(); at != begin {
		t.Errorf("the cursor is %v, and what lies before is not read", at)
	}
	tl.isTold("told by who has heard", late, 50, told)
	tl.found("somebody new", newNumber, ana, true, 0)
	tl.clean()
}

// Who joined a household at a neighbor is who is here, by her number and named by her
// account and herself.
func TestIntroducedToAHousehold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	n := tl.neighbor()
	home := newAccountID()
	tl.apply(tl.row(2, home, "+905551110001", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}))
	ece := ledger.MemberID(newAccountID())
	n.introduces(home, ece, newNumber)
	byNumber, err := tl.Find(ctx, ledger.PhoneIdentifier, newNumber)
	tl.must("find", err)
	named, err := tl.Housemate(ctx, home, ece)
	tl.must("find", err)
	for name, m := range map[string]loyalty.Member{"by her number": byNumber, "named": named} {
		if m.Account != home || m.ID != ece || m.Household != 2 || m.Name != "***2233" || m.Balance(points).Shown != 7 || !m.Introduced {
			t.Errorf("%s: %+v", name, m)
		}
	}
	first, err := tl.Find(ctx, ledger.PhoneIdentifier, "+905551110001")
	if err != nil || first.ID != ledger.MemberID(home) || first.Introduced {
		t.Errorf("who was there before: %+v, %v", first, err)
	}
	tl.clean()
}

// Who is in a household by the feed's word is known by it, whatever a card given to her at
// a neighbor leads to; the card is its word alone.
func TestIntroducedByACardOfHers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	n := tl.neighbor()
	home, bob := newAccountID(), newAccountID()
	tl.apply(tl.household(2, home, bob)...)
	const card = "2912345678901"
	told := ledger.Introduction{
		Hash: tl.opts.LookupKey.Hash(ledger.CardIdentifier, card), Account: home, Member: ledger.MemberID(bob), Name: "B***", Terminal: n.at.Terminal,
	}
	n.hearsOf(told)
	byNumber, err := tl.Find(ctx, ledger.PhoneIdentifier, bobsNumber)
	tl.must("find", err)
	named, err := tl.Housemate(ctx, home, ledger.MemberID(bob))
	tl.must("find", err)
	byCard, err := tl.Find(ctx, ledger.CardIdentifier, card)
	tl.must("find", err)
	for name, m := range map[string]loyalty.Member{"by her number": byNumber, "named": named, "by the card": byCard} {
		if m.Account != home || m.ID != ledger.MemberID(bob) || m.Household != 2 || m.Introduced != (name == "by the card") {
			t.Errorf("%s: %+v", name, m)
		}
	}
	tl.clean()
}

// The till tells whom it took in in the order in which it did, page by page, and no more
// of whom the feed has brought; those too that the release before took in.
func TestIntroductionsOfATill(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	var want []ledger.Introduction
	for i := range 5 {
		account, number := newAccountID(), fmt.Sprintf("+90555111000%d", i)
		tl.append(tl.enroll(account, number))
		want = append(want, ledger.Introduction{
			Hash: tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, number), Account: account, Member: ledger.MemberID(account), Name: ledger.MaskPhone(number),
		})
	}
	all := func(most int) (all []ledger.Introduction) {
		t.Helper()
		for after := (ledger.IntroducedUpTo{}); ; {
			some, upTo, err := tl.Introductions(ctx, after, most)
			tl.must("introduce", err)
			if len(some) == 0 {
				return all
			}
			all, after = append(all, some...), upTo
		}
	}
	if diff := cmp.Diff(want, all(2)); diff != "" {
		t.Error(diff)
	}
	tl.apply(tl.row(2, want[0].Account, "+905551110000", ledger.Balance{Program: program, Unit: points}, tl.place()))
	if diff := cmp.Diff(want[1:], all(500)); diff != "" {
		t.Error("once one is fed: ", diff)
	}
	tl.must("close", tl.Close())
	tl.must("put back", raw(t, tl.path("journal.db"), `UPDATE local SET n = 0`))
	tl.open()
	if got := all(1); len(got) != 4 {
		t.Errorf("of those of the release before %d are told", len(got))
	}
	tl.clean()
}

// Whoever looks for her while the feed takes her over always finds her, and what she has
// never goes back.
func TestIntroducedUntilFed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	n := tl.neighbor()
	const newcomers = 50
	number := func(i int) string { return fmt.Sprintf("+9055511%05d", i) }
	var accounts []ledger.AccountID
	for i := range newcomers {
		accounts = append(accounts, newAccountID())
		n.introduces(accounts[i], ledger.MemberID(accounts[i]), number(i))
		n.tells(accounts[i], 10)
	}
	done, read := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			m, err := tl.Find(ctx, ledger.PhoneIdentifier, number(i%newcomers))
			if shown := m.Balance(points).Shown; err == nil && (shown != 10 || m.Account != accounts[i%newcomers]) {
				err = fmt.Errorf("%d of %s are shown", shown, m.Account)
			}
			select {
			case <-done:
				read <- err
				return
			default:
			}
			if err != nil {
				read <- err
				return
			}
		}
	}()
	for i, account := range accounts {
		row := tl.row(ledger.Position(i+10), account, number(i), ledger.Balance{Program: program, Unit: points, Available: 10}, ledger.Place{})
		row.Account.Applied = []ledger.Place{n.at}
		tl.apply(row)
	}
	close(done)
	if err := <-read; err != nil {
		t.Error(err)
	}
	tl.clean()
}

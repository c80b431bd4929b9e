package offline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	anasNumber = "+905321234567"
	bobsNumber = "+905321234568"
)

// joinBy makes the record of a member who joins an account.
func (tl *till) joinBy(account, member ledger.AccountID, e164 string) ledger.Record {
	tl.t.Helper()
	r := tl.enroll(member, e164)
	r.Entry.Joins, r.Entry.Proof = account, ledger.Presented
	joined := tl.encode(r.Entry)
	joined.Attachment, joined.Identifier = r.Attachment, r.Identifier
	return joined
}

// isHere wants a number to find a member of an account, as one of so many.
func (tl *till) isHere(when, e164 string, account ledger.AccountID, member ledger.MemberID, size int, name string) {
	tl.t.Helper()
	m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, e164)
	if err != nil || m.Account != account || m.ID != member || m.Household != size || m.Name != name {
		tl.t.Errorf("%s: %+v, %v; want %s of %s, one of %d, as %s", when, m, err, member, account, size, name)
	}
}

// household is headquarters' word of two members of an account.
func (tl *till) household(position ledger.Position, account, second ledger.AccountID) []ledger.Change {
	hash := func(e164 string) ledger.KeyedHash { return tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, e164) }
	row := tl.row(position+1, account, anasNumber, ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{})
	row.Account.Identifiers = append(row.Account.Identifiers, hash(bobsNumber))
	return []ledger.Change{
		{Position: position, Kind: ledger.HouseholdChange, Key: account.String(), Household: &ledger.Household{
			Account: account, Members: []ledger.Housemate{
				{Member: ledger.MemberID(account), Identifiers: []ledger.KeyedHash{hash(anasNumber)}, Name: "A***", BirthMonth: 4},
				{Member: ledger.MemberID(second), Identifiers: []ledger.KeyedHash{hash(bobsNumber)}, Name: "B***", BirthMonth: 5},
			},
		}},
		row,
	}
}

// Who joins an account is found in it, as herself, from that transaction on: after a
// restart, under a new epoch, and in a journal that had to be salvaged. What the
// account has is shown to each.
func TestHouseholdHere(t *testing.T) {
	t.Parallel()
	was := newTill(t)
	ana, bob := newAccountID(), newAccountID()
	was.append(was.enroll(ana, anasNumber))
	was.append(was.joinBy(ana, bob, bobsNumber))
	was.append(was.sale(ana, 10))
	look := func(tl *till, when string) {
		t.Helper()
		tl.isHere(when, bobsNumber, ana, ledger.MemberID(bob), 2, ledger.MaskPhone(bobsNumber))
		tl.isHere(when, anasNumber, ana, ledger.MemberID(ana), 2, ledger.MaskPhone(anasNumber))
		if m, err := tl.Housemate(context.Background(), ana, ledger.MemberID(bob)); err != nil || m.ID != ledger.MemberID(bob) {
			t.Errorf("%s, by his id: %+v, %v", when, m, err)
		}
		if m, err := tl.Member(context.Background(), ana); err != nil || !m.ID.IsZero() || m.Household != 2 {
			t.Errorf("%s, nobody said who is here: %+v, %v", when, m, err)
		}
		tl.clean()
	}
	look(was, "at once")
	was.reopen()
	look(was, "reopened")
	was.must("open epoch", was.OpenEpoch(context.Background(), 0, ledger.Head{}))
	look(was, "new epoch")
	was.must("close", was.Close())
	tl := was.spoiled(t, noHeader)
	tl.open()
	if got := tl.salvaged(); got.Entries == 0 {
		t.Fatalf("salvaged %+v", got)
	}
	look(tl, "salvaged")
	tl.must("tamper", raw(t, tl.path("journal.db"), fmt.Sprintf(`UPDATE local SET member = '%s' WHERE member <> ''`, newAccountID())))
	if report, err := tl.Verify(context.Background(), nil); err != nil || len(report.Findings) == 0 {
		t.Errorf("another member's identifier is not found: %v", err)
	}
}

// What headquarters says of a household stands whether the directory is read row by
// row or built at once, says whose month it is, ends with it, and is dropped with
// what an earlier incarnation said.
func TestHouseholdFed(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]int{"row by row": 0, "built": 400} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			tl := newTill(t)
			ana, bob := newAccountID(), newAccountID()
			changes := tl.household(1, ana, bob)
			for i := range others {
				changes = append(changes, tl.row(ledger.Position(3+i), newAccountID(), fmt.Sprintf("+90555%07d", i), ledger.Balance{Program: program, Unit: points}, ledger.Place{}))
			}
			tl.apply(changes...)
			tl.must("end", tl.EndFeed(ctx))
			if cursor, err := tl.Cursor(ctx); err != nil || cursor.Position != changes[len(changes)-1].Position {
				t.Fatalf("cursor %+v, %v", cursor, err)
			}
			if heard, err := tl.HouseholdCursor(ctx); err != nil || heard != (ledger.Cursor{Incarnation: 1, Position: 1}) {
				t.Errorf("heard of up to %+v, %v", heard, err)
			}
			tl.isHere("fed", anasNumber, ana, ledger.MemberID(ana), 2, "A***")
			tl.isHere("fed", bobsNumber, ana, ledger.MemberID(bob), 2, "B***")
			listed, err := tl.Listed(ctx, 0, ledger.KeyedHash{}, 1000)
			if err != nil || len(listed) != others+2 {
				t.Errorf("%d are listed, %v", len(listed), err)
			}
			for _, l := range listed {
				if second := l.Member == ledger.MemberID(bob); second != (l.Name == "B***") || !second && !l.Member.IsZero() {
					t.Errorf("listed: %+v", l)
				}
			}
			tl.reopen()
			tl.isHere("reopened", bobsNumber, ana, ledger.MemberID(bob), 2, "B***")

			end := ledger.Position(others + 10)
			tl.apply(ledger.Change{Position: end, Kind: ledger.HouseholdChange, Key: ana.String(), Household: &ledger.Household{Account: ana}},
				tl.row(end+1, ana, anasNumber, ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}))
			tl.isHere("alone", anasNumber, ana, ledger.MemberID(ana), 0, "A*** B***")

			again := tl.household(1, ana, bob)
			tl.must("apply", tl.Apply(ctx, again[1:], ledger.Cursor{Incarnation: 2, Position: 2}))
			tl.isHere("another incarnation", bobsNumber, ana, ledger.MemberID(ana), 0, "A*** B***")
			tl.clean()
		})
	}
}

// A directory that the release before has led further hears of households from where
// it had heard of them.
func TestHouseholdAfterEarlierRelease(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana, bob := newAccountID(), newAccountID()
	changes := tl.household(5, ana, bob)
	tl.apply(changes[1]) // without the row it did not know
	if heard, err := tl.HouseholdCursor(ctx); err != nil || heard.Position != 0 {
		t.Fatalf("heard of up to %+v, %v", heard, err)
	}
	tl.must("apply", tl.Apply(ctx, changes[:1], ledger.Cursor{Incarnation: 1, Position: 6}))
	tl.isHere("upgraded", bobsNumber, ana, ledger.MemberID(bob), 2, "B***")
	if heard, err := tl.HouseholdCursor(ctx); err != nil || heard.Position != 5 {
		t.Errorf("heard of up to %+v, %v", heard, err)
	}
}

package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A return before its sale waits, holds up nobody, and is posted with it:
// from another till, and from its own.
func TestParked(t *testing.T) {
	w, a, b, subject := newcomer(t)
	sale := selling(subject, "S-late")
	sale.ID = newEntryID()
	early := b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0, Quantity: 1})
	b.earn(subject, 100)
	b.sync()
	w.owes("before the sale", 100, 0)
	if s := w.status(); s.Parked != 1 || s.Quarantined != 0 || s.Unprojected != 0 {
		t.Errorf("parked %d, quarantined %d, unprojected %d", s.Parked, s.Quarantined, s.Unprojected)
	}
	own := selling(subject, "S-own")
	own.ID = newEntryID()
	a.comeBack(own, nil, loyalty.Wish{All: true})
	a.append(sale, nil, nil)
	a.append(own, nil, nil)
	a.sync()
	w.owes("with the sales", 130, 0)
	b.pull()
	b.verdict("posted", early, ledger.Posted)
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 {
		t.Errorf("parked %d, quarantined %d", s.Parked, s.Quarantined)
	}
	w.restart()
	w.work()
	w.owes("after a start", 130, 0)
}

// A projector that is stopped between claiming and posting leaves a sale that is claimed
// and stands in no ledger. Its return, which comes before it in the next round, is posted
// with it all the same, whichever of the two tills is looked at first.
func TestStoppedBetweenClaimAndPost(t *testing.T) {
	w, a, b, subject := newcomer(t)
	for _, at := range []struct{ sold, taken *till }{{a, b}, {b, a}} {
		sale := selling(subject, "S-"+at.sold.Terminal.String())
		sale.ID = newEntryID()
		at.taken.elsewhere(at.sold, sale, ledger.ReturnedLine{Line: 0, Quantity: 1})
		at.sold.append(sale, nil, nil)
	}
	a.push()
	b.push()
	if err := w.hq.ClaimOnly(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.work()
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 || s.Unprojected != 0 {
		t.Errorf("parked %d, quarantined %d, unprojected %d", s.Parked, s.Quarantined, s.Unprojected)
	}
	w.owes("both sold and partly back", 60, 0)
	w.clean()
}

// A sale to a number that nobody has, the enroll of who has it, and the void of that sale
// at another till, which come together: what the sale gave goes over to her before it
// comes back, whichever till is looked at first.
func TestVoidOfWhatGoesOver(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	for number, at := range map[string]struct{ sold, voided *till }{ayse: {a, b}, mehmet: {b, a}} {
		cipher, sum := at.sold.person(number, "")
		sale := selling(ledger.SuspectSubject(ledger.SuspectID(newAccountID())), saleID())
		sale.Attachment = sum
		at.sold.append(sale, cipher, nil)
		at.voided.addMember(number, "Her")
		void := returning(at.sold, sale)
		void.Kind = ledger.Voided
		at.voided.append(void, nil, nil)
	}
	a.push()
	b.push()
	w.work()
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 || s.Unprojected != 0 {
		t.Errorf("parked %d, quarantined %d, unprojected %d", s.Parked, s.Quarantined, s.Unprojected)
	}
	for _, number := range []string{ayse, mehmet} {
		if got := w.balance(number); got.Available != 0 || got.Escrowed != 0 {
			t.Errorf("%+v is left of a sale that is void", got)
		}
	}
	w.clean()
}

// A claim of a receipt whose sale is not there yet waits for it, also where the transaction
// in which that came to light runs again, and is judged with the sale: a plain one among
// others.
func TestParkedClaim(t *testing.T) {
	w := newWorldOf(t, starter(t))
	hq.Twice(w.hq)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.sync()
	var sales, claims []*ledger.Entry
	for n := range 8 {
		sale := nobodys(70)
		forged, err := ledger.ClaimCode{Sale: sale.ID, Day: sale.Day, Last: sale.Day, Earned: 70}.Text(ledger.HashOf)
		if err != nil {
			t.Fatal(err)
		}
		sales, claims = append(sales, sale), append(claims, b.append(&ledger.Entry{
			Kind: ledger.Claim, Subject: subject, Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale.ID, Code: forged},
		}, nil, nil))
		b.sync()
		if s := w.status(); s.Parked != n+1 || s.Quarantined != 0 {
			t.Fatalf("parked %d, quarantined %d; want %d and 0", s.Parked, s.Quarantined, n+1)
		}
	}
	for _, sale := range sales {
		a.append(sale, nil, nil)
	}
	a.earn(subject, 5)
	a.sync()
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 {
		t.Errorf("with their sales: parked %d, quarantined %d", s.Parked, s.Quarantined)
	}
	b.pull()
	for _, claim := range claims {
		b.verdict("forged", claim, ledger.NotClaimable)
	}
	w.expect("only her own sale is hers", 5, 0)
	w.clean()
}

// A return parked over a restart is posted once the sale comes, also where it
// came again under a new epoch.
func TestParkedOverRestart(t *testing.T) {
	w, a, b, subject := newcomer(t)
	sale := selling(subject, "S-late")
	sale.ID = newEntryID()
	e := returning(a, sale)
	e.Kind = ledger.Voided
	b.append(e, nil, nil)
	b.sync()
	first := b.place()
	body := b.lines[len(b.lines)-1].body
	b.openEpoch(2, b.head.Hash)
	b.appendBody(body, nil, &first)
	b.mustHello("in_step")
	b.sync()
	w.restart()
	w.work()
	w.clean()
	if s := w.status(); s.Parked != 2 {
		t.Errorf("parked %d, want it at both places", s.Parked)
	}
	a.url, b.url = w.url, w.url
	a.append(sale, nil, nil)
	a.sync()
	if s := w.status(); s.Parked != 0 {
		t.Errorf("parked %d", s.Parked)
	}
	w.clean()
}

// What is parked though its sale stands, as a machine leaves it that stops between the
// two, is posted at the next start: a return, and a confirm.
func TestParkedWhereItsSaleStands(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.sync()
	sale := selling(subject, "S-late")
	sale.ID = newEntryID()
	b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0, Quantity: 1})
	alone := a.detached(ayse, 70)
	b.append(&ledger.Entry{
		Kind: ledger.Confirm, Subject: subject, Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: alone.ID},
	}, nil, nil)
	b.sync()
	if s := w.status(); s.Parked != 2 {
		t.Fatalf("parked %d, want 2", s.Parked)
	}
	w.sql(`UPDATE parked SET sale_id = 'later'`)
	w.sql(`UPDATE parked_claim SET sale = 'later'`)
	a.append(sale, nil, nil)
	a.sync()
	w.sql(`UPDATE parked SET sale_id = 'S-late'`)
	w.sql(`UPDATE parked_claim SET sale = $1`, alone.ID.String())
	w.restart()
	w.work()
	if s := w.status(); s.Parked != 0 || s.Quarantined != 0 {
		t.Errorf("parked %d, quarantined %d", s.Parked, s.Quarantined)
	}
	w.expect("partly back, and confirmed", 100, 0)
}

package sync_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/report"
)

// erase erases who has a number.
func (w *world) erase(number string) hq.Erased {
	w.t.Helper()
	done, err := w.EraseMember(context.Background(), hq.MemberErasure{
		ID: ledger.EntryID(uuid.Must(uuid.NewV7())), Whom: hq.Whom{Phone: number}, Reason: "she asked", Operator: "9",
	})
	w.must(err)
	return done
}

// unknown wants nobody to be found by a number, at headquarters or at some tills.
func (w *world) unknown(when, number string, tills ...*testkit.Enrolled) {
	w.t.Helper()
	if m, err := w.MemberByPhone(context.Background(), number); !errors.Is(err, records.ErrNotFound) {
		w.t.Errorf("%s: headquarters finds %+v, %v", when, m, err)
	}
	for i, e := range tills {
		if m, err := e.Store.Find(context.Background(), ledger.PhoneIdentifier, number); !errors.Is(err, loyalty.ErrUnknownMember) {
			w.t.Errorf("%s: till %d finds %+v, %v", when, i, m, err)
		}
	}
}

// clean wants all books to add up.
func (w *world) clean(when string, tills ...*testkit.Enrolled) {
	w.t.Helper()
	found, err := w.Verify(context.Background(), nil)
	if err != nil || len(found) > 0 {
		w.t.Errorf("%s: headquarters: %v, %v", when, found, err)
	}
	for i, e := range tills {
		report, err := e.Store.Verify(context.Background(), nil)
		if err != nil || len(report.Findings) > 0 {
			w.t.Errorf("%s: till %d: %v, %v", when, i, report.Findings, err)
		}
	}
}

// everyByte are the bytes of all files in some folders.
func everyByte(t testing.TB, folders ...string) (all []byte) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			all = append(all, text...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// inClear are the ways in which a number and a name might stand somewhere.
func inClear() (texts [][]byte) {
	for _, text := range []string{
		e164, e164[1:], "0" + e164[3:], e164[3:], "0532 123 45 67", "532 123 4567", "Zübeyde Yıldız", "Zübeyde", "ZÜBEYDE",
	} {
		texts = append(texts, []byte(text), []byte(hex.EncodeToString([]byte(text))), []byte(base64.StdEncoding.EncodeToString([]byte(text))))
	}
	return texts
}

// hashed are the ways in which a store's keyed hash of a number stands in files: in
// journals whole, in the feed as text, in directories its last six bytes before the
// account.
func hashed(e *testkit.Enrolled, account ledger.AccountID) map[string][]byte {
	hash := e.Options.LookupKey.Hash(ledger.PhoneIdentifier, e164)
	return map[string][]byte{
		"local": hash[:], "feed": []byte(hex.EncodeToString(hash[:])), "directory": append(append([]byte{}, hash[10:]...), account[:]...),
	}
}

// From an erasure on no file of headquarters, of any till, or of what was moved aside
// there has a byte by which she could be found, though her sales are all there.
func TestErasedFromEveryByte(t *testing.T) {
	w := newWorld(t)
	a, b := w.till(), w.till()
	number, err := phone.Parse(e164, "TR")
	w.must(err)
	account := a.NewAccount()
	w.must(a.Till.Enroll(context.Background(), w.Clock.Now(), a.NewEntry(), account, number, ""))
	_, err = a.Name(context.Background(), w.Clock.Now(), a.NewEntry(), checkout.Who{Account: account}, "Zübeyde Yıldız", "1")
	w.must(err)
	w.sell(a, 200_000)
	unsent, err := a.Store.Unsent(context.Background(), 500, 1<<20)
	w.must(err)
	if len(unsent.Attachments) != 2 {
		t.Fatalf("%d attachments", len(unsent.Attachments))
	}
	aside := filepath.Join(a.Options.Dir, "damaged", w.Clock.Now().UTC().Format("20060102T150405Z"))
	w.must(os.MkdirAll(aside, 0o700))
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		text, err := os.ReadFile(filepath.Join(a.Options.Dir, name))
		w.must(err)
		w.must(os.WriteFile(filepath.Join(aside, name), text, 0o600))
	}
	w.settleBoth(a, b)
	export, err := w.ExportMember(context.Background(), e164)
	w.must(err)
	if export.Person == nil || export.Person.Name != "Zübeyde Yıldız" {
		t.Fatalf("kept of her before: %+v", export.Person)
	}
	folders := []string{w.Dir, a.Options.Dir, b.Options.Dir}
	before := everyByte(t, folders...)
	for place, trace := range hashed(a, account) {
		if !bytes.Contains(before, trace) {
			t.Errorf("before, the %s does not have her hash: what is looked for is no trace", place)
		}
	}

	done := w.erase(e164)
	if len(done.Awaits) != 2 || done.Stay != 0 {
		t.Errorf("erased: %+v", done)
	}
	w.settleBoth(a, b)
	w.unknown("erased", e164, a, b)
	after := everyByte(t, folders...)
	for place, trace := range hashed(a, account) {
		if bytes.Contains(after, trace) {
			t.Errorf("her hash is left as in a %s", place)
		}
	}
	for i, cipher := range unsent.Attachments {
		if !bytes.Contains(before, cipher[64:128]) || bytes.Contains(after, cipher[64:128]) {
			t.Errorf("attachment %d was not there, or is left", i)
		}
	}
	for _, text := range inClear() {
		if bytes.Contains(before, text) || bytes.Contains(after, text) {
			t.Errorf("%q stands somewhere in clear", text)
		}
	}
	if !bytes.Contains(after, []byte(account.String())) {
		t.Error("what happened is gone too")
	}
	if _, err := os.Stat(aside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was moved aside: %v", err)
	}
	w.clean("erased", a, b)
}

// settleBoth lets tills send and hear until nothing is new.
func (w *world) settleBoth(tills ...*testkit.Enrolled) {
	w.t.Helper()
	for range 3 {
		for _, e := range tills {
			w.drain(e)
		}
		for _, e := range tills {
			w.pull(e)
		}
	}
}

// Her number is anybody's again once she was erased: who enrolls with it is a new
// member, with nothing of what was there before, whose units have ended.
func TestErasedNumberEnrolledAnew(t *testing.T) {
	s := newShop(t)
	old := s.member().Account
	done := s.erase(e164)
	s.settleBoth(s.a, s.b)
	s.unknown("erased", e164, s.a, s.b)
	if done.Account != old {
		t.Errorf("erased %+v, was %s", done, old)
	}
	anew := s.takeIn(s.b)
	s.sell(s.b, 10_000)
	s.settleBoth(s.a, s.b)
	m := s.member()
	if m.Account != anew || m.Rows != 2 || points(m) != 100 {
		t.Errorf("enrolled anew: %+v", m)
	}
	if found, err := s.a.Store.Find(context.Background(), ledger.PhoneIdentifier, e164); err != nil || found.Account != anew {
		t.Errorf("the other till: %+v, %v", found, err)
	}
	s.ended(old)
	s.clean("anew", s.a, s.b)
}

func (w *world) member() inquiry.MemberState {
	w.t.Helper()
	m, err := w.MemberByPhone(context.Background(), e164)
	w.must(err)
	return m
}

func points(m inquiry.MemberState) (sum ledger.Points) {
	for _, b := range m.Balances {
		if b.Unit == "points" {
			sum += b.Available + b.Escrowed
		}
	}
	return sum
}

// ended wants nothing to be left of an account's units.
func (w *world) ended(account ledger.AccountID) {
	w.t.Helper()
	w.must(w.EachBalance(context.Background(), func(b report.AccountBalance) error {
		if b.Account == account.String() && b.Available+b.Escrowed+b.Pending != 0 {
			w.t.Errorf("left of %s: %+v", account, b)
		}
		return nil
	}))
}

// What a till had that was silent is erased when it comes: its enroll of the same
// number, the sale to somebody who typed it, the card. What happened is posted. The
// number's hash is kept until it came, and for a month; from then on nobody has it.
func TestErasedWhileATillWasSilent(t *testing.T) {
	s := newShop(t)
	old := s.member().Account
	c := s.till() // hears nothing before it is cut off
	x := s.takeIn(c)
	s.sell(c, 30_000)
	s.addCard(s.a, old)
	s.sell(s.a, 2_000, "five") // of a right that stands there, while nobody hears
	s.erase(e164)
	s.settleBoth(s.b)
	if _, err := s.a.Store.Find(context.Background(), ledger.PhoneIdentifier, e164); err != nil {
		t.Errorf("the silent till has heard already: %v", err)
	}
	if n := s.identifiersKept(); n == 0 {
		t.Error("no hash is kept while tills are silent")
	}
	s.settleBoth(s.a, c)
	s.unknown("all heard", e164, s.a, s.b, c)
	for _, account := range []ledger.AccountID{old, x} {
		s.ended(account)
	}
	if told := s.Told(event.Erased); len(told) != 2 {
		t.Errorf("told: %+v", told)
	}
	if lost := s.Told(event.Loss); len(lost) > 0 {
		t.Errorf("lost: %+v", lost)
	}
	anew := s.takeIn(c)
	s.settleBoth(s.a, s.b, c)
	if m := s.member(); m.Account != anew {
		t.Errorf("enrolled anew at the till that was silent: %+v", m)
	}
	s.clean("all heard", s.a, s.b, c)
	if n := s.identifiersKept(); n == 0 {
		t.Error("no hash is kept while a copy of a till may still send what it had")
	}
	s.passes(31 * 24 * time.Hour)
	s.must(s.Work(context.Background()))
	if n := s.identifiersKept(); n != 0 {
		t.Errorf("%d hashes are kept though all have heard a month ago", n)
	}
}

// A till that has heard, and one that has not, both enroll her number: the first is a
// new member, the second is nobody, whichever comes first.
func TestEnrolledAnewAndInVain(t *testing.T) {
	for name, late := range map[string]bool{"silent first": false, "silent last": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			c := s.till()
			x := s.takeIn(c)
			s.erase(e164)
			s.settleBoth(s.a, s.b)
			anew := s.takeIn(s.a)
			order := []*testkit.Enrolled{c, s.a}
			if late {
				order = []*testkit.Enrolled{s.a, c}
			}
			for _, e := range order {
				s.drain(e)
				s.must(s.Work(context.Background()))
			}
			s.settleBoth(s.a, s.b, c)
			if m := s.member(); m.Account != anew {
				t.Errorf("she is %s, want %s and not %s", m.Account, anew, x)
			}
			for i, e := range []*testkit.Enrolled{s.a, s.b, c} {
				if m, err := e.Store.Find(context.Background(), ledger.PhoneIdentifier, e164); err != nil || m.Account != anew {
					t.Errorf("till %d: %+v, %v", i, m, err)
				}
			}
			s.clean(name, s.a, s.b, c)
		})
	}
}

// Of a household only the person goes: the account, its points and who else is in it
// stay, also where the account has her id.
func TestErasedOfAHousehold(t *testing.T) {
	h := newHome(t)
	h.settle(h.a, h.b)
	h.sell(h.a, 100_000)
	h.settle(h.a, h.b)
	done := h.erase(e164)
	if done.Stay != 1 {
		t.Errorf("erased: %+v", done)
	}
	h.settleBoth(h.a, h.b)
	h.unknown("erased", e164, h.a, h.b)
	bob, err := h.MemberByPhone(context.Background(), bobE164)
	h.must(err)
	if bob.Account != h.account || bob.Member != h.bob || points(bob) == 0 {
		t.Errorf("who stays: %+v", bob)
	}
	h.here("erased", bobE164, h.account, h.bob, 0, "B*** R***", h.a, h.b)
	h.clean("erased", h.a, h.b)
	_, err = h.EraseMember(context.Background(), hq.MemberErasure{
		ID: ledger.EntryID(uuid.Must(uuid.NewV7())), Whom: hq.Whom{Account: h.account}, Reason: "she asked again",
	})
	if !errors.Is(err, records.ErrNotFound) {
		t.Errorf("her id finds who is left: %v", err)
	}
	h.erase(bobE164)
	h.settleBoth(h.a, h.b)
	h.ended(h.account)
	h.clean("both erased", h.a, h.b)
}

// A headquarters that was put back from a backup of before an erasure erases again,
// before it answers anybody; what its tills send again makes nobody of her.
func TestErasedStaysErasedAfterARestore(t *testing.T) {
	s := newShop(t)
	old := s.member().Account
	export, err := s.ExportMember(context.Background(), e164)
	s.must(err)
	backup := s.Backup()
	s.sell(s.b, 10_000)
	s.settle(s.a, s.b)
	s.erase(e164)
	s.settleBoth(s.a)
	s.restore(backup)
	if s.Dir == backup || export.Person == nil {
		t.Fatal("there was nothing to erase again")
	}
	s.unknown("restored", e164)
	feed := hashed(s.a, old)["feed"]
	if bytes.Contains(everyByte(t, s.Dir), feed) {
		t.Error("the restored files have her hash")
	}
	if !bytes.Contains(everyByte(t, backup), feed) {
		t.Error("the backup did not have her hash: nothing was tried")
	}
	s.comeBack()
	s.unknown("all came again", e164, s.a, s.b)
	s.ended(old)
	anew := s.takeIn(s.b)
	s.settleBoth(s.a, s.b)
	if m := s.member(); m.Account != anew {
		t.Errorf("enrolled anew: %+v", m)
	}
	s.clean("restored", s.a, s.b)
}

// comeBack lets both tills say hello to a restored headquarters and send again.
func (s *shop) comeBack() {
	s.t.Helper()
	s.greet(s.b)
	s.greet(s.a)
	s.settleBoth(s.b, s.a)
	if r := s.recovery(); r.WaitsUntil != 0 {
		s.t.Errorf("it waits: %+v", r)
	}
}

// A member whom only a till knows, because she was enrolled after the backup, and who
// was erased since, stays erased when that till sends her again.
func TestErasedAfterTheBackupSheIsNotIn(t *testing.T) {
	w := newWorld(t)
	s := &shop{world: w, a: w.till(), b: w.till()}
	backup := s.Backup()
	account := s.takeIn(s.a)
	s.sell(s.a, 50_000)
	s.settle(s.a, s.b)
	s.erase(e164)
	s.settleBoth(s.a) // b is silent, and lists her
	s.restore(backup)
	s.comeBack()
	s.unknown("came again", e164, s.a, s.b)
	s.ended(account)
	s.clean("came again", s.a, s.b)
}

// A till that is stopped between the journal and the directory, or before its files
// are clean, goes on where it was.
func TestErasureCutShort(t *testing.T) {
	s := newShop(t)
	old := s.member().Account
	s.erase(e164)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := s.a.Exchange.Pull(ctx, 0); err == nil {
		t.Fatal("nothing was cut short")
	}
	s.must(s.a.Store.Close())
	s.a = s.Reopen(s.a)
	s.greet(s.a)
	s.settleBoth(s.a, s.b)
	s.unknown("gone on", e164, s.a, s.b)
	for place, trace := range hashed(s.a, old) {
		if bytes.Contains(everyByte(t, s.Dir, s.a.Options.Dir, s.b.Options.Dir), trace) {
			t.Errorf("her hash is left as in a %s", place)
		}
	}
}

// identifiersKept is how many hashes the log of erasures has.
func (w *world) identifiersKept() int {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Dir, hq.ErasuresFile))
	w.must(err)
	return bytes.Count(text, []byte(`"hash": "`)) - bytes.Count(text, []byte(`"terminal"`))
}

// Of accounts that became one everybody goes by her own number; nothing of either is
// left in what stores were told of the account that is no more.
func TestErasedOfMergedAccounts(t *testing.T) {
	s := newShop(t)
	first := s.member().Account
	number, err := phone.Parse(bobE164, "TR")
	s.must(err)
	second := s.b.NewAccount()
	s.must(s.b.Till.Enroll(context.Background(), s.Clock.Now(), s.b.NewEntry(), second, number, ""))
	s.settleBoth(s.a, s.b)
	_, err = s.MergeMembers(context.Background(), hq.MemberMerge{
		ID: ledger.EntryID(uuid.Must(uuid.NewV7())), Phone: e164, Other: bobE164, Reason: "one person", Operator: "9",
	})
	s.must(err)
	s.settleBoth(s.a, s.b)
	for _, number := range []string{e164, bobE164} {
		s.erase(number)
		s.settleBoth(s.a, s.b)
		s.unknown("erased", number, s.a, s.b)
	}
	all := everyByte(t, s.Dir, s.a.Options.Dir, s.b.Options.Dir)
	for _, number := range []string{e164, bobE164} {
		hash := s.a.Options.LookupKey.Hash(ledger.PhoneIdentifier, number)
		for _, trace := range [][]byte{hash[:], []byte(hex.EncodeToString(hash[:]))} {
			if bytes.Contains(all, trace) {
				t.Errorf("the hash of %s is left", number)
			}
		}
		for _, account := range []ledger.AccountID{first, second} {
			if bytes.Contains(all, append(append([]byte{}, hash[10:]...), account[:]...)) {
				t.Errorf("a directory leads from %s to %s", number, account)
			}
		}
	}
	s.ended(first)
	s.ended(second)
	s.clean("both erased", s.a, s.b)
}

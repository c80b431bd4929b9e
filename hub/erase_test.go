package hub_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

const bo = "+905329876543"

// name says at a lane what a member is called, and returns the sealed name as the
// journal has it.
func (s *shop) name(lane int, number, name string) []byte {
	s.Helper()
	ctx := context.Background()
	parsed, err := phone.Parse(number, "TR")
	s.must(err)
	e := s.lanes[lane]
	m, err := e.Store.Find(ctx, ledger.PhoneIdentifier, parsed.E164())
	s.must(err)
	_, err = e.Name(ctx, s.hq.Clock.Now(), e.NewEntry(), checkout.Who{Account: m.Account}, name, "1")
	s.must(err)
	return s.sealed(lane)
}

// sealed is the attachment that a lane wrote last, before it was sent.
func (s *shop) sealed(lane int) []byte {
	s.Helper()
	unsent, err := s.lanes[lane].Store.Unsent(context.Background(), 500, 1<<20)
	s.must(err)
	return unsent.Attachments[len(unsent.Attachments)-1]
}

// erasing is the erasure of who has a number.
func (s *shop) erasing(number string) hq.MemberErasure {
	return hq.MemberErasure{ID: s.lanes[0].NewEntry(), Whom: hq.Whom{Phone: number}, Reason: "she asked", Operator: "1"}
}

// erase erases a member at headquarters, and lets the hub reach it.
func (s *shop) erase(number string) {
	s.Helper()
	_, err := s.hq.EraseMember(context.Background(), s.erasing(number))
	s.must(err)
	s.hub.Uplink.Disturb(nil)
}

// has reports whether any piece of a sealed attachment, in bytes or as a batch writes
// it, is in any byte of the hub's folder: in a database a long one is in several pages.
func (s *shop) has(sealed []byte) bool {
	s.Helper()
	names, err := filepath.Glob(filepath.Join(s.hub.Dir(), "*"))
	s.must(err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		s.must(err)
		for _, whole := range [][]byte{sealed, []byte(base64.StdEncoding.EncodeToString(sealed))} {
			for piece := whole[64:]; len(piece) >= 32; piece = piece[32:] { // behind what age puts before each
				if bytes.Contains(text, piece[:32]) {
					return true
				}
			}
		}
	}
	return false
}

// Whoever is erased is in no byte of what a hub keeps for headquarters: her sealed name
// is gone, her entries and all that is of others arrives, under the seals that lanes
// gave it. Until it has, headquarters knows that the hub is not done.
func TestErasedFromEveryByteOfAHub(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	enrolled := s.sealed(0)
	s.join(0, bo)
	s.settle()
	s.cut(true)
	hers, others := s.name(0, ana, "Zübeyde Yıldız"), s.name(0, bo, "Bora Kaya")
	s.sell(0, ana, 10_000)
	s.sell(0, bo, 20_000)
	s.meet()
	aside := filepath.Join(s.hub.Dir(), hub.DatabaseFile+".damaged")
	s.must(os.WriteFile(aside, hers, 0o600))
	s.must(os.Chtimes(aside, s.hq.Clock.Now(), s.hq.Clock.Now()))
	if !s.has(enrolled) || !s.has(hers) || !s.has(others) {
		t.Fatal("the hub does not keep what lanes told: nothing is shown by its absence")
	}

	erasing := s.erasing(ana)
	_, err := s.hq.EraseMember(ctx, erasing)
	s.must(err)
	s.hub.Uplink.Disturb(nil)
	for range 2 { // the second says how far it is
		_, err = s.hub.Exchange.Once(ctx)
		s.must(err)
	}
	if s.has(enrolled) || s.has(hers) {
		t.Error("what names her is left at the hub")
	}
	if !s.has(others) {
		t.Error("what names somebody else is gone")
	}
	done, err := s.hq.EraseMember(ctx, erasing)
	s.must(err)
	if !awaits(done, s.hub.Terminal()) {
		t.Errorf("the hub keeps what lanes told before, and is not waited for: %+v", done)
	}

	s.cut(false)
	s.must(s.hub.Relay(ctx))
	s.settle()
	delete(s.told, ana)
	s.agree()
	if done, err = s.hq.EraseMember(ctx, erasing); err != nil || len(done.Awaits) != 0 {
		t.Errorf("afterwards %+v, %v", done, err)
	}
	s.noEmptyAttachment()
	export, err := s.hq.ExportMember(ctx, bo)
	s.must(err)
	if export.Person == nil || export.Person.Name != "Bora Kaya" {
		t.Errorf("headquarters has %+v of who was not erased", export.Person)
	}
}

// noEmptyAttachment wants headquarters to have kept nothing for what was taken out.
func (s *shop) noEmptyAttachment() {
	s.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.hq.Dir, hq.DatabaseFile)+"?mode=ro")
	s.must(err)
	defer db.Close()
	var empty int
	s.must(db.QueryRow(`SELECT count(*) FROM attachment WHERE length(data) = 0`).Scan(&empty))
	if empty > 0 {
		s.Errorf("headquarters keeps %d attachments of nothing", empty)
	}
}

func awaits(done hq.Erased, id ledger.TerminalID) bool {
	for _, a := range done.Awaits {
		if a.Terminal == id {
			return true
		}
	}
	return false
}

// namedBehindCut is a shop whose hub alone was told a name by a lane, and headquarters'
// backup of before.
func namedBehindCut(t *testing.T) (s *shop, backup string, hers []byte) {
	t.Helper()
	s = newShop(t, 1)
	s.join(0, ana)
	s.join(0, bo)
	s.settle()
	backup = s.hq.Backup()
	s.cut(true)
	hers = s.name(0, ana, "Zübeyde Yıldız")
	s.meet()
	return s, backup, hers
}

// What headquarters takes from the lane alone stays at the hub, and names nobody once
// somebody was erased: whose it is nobody there can tell.
func TestErasedFromRefusedBatches(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, backup, hers := namedBehindCut(t)
	s.moveTo(s.hq.Restore(backup))
	s.hub.Uplink.Disturb(nil)
	s.must(s.hub.Sync(ctx)) // under a session of before
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.Refused == 0 || !s.has(hers) {
		t.Fatalf("refused %d", status.Refused)
	}
	s.cut(false)
	s.must(s.hq.GoOn(ctx))
	_, err = s.hq.EraseMember(ctx, s.erasing(bo))
	s.must(err)
	s.must(s.hq.Work(ctx))
	for range 2 {
		_, err = s.hub.Exchange.Once(ctx)
		s.must(err)
	}
	if s.has(hers) {
		t.Error("a batch that nobody takes any more names somebody")
	}
}

// The same holds where headquarters refuses only afterwards what the hub had when it
// heard of the erasure: it is not done while that names anybody.
func TestErasedFromBatchesRefusedLater(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, backup, hers := namedBehindCut(t)
	s.erase(bo)
	for range 2 { // the second looks whether it is done
		_, err := s.hub.Exchange.Once(ctx)
		s.must(err)
	}
	if !s.has(hers) {
		t.Fatal("what headquarters may take yet is gone")
	}

	s.moveTo(s.hq.Restore(backup))
	s.must(s.hub.Sync(ctx)) // under a session of before
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.Refused == 0 {
		t.Fatal("headquarters took it")
	}
	_, sealed, err := hub.Outbox{Outbox: s.hub.Store, Hub: s.hub.Hub}.Erasures(ctx)
	s.must(err)
	if sealed == 0 || s.has(hers) {
		t.Errorf("done up to %d, and a batch that nobody takes any more names somebody: %t", sealed, s.has(hers))
	}
}

// What a lane told after somebody was erased, and headquarters refuses then, names whom it
// is of: nothing of it was here at the time.
func TestToldAfterAnErasureAndRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, backup, _ := namedBehindCut(t)
	s.erase(bo)
	s.cut(false)
	s.settle() // nothing is left of what the hub had then
	s.cut(true)
	hers := s.name(0, ana, "Zübeyde Kaya")
	s.meet()
	s.moveTo(s.hq.Restore(backup))
	s.hub.Uplink.Disturb(nil)
	// It comes under a session of before, and writes the file anew.
	s.must(s.hub.Sync(ctx))
	_, _, err := hub.Outbox{Outbox: s.hub.Store, Hub: s.hub.Hub}.Erasures(ctx)
	s.must(err)
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.Refused == 0 || !s.has(hers) {
		t.Errorf("refused %d, and it names her: %t", status.Refused, s.has(hers))
	}
}

// A lane that has not heard yet tells her hub of who was erased: it keeps none of that.
// Nor does a hub that lost its file, once it was told again who was erased.
func TestToldByALaneThatHasNotHeard(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newCutShop(t, 1)
	hers := s.name(0, ana, "Zübeyde Yıldız")
	s.erase(ana)
	_, err := s.hub.Exchange.Once(ctx)
	s.must(err)
	s.hub.Uplink.Disturb(lost)
	s.meet()
	if s.has(hers) {
		t.Error("what was told after she was erased names her")
	}

	s.hub.Kill()
	s.must(os.Remove(filepath.Join(s.hub.Dir(), hub.DatabaseFile)))
	s.hub.Uplink.Disturb(nil)
	s.hub.Restart()
	s.must(s.hub.Sync(ctx))
	s.meet()
	if s.has(hers) {
		t.Error("what a hub was told again that lost its file names her")
	}
	s.cut(false)
	s.settle()
	delete(s.told, ana)
	s.agree()
}

// meanwhile is a context in which something happens each time it is asked for its end.
type meanwhile struct {
	context.Context
	do func()
}

func (m meanwhile) Err() error { m.do(); return m.Context.Err() }

// A hub that takes somebody out of a refused batch while its file is written anew is not
// done: that may have been written already.
func TestErasedWhileTheFileIsWritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, _, _ := namedBehindCut(t)
	s.erase(bo)
	for range 2 {
		s.must(s.hub.Relay(ctx))
		_, err := s.hub.Exchange.Once(ctx)
		s.must(err)
	}
	done := func(ctx context.Context) bool {
		_, sealed, err := hub.Outbox{Outbox: s.hub.Store, Hub: s.hub.Hub}.Erasures(ctx)
		s.must(err)
		return sealed > 0
	}
	if !done(ctx) {
		t.Fatal("the hub is not done: nothing is shown by what follows")
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.hub.Dir(), hub.DatabaseFile)+"?_busy_timeout=1")
	s.must(err)
	defer db.Close()
	takeOut := func() { // as forgetRefused says it, unless the hub is writing
		_, _ = db.Exec(`UPDATE erased SET wiped_ms = 0`)
	}
	takeOut()
	if done(meanwhile{ctx, takeOut}) {
		t.Error("the hub says to be done")
	}
	if !done(ctx) {
		t.Error("afterwards the hub is not done")
	}
}

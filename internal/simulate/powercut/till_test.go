package powercut_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

const (
	points   ledger.Unit = "points"
	program              = "starter"
	day      ledger.Date = "2026-11-22"
	markFile             = "mark"
)

var (
	newEntryID    func() ledger.EntryID    = ledger.NewID
	newTerminalID func() ledger.TerminalID = ledger.NewID
	newRightID    func() ledger.RightID    = ledger.NewID
	newHoldID     func() ledger.HoldID     = ledger.NewID
	newAccountID  func() ledger.AccountID  = ledger.NewRandomID
)

var ctx = context.Background()

// folder is a new folder, in memory where there is such: what becomes of it
// when power is cut is the model's to say, not the machine's.
func folder(t testing.TB) string {
	t.Helper()
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "loyaltyd")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// till is a real store and what it told.
type till struct {
	*offline.Store
	opts   offline.Options
	disk   *powercut.Disk
	random *rand.Rand
	at     time.Time
	sales  int
	fed    ledger.Position
	ana    ledger.AccountID
	holds  []ledger.Hold
	told   []told
}

// told is something that somebody was told, and when by the disk's operations.
type told struct {
	ops   int
	until int            // when its end began; 0 is never
	entry ledger.EntryID // that stands, unless
	hold  ledger.HoldID  // a hold does
}

// newTill describes a till in a folder; it is not open yet.
func newTill(dir string, seed uint64) *till {
	tl := &till{random: rand.New(rand.NewPCG(seed, 1)), at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), ana: newAccountID()}
	tl.opts = offline.Options{
		Dir: dir, Terminal: newTerminalID(), Store: "s1", LookupKey: keys.NewLookup(),
		Program: program, PerTerminalCap: 20_000, MaxOffline: 72 * time.Hour, Now: func() time.Time { return tl.at },
	}
	return tl
}

func (tl *till) open() (err error) {
	tl.Store, err = offline.Open(ctx, tl.opts)
	return err
}

// step does one thing of a till's day. Its error is the store's.
func (tl *till) step() error {
	tl.at = tl.at.Add(time.Duration(tl.random.IntN(4000)) * time.Millisecond)
	switch tl.random.IntN(12) {
	case 0, 1, 2, 3:
		return tl.tell(tl.sale(ledger.Points(tl.random.IntN(50) + 1)))
	case 4:
		return tl.tell(tl.enroll())
	case 5, 6:
		return tl.place()
	case 7, 8:
		return tl.spend()
	case 9:
		return tl.feed()
	case 10:
		return tl.acknowledge()
	default:
		if tl.random.IntN(3) > 0 {
			return tl.release()
		}
		_, err := tl.CloseDay(ctx)
		return err
	}
}

// greet makes headquarters speak, and gives rights to what ana has.
func (tl *till) greet() error {
	status, err := tl.Status(ctx)
	if err != nil {
		return err
	}
	contact := ledger.Contact{Incarnation: 1, Token: "t0"}
	if err := tl.Resume(ctx, status.Acked, contact); err != nil {
		return err
	}
	if err := tl.Heard(ctx, tl.now()); err != nil {
		return err
	}
	if err := tl.feed(); err != nil {
		return err
	}
	return tl.addRight()
}

func (tl *till) now() ledger.Millis { return ledger.MillisOf(tl.at) }

// tell appends an entry, as often as its caller would, and tells it.
func (tl *till) tell(r ledger.Record) error {
	err := tl.Append(ctx, r)
	if err != nil {
		err = tl.Append(ctx, r)
	}
	if err != nil {
		return err
	}
	tl.told = append(tl.told, told{ops: tl.ops(), entry: r.Entry.ID})
	return nil
}

func (tl *till) ops() int {
	if tl.disk == nil {
		return 0
	}
	return tl.disk.Ops()
}

func (tl *till) sale(earned ledger.Points) ledger.Record {
	tl.sales++
	return encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Sold, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(tl.ana), Proof: ledger.Claimed, Program: &ledger.ProgramRef{ID: program, Version: 1},
		Sale: &ledger.Sale{
			ID: fmt.Sprintf("pos-%d", tl.sales), Receipt: fmt.Sprint(tl.sales), Currency: "TRY", Total: 1999,
			Lines: []ledger.Line{{SKU: "4006381333931", Net: 1666, Gross: 1999, Quantity: 1}},
		},
		Postings: []ledger.Posting{{Unit: points, Amount: earned, From: ledger.Issued, To: ledger.Available, Rule: "base"}},
	})
}

func encode(e *ledger.Entry) ledger.Record {
	body, err := e.Encode()
	if err != nil {
		panic(err) // it is made of constants
	}
	return ledger.Record{Entry: e, Body: body, Request: ledger.HashOf([]byte(e.Subject))}
}

func (tl *till) enroll() ledger.Record {
	account := newAccountID()
	sealed := []byte("age-encryption.org/v1 " + account.String())
	r := encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Enroll, At: tl.now(), Store: "s1", Day: day, Operator: "-",
		Subject: ledger.SubjectOf(account), Proof: ledger.Claimed, Program: &ledger.ProgramRef{ID: program, Version: 1},
		Attachment: ledger.HashOf(sealed),
	})
	number := fmt.Sprintf("+9055500%05d", tl.random.IntN(100_000))
	r.Attachment, r.Identifier = sealed, &ledger.Identifier{Kind: ledger.PhoneIdentifier, Value: number, Mask: ledger.MaskPhone(number)}
	return r
}

// place sets rights aside; that there are none left is no error.
func (tl *till) place() error {
	hold, err := tl.PlaceHold(ctx, ledger.Hold{
		ID: newHoldID(), Sale: "open", Account: tl.ana, Program: program, Unit: points,
		Reward: "five-off", Amount: ledger.Points(tl.random.IntN(40) + 1), At: tl.now(),
	})
	var refused *loyalty.NoRedeem
	if errors.As(err, &refused) {
		return tl.addRight()
	}
	if err != nil {
		return err
	}
	tl.holds = append(tl.holds, hold)
	tl.told = append(tl.told, told{ops: tl.ops(), hold: hold.ID})
	return nil
}

// take picks a hold whose end begins now.
func (tl *till) take() (hold ledger.Hold, ok bool) {
	if len(tl.holds) == 0 {
		return hold, false
	}
	hold, tl.holds = tl.holds[0], tl.holds[1:]
	for i := range tl.told {
		if tl.told[i].hold == hold.ID {
			tl.told[i].until = tl.ops() + 1
		}
	}
	return hold, true
}

func (tl *till) spend() error {
	hold, ok := tl.take()
	if !ok {
		return tl.place()
	}
	e := tl.sale(1).Entry
	e.Sale.Rewards = []ledger.Taken{{Reward: hold.Reward, Times: 1, Hold: hold.ID}}
	e.Postings = nil
	for _, part := range hold.Parts {
		e.Postings = append(e.Postings, ledger.Posting{
			Unit: points, Amount: part.Amount, From: ledger.Escrow(part.Right), To: ledger.Redeemed, Reward: hold.Reward, Right: part.Right,
		})
	}
	return tl.tell(encode(e))
}

func (tl *till) release() error {
	hold, ok := tl.take()
	if !ok {
		return nil
	}
	return tl.ReleaseHold(ctx, hold.ID)
}

func (tl *till) addRight() error {
	head, err := tl.Head(ctx)
	if err != nil {
		return err
	}
	id := newRightID()
	return tl.AddRight(ctx, ledger.SignedEntry{Signature: []byte("signed"), Body: encode(&ledger.Entry{
		V: ledger.Version, ID: newEntryID(), Kind: ledger.Grant, At: tl.now(), Subject: ledger.SubjectOf(tl.ana),
		Right: &ledger.Right{
			ID: id, Terminal: tl.opts.Terminal, Epoch: head.Epoch, Branch: head.Branch, Program: program, Unit: points,
			Amount: 100, SpendUntil: tl.now().Add(time.Hour), ReclaimAt: tl.now().Add(7 * 24 * time.Hour),
		},
		Postings: []ledger.Posting{{Unit: points, Amount: 100, From: ledger.Available, To: ledger.Escrow(id), Right: id}},
	}).Body})
}

// feed applies a page.
func (tl *till) feed() error {
	tl.fed++
	state := &ledger.AccountState{
		Account: tl.ana, Name: "A*** B***", AsOf: tl.now(), Balances: []ledger.Balance{{Program: program, Unit: points, Escrowed: 100_000}},
	}
	change := ledger.Change{Position: tl.fed, Kind: ledger.AccountChange, Key: tl.ana.String(), Account: state}
	return tl.Apply(ctx, []ledger.Change{change}, ledger.Cursor{Incarnation: 1, Position: tl.fed})
}

func (tl *till) acknowledge() error {
	head, err := tl.Head(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	return tl.Acknowledge(ctx, ledger.Ack{
		V: 1, UpTo: ledger.Place{Terminal: tl.opts.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq},
		Head: head.Hash, Incarnation: 1, At: tl.now(), Token: "t1",
	})
}

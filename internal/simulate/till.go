package simulate

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// markFile is what a till writes past SQLite.
const markFile = "mark"

// till is a real till on its machine, with what people at it were told.
type till struct {
	machine
	enrolled
	store    *offline.Store
	counter  *checkout.Till
	exchange *hqsync.Exchange
	outbox   hqsync.Outbox
	forgot   []forgotten   // whom it was told to forget, and did not say yet that it has
	network  *network      // to headquarters
	near     *near         // nil where the store has no hub
	skew     time.Duration // of its clock
	frozen   time.Time     // of a clock that stands still
	greeted  bool
	heard    time.Time // when it last sent all it had
	fenced   bool
	copied   bool // another machine has its id
	tries    int
	made     int // ids that it counted

	told  []ledger.Hash    // bodies that were told
	sold  []ledger.SaleRef // what can come back
	asked *asked           // what its POS waits for
	old   *old             // an image of its disk
}

// old is a till's disk as it was.
type old struct {
	disk       *powercut.Disk
	told, made int // how much then
}

// newTill begins with one of the template's.
func (w *world) newTill(i int) (*till, error) {
	dir := w.folder()
	if err := copyFolder(dir, w.Template.till(i)); err != nil {
		return nil, err
	}
	disk, err := powercut.Watch(dir, w.random.Uint64())
	if err != nil {
		return nil, err
	}
	disk.Outside(markFile)
	t := &till{enrolled: w.Template.tills[i]}
	t.become(w, fmt.Sprint("till ", i+1), disk)
	return t, nil
}

func (t *till) become(w *world, name string, disk *powercut.Disk) {
	t.machine = machine{world: w, name: name, disk: disk, start: t.open, stop: t.close}
	t.network = &network{world: w, to: w.hq}
	if w.hub != nil {
		t.near = &near{network: &network{world: w, to: w.hub}}
	}
	t.heard = w.at
}

func (t *till) now() time.Time {
	if t.Mutant == StoppedClock && !t.frozen.IsZero() {
		return t.frozen
	}
	return t.at.Add(t.skew)
}

func (t *till) open() error {
	if err := t.openStore(); err != nil {
		return err
	}
	o := &outbox{Store: t.store, till: t}
	t.exchange = t.newExchange(o, t.way())
	t.linkHub(o)
	t.counter.Asker = asker{t}
	t.opened()
	return nil
}

// openStore opens what is on the disk, and the counter over it.
func (t *till) openStore() (err error) {
	t.greeted = false
	t.frozen = t.at
	programs := loyalty.NewVersions(istanbul, t.program)
	options := t.options(t.disk.Dir(), t.program, t.now)
	options.Recall = programs.Memory()
	if t.store, err = offline.Open(ctx, options); err != nil {
		t.store = nil
		return err
	}
	t.counter = t.counterOver(programs)
	return nil
}

func (t *till) newExchange(o hqsync.Outbox, way hqsync.Transport) *hqsync.Exchange {
	t.outbox = forgetting{o, t}
	return hqsync.NewExchange(hqsync.Identity{
		Terminal: t.answer.Terminal, Key: t.key, Chain: t.answer.Chain, Headquarters: t.answer.PublicKey,
		Release: "simulated", Fingerprint: "machine",
	}, t.outbox, way, t.now, newID[ledger.RightID](t.world))
}

// opened looks at what is there after a start.
func (t *till) opened() {
	if t.disk.Stopped() {
		return
	}
	t.checkTold()
	if t.store.Opening().NewEpoch != nil {
		t.counts.Epochs++
		t.note("%s begins an epoch: %s", t.name, t.store.Opening().Reason)
	}
}

func (t *till) close() {
	if t.store != nil {
		t.store.Close() // of a disk that takes nothing any more
		t.store = nil
	}
}

// endRun leaves nothing behind.
func (t *till) endRun() {
	if t.old != nil {
		t.forget(t.old.disk)
	}
	t.drop()
}

var istanbul = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		panic(err) // the system has no time zones
	}
	return zone
}()

func (t *till) counterOver(programs *loyalty.Versions) *checkout.Till {
	return &checkout.Till{
		Store: t.store, Programs: programs, Terminal: t.answer.Terminal, StoreID: t.answer.Store.ID, Region: "TR",
		Zone: istanbul, Operator: "-",
		Seal: checkout.SealPerson(func(plain []byte) ([]byte, error) {
			ciphertext, _, err := keys.SealAttachment(t.answer.Recipient, plain)
			t.sealed(plain, ciphertext)
			return ciphertext, err
		}),
		Keyed:       func(asked []byte) ledger.Hash { return t.lookup.Sum("request", asked) },
		HashedPhone: func(e164 string) ledger.KeyedHash { return t.lookup.Hash(ledger.PhoneIdentifier, e164) },
		Sealing:     func(data []byte) ledger.Hash { return t.lookup.Sum(ledger.ClaimSeal, data) },
		NewEntry:    t.newEntry, NewAccount: newID[ledger.AccountID](t.world),
		NewSuspect: newID[ledger.SuspectID](t.world), NewHold: newID[ledger.HoldID](t.world),
	}
}

// newID makes version 7 ids by the world's time and randomness.
func newID[ID ~[16]byte](w *world) func() ID {
	return func() ID {
		var id ID
		binary.BigEndian.PutUint64(id[:], uint64(w.at.UnixMilli())<<16|0x7000|w.ids.Uint64()&0xfff)
		binary.BigEndian.PutUint64(id[8:], w.ids.Uint64()>>2|1<<63)
		return id
	}
}

func (t *till) newEntry() ledger.EntryID {
	if t.Mutant != CounterIDs {
		return newID[ledger.EntryID](t.world)()
	}
	t.made++
	id := ledger.EntryID(t.answer.Terminal)
	binary.BigEndian.PutUint32(id[12:], uint32(t.made))
	return id
}

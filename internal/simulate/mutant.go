package simulate

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Mutant is something that is wrong on purpose, beside the real code: a world
// that does not notice it proves nothing.
type Mutant int

const (
	// Sound is nothing wrong.
	Sound Mutant = iota
	// NormalSync syncs as SQLite does by default.
	NormalSync
	// IdleBoot makes nothing durable at a start.
	IdleBoot
	// ClearedBeforeAck takes entries for sent before headquarters said so.
	ClearedBeforeAck
	// NoDedupe counts what comes twice twice.
	NoDedupe
	// NewIDOnRetry lets a POS ask again under another id.
	NewIDOnRetry
	// CounterIDs makes ids of terminal and counter.
	CounterIDs
	// NoGrace takes rights back the instant they may no longer be spent.
	NoGrace
	// StoppedClock lets tills spend after a right's end: no time passes there.
	StoppedClock
	// PruneStored has tills prune what headquarters has, in a backup or not.
	PruneStored
	// HubRemembers erases nobody from what a hub keeps for headquarters.
	HubRemembers
	// HubAcks has lanes take for sent what their hub keeps.
	HubAcks
	// LaneRemembers has lanes find whom others introduced also after an erasure.
	LaneRemembers
	// SoldToNobody has lanes sell to nobody whom others introduced.
	SoldToNobody
)

// Mutants are all that are wrong.
var Mutants = []Mutant{NormalSync, IdleBoot, ClearedBeforeAck, NoDedupe, NewIDOnRetry, CounterIDs, NoGrace, StoppedClock, PruneStored, HubRemembers, HubAcks, LaneRemembers, SoldToNobody}

func (m Mutant) String() string {
	return [...]string{
		"sound", "synchronous=NORMAL", "a start that syncs nothing", "outbox cleared before the ack", "no dedupe at headquarters",
		"another id on retry", "ids of a counter", "reclaim without grace", "spend after spend_until",
		"prune what is in no backup", "a hub that erases nobody", "a hub's word for an ack",
		"a lane that remembers whom others introduced", "sales to nobody of whom others introduced",
	}[m]
}

// where is a world in which the mutant can be met: what nothing ever meets proves
// nothing either.
func (m Mutant) where(mix Mix) Mix {
	switch m {
	case PruneStored:
		mix.Months, mix.Clones, mix.PutBack = 3, 0, 0
	case HubRemembers:
		mix.Hub, mix.Aging, mix.Erasures, mix.HubsLost = true, false, 9, 0
	case LaneRemembers:
		mix.Hub, mix.Aging, mix.Outages, mix.Erasures, mix.HubsLost = true, false, 9, 9, 0
	case SoldToNobody:
		mix.Hub, mix.Aging, mix.Outages, mix.Erasures, mix.HubsLost = true, false, 9, 0, 0
		mix.Silences, mix.Clones, mix.PutBack, mix.Lost = 0, 0, 0, 0
	case HubAcks:
		mix.Hub, mix.Aging, mix.Outages, mix.HubsLost = true, false, 9, 3
	case CounterIDs: // what was counted is forgotten with a disk
		mix.Clones, mix.PutBack, mix.Lost = 4, 9, 0
	case StoppedClock:
		mix.Silences, mix.Clocks = 3, 0
	case NoGrace:
		mix.Partitions, mix.Nights = 5, 5
		mix.Silences, mix.Clones, mix.PutBack, mix.Lost = 0, 0, 0, 0
	}
	return mix
}

// lies are those of a disk, while its machine starts and afterwards.
func (m Mutant) lies(boot bool) powercut.Lies {
	return powercut.Lies{Normal: m == NormalSync, Never: m == IdleBoot && boot}
}

// clear is ClearedBeforeAck: headquarters' word, before it came.
func (o *outbox) clear(ctx context.Context, stretch ledger.Stretch) error {
	head, err := o.Head(ctx)
	if err != nil || head.Epoch != stretch.Seal.Epoch || head.Hash != stretch.Seal.Head {
		return err
	}
	return o.Store.Acknowledge(ctx, ledger.Ack{
		V: ledger.Version, Head: head.Hash, Incarnation: 1, At: ledger.MillisOf(o.till.now()), Token: stretch.Seal.Token,
		UpTo: ledger.Place{Terminal: o.till.answer.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq},
	})
}

// hubOutbox is the hub's own store as its exchange sees it: under HubRemembers an
// erasure passes by what lanes told.
func (m Mutant) hubOutbox(o *hub.Outbox) hqsync.Outbox {
	if m == HubRemembers {
		return remembers{o}
	}
	return o
}

// remembers is HubRemembers.
type remembers struct{ *hub.Outbox }

// Apply implements hqsync.Outbox.
func (r remembers) Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	blank := slices.Clone(changes)
	for i, c := range blank {
		if c.Erasure != nil {
			blank[i].Erasure = &ledger.Erasure{Serial: c.Erasure.Serial}
		}
	}
	if err := r.Outbox.Outbox.Apply(ctx, changes, next); err != nil { // the store's own is erased
		return err
	}
	return r.Outbox.Apply(ctx, blank, next)
}

// ApplyIntroductions keeps what is told for LaneRemembers.
func (o *outbox) ApplyIntroductions(ctx context.Context, told []ledger.Introduction, after, next ledger.Cursor, heard ledger.Millis) error {
	o.met = append(o.met, told...)
	return o.Store.ApplyIntroductions(ctx, told, after, next, heard)
}

// remember is LaneRemembers: what an erasure took is put back.
func (o *outbox) remember(ctx context.Context) error {
	if o.till.Mutant != LaneRemembers {
		return nil
	}
	at, err := o.IntroductionCursor(ctx)
	if err != nil {
		return err
	}
	return o.Store.ApplyIntroductions(ctx, o.met, at, at, o.ErasedUpTo())
}

// relayed is HubAcks: what the hub has is taken for what headquarters has.
func (t *till) relayed() error {
	head := t.near.link.Relayed()
	if t.Mutant != HubAcks || head.Seq == 0 {
		return nil
	}
	unsent, err := t.store.Unsent(ctx, 1, 1)
	if err != nil || len(unsent.Bodies) == 0 {
		return err
	}
	return t.store.Acknowledge(ctx, ledger.Ack{
		V: ledger.Version, Head: head.Hash, Incarnation: 1, At: ledger.MillisOf(t.now()), Token: unsent.Seal.Token,
		UpTo: ledger.Place{Terminal: t.answer.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq},
	})
}

// Resume is where a till goes on from: under ClearedBeforeAck and HubAcks not from
// what headquarters says it has.
func (o *outbox) Resume(ctx context.Context, known ledger.Head, contact ledger.Contact) error {
	if o.till.Mutant != ClearedBeforeAck && o.till.Mutant != HubAcks {
		return o.Store.Resume(ctx, known, contact)
	}
	status, err := o.Status(ctx)
	if err != nil {
		return err
	}
	return o.Store.Resume(ctx, status.Acked, contact)
}

// handler is headquarters' face.
func (m Mutant) handler(h *headquarters) http.Handler {
	if m == NoDedupe {
		return &forgetful{h.Handler(), h, map[ledger.Hash]bool{}}
	}
	return h.Handler()
}

// forgetful is NoDedupe: what came before counts again, through the front door.
type forgetful struct {
	http.Handler
	hq   *headquarters
	came map[ledger.Hash]bool
}

// ServeHTTP implements http.Handler.
func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == wire.BatchPath {
		packed, _ := io.ReadAll(r.Body) // of memory
		r.Body = io.NopCloser(bytes.NewReader(packed))
		if message, err := wire.Unpack(r.Header.Get("Content-Encoding"), packed); err == nil {
			f.count(message)
		}
	}
	f.Handler.ServeHTTP(w, r)
}

func (f *forgetful) count(message []byte) {
	for line := range bytes.Lines(message) {
		e, err := ledger.Decode(bytes.TrimSpace(line))
		if err != nil || e.Kind != ledger.Sold {
			continue
		}
		hash := ledger.HashOf(line)
		if earned, _ := sums(e); earned > 0 && f.came[hash] {
			f.again(earned)
		}
		f.came[hash] = true
	}
}

func (f *forgetful) again(earned ledger.Points) {
	for _, m := range f.hq.members {
		_, err := f.hq.Adjust(ctx, hq.Adjustment{
			ID: newID[ledger.EntryID](f.hq.world)(), Phone: m.number, Program: f.hq.program.Ref().ID, Reason: "came again",
			Posting: ledger.Posting{Unit: unit, Amount: earned, From: ledger.Adjusted, To: ledger.Available},
		})
		if err == nil {
			return
		}
	}
}

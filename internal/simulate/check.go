package simulate

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// holdLasts is how long a hold is not taken from its sale.
const holdLasts = 15 * time.Minute

// checkRefused wants a reason for a hold that is gone: it was told.
func (t *till) checkRefused(a *asked, err error) {
	var no *loyalty.NoRedeem
	if !a.held || !errors.As(err, &no) || no.Reason != loyalty.HoldGone {
		return
	}
	head, err := t.store.Head(ctx)
	t.expect("read head", err)
	if age := t.now().Sub(a.heldAt.Time()); head.Epoch == a.epoch && age >= 0 && age < holdLasts {
		t.violate("%s: a hold is gone that was told %s ago", t.name, age)
	}
}

// checkSpend wants rights spent before their end, or within a hold that was
// placed before it: when the sale was written, which may be long before anybody
// was told. Where clocks jump, what keeps a till from it is the grace.
func (t *till) checkSpend(a *asked, e *ledger.Entry) {
	written, known := a.when[e.At]
	if !known {
		t.violate("%s tells a sale of a time at which it was not asked for", t.name)
	}
	for _, p := range e.Postings {
		until := t.spendable[p.Right]
		if a.held {
			until = until.Add(holdLasts)
		}
		if !p.Right.IsZero() && t.Clocks == 0 && ledger.MillisOf(written) > until {
			t.violate("%s spends of a right %s after its end", t.name, written.Sub(until.Time()))
		}
	}
}

// differs says which till shows something else than headquarters has; "" is
// none. Copies of one till are not asked: what headquarters counted of the one
// is nothing that the other did.
func (w *world) differs() string {
	for _, m := range w.members {
		has, err := w.hq.MemberByPhone(ctx, m.number)
		if errors.Is(err, records.ErrNotFound) {
			continue
		}
		w.expect("find member", err)
		for _, t := range w.tills {
			if t.gone || t.fenced || t.copied {
				continue
			}
			if is, known := t.shown(m); known && is.Shown != inAll(has.Balances) {
				return fmt.Sprintf("%s shows %d of %s, headquarters has %d", t.name, is.Shown, m.number, inAll(has.Balances))
			}
		}
	}
	return ""
}

func inAll(balances []ledger.Balance) (sum ledger.Points) {
	for _, b := range balances {
		if b.Unit == unit {
			sum += b.Available + b.Escrowed
		}
	}
	return sum
}

// check wants all promises kept, now that everything is well.
func (w *world) check() {
	w.countOwn()
	w.checkVerified()
	w.checkOnce()
	w.checkLoss()
	w.checkBalances()
	w.checkErased()
}

// countOwn counts what headquarters did with time.
func (w *world) countOwn() {
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		e, err := ledger.Decode(body)
		if err != nil {
			return err
		}
		switch e.Kind {
		case ledger.Vest:
			w.counts.Vested++
		case ledger.Expire:
			w.counts.Expired++
		}
		return nil
	}, `SELECT body FROM own_entry`)
}

func (w *world) checkVerified() {
	w.hq.checkAcked()
	for _, t := range w.terminals() {
		if !t.gone {
			t.checkTold()
		}
	}
}

// checkOnce wants everything told at headquarters, and one entry for each
// request, however often it was asked.
func (w *world) checkOnce() {
	stored := w.hq.posted()
	for _, t := range w.tills {
		for i, hash := range t.told {
			if stored[hash] == 0 {
				w.violate("%s told %d entries, and the %dth is not posted", t.name, len(t.told), i+1)
			}
		}
	}
	for hash := range w.must {
		if stored[hash] == 0 {
			w.violate("headquarters lost an entry that it acknowledged")
		}
	}
	w.checkRequests()
	status, err := w.hq.Status(ctx)
	w.expect("read status", err)
	if status.Unprojected > 0 || w.incidents == 0 && status.Quarantined+status.Parked+status.Held > 0 {
		w.violate("headquarters has %d entries that are not posted, %d in quarantine, %d parked, %d held",
			status.Unprojected, status.Quarantined, status.Parked, status.Held)
	}
}

func (w *world) checkRequests() {
	answers := map[string]ledger.EntryID{}
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error {
		var id ledger.EntryID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		key, asked := w.requests[id]
		if was, twice := answers[key]; asked && twice && was != id {
			w.violate("two entries stand for one request")
		}
		answers[key] = id
		return nil
	}, `SELECT entry FROM claim_entry`)
}

// checkLoss wants no loss without a machine lost, copied, put back or silent,
// and with one no more than a terminal may have set aside each time.
func (w *world) checkLoss() {
	var lost ledger.Points
	for _, amount := range w.losses {
		lost += amount
	}
	if most := ledger.Points(w.incidents) * w.program.Offline().PerTerminal; lost > most {
		w.violate("%d lost in %d incidents, at most %d may be", lost, w.incidents, most)
	}
}

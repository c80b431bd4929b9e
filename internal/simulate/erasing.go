package simulate

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// newMember is somebody who was never here.
func (w *world) newMember() *member {
	w.numbers++
	return &member{number: fmt.Sprintf("+90532%07d", w.numbers)}
}

// erase has a person at headquarters erase a member, who comes no more: somebody else
// comes in her place.
func (w *world) erase() {
	i := w.random.IntN(len(w.members))
	m := w.members[i]
	if len(m.accounts) == 0 {
		return
	}
	m.erasing = hq.MemberErasure{ID: newID[ledger.EntryID](w)(), Whom: hq.Whom{Phone: m.number}, Reason: "she asked", Operator: "9"}
	w.left, w.members[i] = append(w.left, m), w.newMember()
	for _, t := range w.tills {
		if t.asked != nil && t.asked.of == m {
			t.asked = nil // she does not wait
		}
	}
	w.note("%s wants to be erased", m.number)
	w.eraseAll()
}

// eraseAll erases whoever asked and is not erased yet: headquarters may not know her
// yet, or have failed.
func (w *world) eraseAll() {
	for _, m := range w.left {
		if m.gone || !w.hq.up || w.hq.disk.Stopped() {
			continue
		}
		_, err := w.hq.EraseMember(ctx, m.erasing)
		if errors.Is(err, records.ErrNotFound) {
			continue // no till that enrolled her was heard
		}
		if !w.hq.explained(err) {
			w.violate("erase %s: %w", m.number, err)
		}
		if err == nil && !w.hq.disk.Stopped() {
			m.gone = true
			w.counts.Erased++
			w.note("%s is erased", m.number)
		}
	}
}

// sealed keeps what was sealed of a member, to be looked for once she is erased.
func (w *world) sealed(plain, cipher []byte) {
	for _, m := range append(w.members[:len(w.members):len(w.members)], w.left...) {
		if bytes.Contains(plain, []byte(m.number)) {
			m.sealed = append(m.sealed, cipher)
		}
	}
}

// Apply notes what rights a terminal is told of, and whom to forget.
func (o *outbox) Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	for _, c := range changes {
		if c.Right == nil || c.Right.Grant == nil {
			continue
		}
		if err := o.noteRight(*c.Right.Grant); err != nil {
			return err
		}
	}
	if err := o.Store.Apply(ctx, changes, next); err != nil {
		return err
	}
	for _, c := range changes {
		if c.Erasure == nil {
			continue
		}
		for _, m := range o.till.left {
			for _, e := range m.accounts {
				if ledger.MemberID(e.account) == c.Erasure.Member {
					o.till.forgot = append(o.till.forgot, forgotten{m, e})
				}
			}
		}
		if err := o.remember(ctx); err != nil {
			return err
		}
	}
	return nil
}

// forgotten is an account that a terminal was told to forget.
type forgotten struct {
	*member
	enrollment
}

// forgetting is an outbox that is taken at its word.
type forgetting struct {
	hqsync.Outbox
	till *till
}

// Erasures looks whether it is true.
func (f forgetting) Erasures(ctx context.Context) (heard, sealed ledger.Millis, err error) {
	heard, sealed, err = f.Outbox.Erasures(ctx)
	if err == nil && heard > 0 && heard == sealed {
		f.till.saysDone()
	}
	return heard, sealed, err
}

// saysDone looks through a terminal's folder for what enrolled whom it was told to
// forget, when it says that nothing of her is left there.
func (t *till) saysDone() {
	if t.disk.Stopped() {
		return
	}
	for _, f := range t.forgot {
		t.checkForgotten(f.member, pieces(f.enrollment.sealed))
	}
	t.forgot = nil
}

// pieces are stretches of a sealed attachment as a journal has it and as a batch does.
// What age puts before each is nobody's.
func pieces(cipher []byte) (all [][]byte) {
	text := []byte(base64.StdEncoding.EncodeToString(cipher))
	for _, whole := range [][]byte{cipher, text} {
		for piece := whole[64:]; len(piece) >= 32; piece = piece[32:] {
			all = append(all, piece[:32])
		}
	}
	return all
}

// traces are all bytes by which a till of the store could find a member, or that say
// who she is.
func (m *member) traces(of *till) (all [][]byte) {
	hash := of.lookup.Hash(ledger.PhoneIdentifier, m.number)
	all = append(all, []byte(m.number), hash[:], []byte(hex.EncodeToString(hash[:])))
	for _, e := range m.accounts {
		all = append(all, append(append([]byte{}, hash[10:]...), e.account[:]...))
	}
	for _, cipher := range m.sealed {
		all = append(all, pieces(cipher)...)
	}
	return all
}

// checkForgotten wants a machine's folder to have none of a member's traces.
func (m *machine) checkForgotten(who *member, traces [][]byte) {
	files, err := os.ReadDir(m.disk.Dir())
	m.expect("look into folder", err)
	for _, f := range files {
		if f.IsDir() || filepath.Ext(f.Name()) == ".db-shm" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.disk.Dir(), f.Name()))
		m.expect("look into folder", err)
		for _, trace := range traces {
			if bytes.Contains(text, trace) {
				m.violate("%s was erased, and %s of %s has %d bytes of her", who.number, f.Name(), m.name, len(trace))
			}
		}
	}
}

// checkErased wants nobody to be found who was erased, nor a byte of her left on any
// machine that heard of it.
func (w *world) checkErased() {
	for _, m := range w.left {
		if !m.gone {
			continue
		}
		if found, err := w.hq.MemberByPhone(ctx, m.number); !errors.Is(err, records.ErrNotFound) {
			w.violate("%s was erased, and headquarters finds %v, %v", m.number, found, err)
		}
		w.hq.checkForgotten(m, m.traces(w.tills[0]))
		for _, t := range w.terminals() {
			if !t.gone && !t.fenced {
				t.checkForgotten(m, m.traces(t))
			}
		}
	}
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error {
		var n int
		err := rows.Scan(&n)
		w.counts.ErasedOnComing += n
		return err
	}, `SELECT count(*) FROM ledger WHERE verdict = 'erased'`)
}

// unerased says which terminal, or headquarters, still has something to forget; "" is
// none.
func (w *world) unerased() (what string) {
	var last ledger.Millis
	var wiped bool
	w.read(filepath.Join(w.hq.disk.Dir(), hq.DatabaseFile), func(rows *sql.Rows) error { return rows.Scan(&last, &wiped) },
		`SELECT coalesce(max(serial_ms), 0), NOT EXISTS (SELECT 1 FROM erasure WHERE entered < 2) FROM erasure`)
	if !wiped {
		return "headquarters has somebody to forget"
	}
	for _, t := range w.terminals() {
		if t.gone || t.fenced {
			continue
		}
		if heard, sealed, err := t.outbox.Erasures(ctx); err != nil || heard != last || sealed != last {
			return fmt.Sprintf("%s has somebody to forget: %v", t.name, err)
		}
	}
	return ""
}

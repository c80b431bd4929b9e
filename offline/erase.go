package offline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An erasure takes a person out of everything here that says who she is or that she is
// found by: the journal's own memory of her, her attachments, sent or not, the
// directory, what was moved aside, and the bytes of the files. Entries stay, and name
// nobody. The journal comes first, with the serial: from then on what is written here
// of her number says that the till had heard.

// erasures are how far the till is with what was erased.
type erasures struct {
	heard ledger.Millis // serial of the last one heard of
	after int64         // the last row that was written before
	wiped ledger.Millis // up to which nothing is left in the files
}

// ErasedUpTo returns the serial of the last erasure that this till has heard of.
func (s *Store) ErasedUpTo() ledger.Millis { return s.gate.Load().erasures.heard }

// Erasures returns the serial of the last erasure that was done in all of this till,
// and that of the last one of which nothing is left here and before which all that was
// written is at headquarters. It goes on with what is left to do. One that the journal
// heard of and the directory may not have, because the till was stopped or its disk
// failed in between, is to be told again.
func (s *Store) Erasures(ctx context.Context) (heard, sealed ledger.Millis, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if s.erasedUpTo < s.ErasedUpTo() {
		return s.erasedUpTo, 0, nil
	}
	if err := s.wipe(ctx); err != nil {
		return 0, 0, fmt.Errorf("erase: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.exchange
	acked, _ := s.lineage.row(x.acked.Epoch, x.acked.Branch, x.acked.Seq, s.last)
	if x.erasures.wiped == x.erasures.heard && acked >= x.erasures.after {
		sealed = x.erasures.heard
	}
	return x.erasures.heard, sealed, nil
}

// erasuresIn are the erasures among rows of the feed.
func erasuresIn(changes []ledger.Change) (all []*ledger.Erasure) {
	for _, c := range changes {
		if c.Erasure != nil {
			all = append(all, c.Erasure)
		}
	}
	return all
}

// applyErasures erases what rows of the feed say. Doing it again changes nothing.
func (s *Store) applyErasures(ctx context.Context, all []*ledger.Erasure) error {
	if err := forgetSpool(s.opts.Dir); err != nil {
		return err
	}
	var traces [][]byte
	err := s.writeApplied(ctx, func(p *pen) (err error) {
		traces, err = p.erase(all)
		return err
	})
	if err != nil {
		return err
	}
	s.journalTraces = append(s.journalTraces, traces...)
	err = s.updateDirectory(ctx, func(tx *sqlitedb.Tx) (err error) {
		traces, err = (&directoryPen{tx: tx}).erase(all)
		return err
	})
	if err != nil {
		return err
	}
	s.directoryTraces = append(s.directoryTraces, traces...)
	s.erasedUpTo = max(s.erasedUpTo, all[len(all)-1].Serial)
	if b := s.building; b != nil {
		for _, e := range all {
			b.late = append(b.late, ledger.Change{Erasure: e})
		}
	}
	if s.erasedUpTo < s.ErasedUpTo() {
		return nil // more is to be told
	}
	return s.wipe(ctx)
}

// erase deletes what the journal's tables have of erased members.
func (p *pen) erase(all []*ledger.Erasure) (traces [][]byte, err error) {
	for _, e := range all {
		some, err := p.eraseOne(e)
		if err != nil {
			return nil, fmt.Errorf("erase member: %w", err)
		}
		traces = append(traces, some...)
		if e.Serial > p.exchange.erasures.heard {
			p.exchange.erasures.heard, p.exchange.erasures.after = e.Serial, p.last
		}
	}
	return traces, p.exchange.save(p.tx)
}

func (p *pen) eraseOne(e *ledger.Erasure) (traces [][]byte, err error) {
	d := deletion{tx: p.tx}
	member := e.Member.String()
	d.forget(`DELETE FROM local WHERE member = ?1 OR account = ?1 AND member = '' RETURNING hash`, member)
	d.forget(`
		DELETE FROM attachment
		WHERE EXISTS (
			SELECT 1 FROM journal j
			WHERE j.n = attachment.n AND j.kind IN ('enroll', 'profile')
			  AND (j.subject = ?1 AND json_valid(j.body) AND j.body ->> '$.member' IS NULL
			       OR json_valid(j.body) AND j.body ->> '$.member' = ?1))
		RETURNING sha256`, member)
	d.forget(`DELETE FROM member_pin WHERE member = ? RETURNING hash`, member)
	if err := p.forgetTries(member); err != nil {
		return nil, err
	}
	for _, account := range e.Accounts {
		text := account.String()
		d.forget(`DELETE FROM local WHERE account = ? AND member = '' RETURNING hash`, text)
		if err := p.unname(text); err != nil {
			return nil, err
		}
		d.forget(`
			DELETE FROM attachment
			WHERE EXISTS (SELECT 1 FROM journal j WHERE j.n = attachment.n AND j.kind IN ('enroll', 'profile') AND j.subject = ?)
			RETURNING sha256`, text)
	}
	for _, sum := range e.Attachments {
		d.forget(`DELETE FROM attachment WHERE sha256 = ? RETURNING sha256`, sum[:])
	}
	return d.traces, d.err
}

// unname forgets what an account's member said she is called, and which sales were made
// for her. Nothing of a name is the name's alone, to be looked for later: its table is
// written anew.
func (p *pen) unname(account string) error {
	if _, err := p.tx.Exec(`DELETE FROM detached WHERE account = ?`, account); err != nil {
		return err
	}
	result, err := p.tx.Exec(`DELETE FROM named WHERE account = ?`, account)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return writeAnew(p.tx, "named")
}

// deletion collects what deleted rows were known by, up to the first error.
type deletion struct {
	tx     *sqlitedb.Tx
	traces [][]byte
	err    error
}

// forget runs a DELETE that returns something which only its rows have.
func (d *deletion) forget(query string, args ...any) {
	if d.err != nil {
		return
	}
	rows, err := d.tx.Query(query, args...)
	if err != nil {
		d.err = err
		return
	}
	defer rows.Close()
	for rows.Next() {
		var trace []byte
		if err := rows.Scan(&trace); err != nil {
			d.err = err
			return
		}
		d.traces = append(d.traces, trace)
	}
	d.err = errors.Join(rows.Close(), rows.Err())
}

// erase deletes what the directory has of erased members, and all that other lanes said:
// they may have taken her in once more, under an id that headquarters never hears of. Their
// list is read anew, for whoever has her number now was passed over while she had it.
func (p *directoryPen) erase(all []*ledger.Erasure) (traces [][]byte, err error) {
	for _, e := range all {
		some, err := p.eraseOne(e)
		if err != nil {
			return nil, fmt.Errorf("erase member: %w", err)
		}
		traces = append(traces, some...)
	}
	d := deletion{tx: p.tx, traces: traces}
	d.forget(`DELETE FROM introduced RETURNING hash`)
	if d.err == nil {
		_, d.err = p.tx.Exec(`UPDATE introduced_cursor SET position = 0`)
	}
	return d.traces, d.err
}

func (p *directoryPen) eraseOne(e *ledger.Erasure) (traces [][]byte, err error) {
	rows, err := readHolders(p.tx, `
		SELECT m.key, m.rest, m.account
		FROM member m
		WHERE EXISTS (
			SELECT 1 FROM household h
			WHERE h.member = ? AND h.account = m.account AND h.rest = m.rest)`, e.Member[:])
	if err != nil {
		return nil, err
	}
	d := deletion{tx: p.tx}
	d.removeAll(p, rows)
	d.forget(`DELETE FROM household WHERE member = ? RETURNING account || rest`, e.Member[:])
	d.forget(`DELETE FROM pin WHERE member = ? RETURNING hash`, e.Member[:])
	for _, account := range e.Accounts {
		if rows, err = holdersOf(p.tx, account); err != nil {
			return nil, err
		}
		d.removeAll(p, rows)
		if err := p.forgetBeside(account); err != nil {
			return nil, err
		}
	}
	return d.traces, d.err
}

// removeAll takes members' rows away.
func (d *deletion) removeAll(p *directoryPen, rows []holder) {
	for _, h := range rows {
		d.err = errors.Join(d.err, p.remove(h))
		d.traces = append(d.traces, slices.Concat(h.rest[:], h.account[:]))
	}
}

package offline

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Head returns the end of the current epoch's chain.
func (s *Store) Head(context.Context) (ledger.Head, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head, nil
}

// Knows reports whether the journal has this hash at this head's place, in
// whichever epoch. Seq 0 of an epoch is known where the epoch is, and the zero
// head, where everything begins, always.
func (s *Store) Knows(ctx context.Context, head ledger.Head) (known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		known, err = knows(tx, s.lineage, s.last, head)
		return err
	})
	return known, err
}

func knows(tx *sqlitedb.Tx, l lineage, last int64, head ledger.Head) (bool, error) {
	if head.Epoch == 0 {
		return head == ledger.Head{}, nil
	}
	n, ok := l.row(head.Epoch, head.Branch, head.Seq, last)
	if !ok || head.Seq == 0 {
		return ok, nil
	}
	hash, err := hashAt(tx, l.of(n), n)
	return hash == head.Hash, err
}

// Resume sets from where entries are to be sent: after known, which the
// journal must know. It keeps what headquarters said with it.
func (s *Store) Resume(ctx context.Context, known ledger.Head, contact ledger.Contact) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error {
		ok, err := knows(p.tx, p.lineage, p.last, known)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("headquarters' head %d.%d is not in this journal", known.Epoch, known.Seq)
		}
		if p.before(known, p.exchange.acked) {
			// Headquarters lost what it had acknowledged and perhaps counted.
			if err := p.unsettleAgain(p.lineage.after(known.Epoch, known.Seq, p.last)); err != nil {
				return err
			}
		}
		p.exchange.acked = known
		return p.heard(contact)
	})
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	_ = s.writeMark()
	return nil
}

// before reports whether one head comes before another in this journal.
func (p *pen) before(a, b ledger.Head) bool {
	return p.rowOf(a) < p.rowOf(b)
}

func (p *pen) rowOf(h ledger.Head) int64 {
	n, _ := p.lineage.row(h.Epoch, h.Branch, h.Seq, p.last) // 0 where it is not of this journal
	return n
}

// UnsentBeside counts the entries that neither headquarters nor who has the journal
// up to a head has.
func (s *Store) UnsentBeside(has ledger.Head) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.exchange.acked
	if s.rowOf(from) < s.rowOf(has) {
		from = has
	}
	for _, r := range s.lineage.after(from.Epoch, from.Seq, s.last) {
		n += int(r.last - r.first + 1)
	}
	return n
}

func (s *Store) rowOf(h ledger.Head) int64 {
	n, _ := s.lineage.row(h.Epoch, h.Branch, h.Seq, s.last)
	return n
}

// heard keeps what an answer of headquarters tells about the exchange itself. What an
// earlier incarnation had in a backup says nothing of what this one has.
func (p *pen) heard(c ledger.Contact) error {
	p.exchange.token = c.Token
	if !c.Durable.IsZero() || c.Incarnation != p.exchange.incarnation {
		p.exchange.durable = ledger.Head{Epoch: c.Durable.Epoch, Branch: c.Durable.Branch, Seq: c.Durable.Seq}
	}
	p.exchange.incarnation = c.Incarnation
	return p.inTouch(0)
}

// inTouch notes that headquarters spoke, at its time. That alone may set the clock
// guard back; what was past by the highest time seen until now stays past. Where it
// told none (0) we are in touch by our own clock, as far as that is believed.
func (p *pen) inTouch(at ledger.Millis) error {
	if err := p.closePast(p.exchange.clock.mark); err != nil {
		return err
	}
	if at != 0 {
		if err := p.setClock(at); err != nil {
			return err
		}
	}
	p.exchange.contact = p.exchange.clock.mark
	return p.exchange.save(p.tx)
}

// setClock takes over a time that was told. Holds were placed by the one before: none is
// older by that, so that nobody takes it from her who pays, and none is of a time to come.
func (p *pen) setClock(at ledger.Millis) error {
	behind := max(0, at-p.exchange.clock.time(p.now))
	p.exchange.clock = p.exchange.clock.confirm(p.now, at)
	if _, err := p.tx.Exec(`UPDATE hold SET placed_at_ms = min(placed_at_ms + ?, ?)`, behind, at); err != nil {
		return fmt.Errorf("set clock: %w", err)
	}
	return nil
}

// wrongBy is how far our clock may be from the time that is told before that is noted at
// once: a slow answer, or another process of headquarters, is some seconds off.
const wrongBy = time.Minute

// heardEvery is how often headquarters' time alone is noted: each note is a
// commit.
const heardEvery = time.Minute

// Heard notes that headquarters spoke, at its time; 0 where it told none. A till where
// nothing is sold is in touch by this alone.
func (s *Store) Heard(ctx context.Context, at ledger.Millis) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at != 0 {
		s.told = at
	}
	if !s.exchange.isNews(s.opts.Now(), at) {
		return nil
	}
	err := s.write(ctx, func(p *pen) error { return p.inTouch(at) })
	if err != nil {
		return fmt.Errorf("note headquarters' word: %w", err)
	}
	_ = s.writeMark() // which may have a later time, that was not so
	return nil
}

// isNews reports whether it is to be noted that headquarters spoke at a time: by that
// a clock is set right, or the last note is old.
func (x exchange) isNews(now time.Time, at ledger.Millis) bool {
	ours := x.clock.time(now)
	if at == 0 {
		return !x.clock.off && ours >= x.contact.Add(heardEvery)
	}
	return x.clock.off || at >= x.contact.Add(heardEvery) || ours > at.Add(wrongBy) || ours < at.Add(-wrongBy)
}

// Acknowledge records that all places up to ack.UpTo are stored at
// headquarters, if the chain there has ack.Head; otherwise it is an error. An
// older ack than the last moves nothing back. Its time sets no clock: an ack has one
// even where headquarters is not sure of it.
func (s *Store) Acknowledge(ctx context.Context, ack ledger.Ack) error {
	upTo := ledger.Head{Epoch: ack.UpTo.Epoch, Branch: ack.UpTo.Branch, Seq: ack.UpTo.Seq, Hash: ack.Head}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error {
		known, err := knows(p.tx, p.lineage, p.last, upTo)
		if err != nil {
			return err
		}
		if !known || ack.UpTo.Terminal != s.opts.Terminal {
			return fmt.Errorf("place %s with that hash is not in this journal", ack.UpTo)
		}
		if p.before(upTo, p.exchange.acked) {
			return nil
		}
		p.exchange.acked = upTo
		return p.heard(ledger.Contact{Incarnation: ack.Incarnation, Token: ack.Token, Durable: ack.Durable})
	})
	if err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	_ = s.writeMark()
	return nil
}

// Fence records that headquarters fenced this id: no more redemption here, for
// ever.
func (s *Store) Fence(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error {
		p.exchange.fenced = true
		return p.exchange.save(p.tx)
	})
}

// Unsent returns the entries to send next, at most entries and bytes of them,
// always one if there is one, with the last token. Where the rows to be sent
// are damaged on disk, a new epoch is begun without what cannot be read.
func (s *Store) Unsent(ctx context.Context, entries, bytes int) (ledger.Stretch, error) {
	s.markBeforeSending()
	stretch, damaged, err := s.unsent(ctx, s.unacked, entries, bytes)
	if err != nil || !damaged {
		return stretch, err
	}
	if err := s.leaveDamage(ctx); err != nil {
		return ledger.Stretch{}, err
	}
	stretch, damaged, err = s.unsent(ctx, s.unacked, entries, bytes)
	if damaged {
		return ledger.Stretch{}, errors.New("journal is damaged again: check the disk")
	}
	return stretch, err
}

// unacked is from where headquarters is sent. The caller holds mu.
func (s *Store) unacked() ledger.Head { return s.exchange.acked }

// UnsentAfter is Unsent for somebody else than headquarters, who has the journal up to
// a head: what follows it, also where headquarters has that. Who has nothing, the zero
// head, gets what headquarters does not have, and the last of what it has: other lanes
// may not have heard of that yet. Where a body of it is damaged, what headquarters does
// not have is all that is left to tell.
func (s *Store) UnsentAfter(ctx context.Context, has ledger.Head, entries, bytes int) (ledger.Stretch, error) {
	s.markBeforeSending()
	stretch, damaged, err := s.unsent(ctx, func() ledger.Head { return s.beside(has) }, entries, bytes)
	if err != nil || !damaged {
		return stretch, err
	}
	return s.Unsent(ctx, entries, bytes)
}

// againMost is how much of what headquarters has is told to somebody who has nothing.
const againMost = 500

// beside is from where somebody is told who has the journal up to a head; never from
// where bodies may be gone.
func (s *Store) beside(has ledger.Head) ledger.Head {
	if has.Epoch == 0 {
		has = s.exchange.acked
		has.Seq -= min(has.Seq, againMost)
	}
	if s.rowOf(has) < s.rowOf(s.exchange.durable) {
		return s.exchange.acked
	}
	return has
}

func (s *Store) leaveDamage(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.openEpoch(ctx, 0, s.exchange.acked)
}

// unsent reads what follows a head, which from gives with the writer's lock, without
// holding up the writer: what it is about is behind the writer already.
func (s *Store) unsent(ctx context.Context, from func() ledger.Head, entries, bytes int) (stretch ledger.Stretch, damaged bool, err error) {
	s.mu.Lock()
	o := outgoing{terminal: s.opts.Terminal, lineage: s.lineage, token: s.exchange.token}
	head := from()
	runs := s.lineage.after(head.Epoch, head.Seq, s.last)
	s.mu.Unlock()
	if len(runs) == 0 {
		return stretch, false, nil
	}
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		stretch, damaged, err = o.stretch(tx, runs[0], entries, bytes)
		return err
	})
	if err != nil {
		return ledger.Stretch{}, false, fmt.Errorf("read unsent: %w", err)
	}
	return stretch, damaged, nil
}

// outgoing is what a stretch is made with besides its rows.
type outgoing struct {
	terminal ledger.TerminalID
	lineage  lineage
	token    string
}

// stretch fills a seal's place, hashes and sums with rows from the beginning
// of a run.
func (o outgoing) stretch(tx *sqlitedb.Tx, r run, entries, bytes int) (out ledger.Stretch, damaged bool, err error) {
	rows, err := readRows(tx, r.first, r.last, max(1, entries))
	if err != nil {
		return out, false, err
	}
	attached, err := readAttachments(tx, r.first, r.first+int64(len(rows))-1)
	if err != nil {
		return out, false, err
	}
	prev, err := hashAt(tx, r.epoch, r.first-1)
	if err != nil {
		return out, false, err
	}
	out.Seal = ledger.Seal{
		V: ledger.Version, Terminal: o.terminal, Epoch: r.epoch.number, Branch: r.epoch.branch,
		First: ledger.Seq(r.first - r.epoch.base), Prev: prev, Head: prev, Token: o.token,
	}
	sums := unitSums{}
	for _, row := range rows {
		bytes -= sizeToSend(row, attached[row.n])
		if bytes < 0 && len(out.Bodies) > 0 {
			break
		}
		if isPruned(row.body) || !row.whole(o.lineage.place(o.terminal, row.n), out.Seal.Head) {
			return out, true, nil
		}
		if err := sums.add(row.body); err != nil && len(out.Bodies) > 0 {
			break // the next stretch begins with it
		} else if err != nil {
			return out, false, err
		}
		if first, elsewhere := o.firstPlace(row); elsewhere {
			out.Seal.Origs = append(out.Seal.Origs, ledger.OrigAt{Line: len(out.Bodies), Place: first})
		}
		out.Seal.Head = row.hash
		out.Bodies = append(out.Bodies, row.body)
		out.Attachments = append(out.Attachments, attached[row.n]...)
	}
	out.Seal.Count, out.Seal.Attachments, out.Seal.Sums = len(out.Bodies), len(out.Attachments), sums.list()
	return out, false, nil
}

// firstPlace gives where an entry was written first, if not here.
func (o outgoing) firstPlace(r row) (at ledger.Place, elsewhere bool) {
	if r.first.Epoch != 0 {
		at = r.first
		at.Terminal = o.terminal
		return at, true
	}
	if r.orig == 0 {
		return at, false
	}
	return o.lineage.place(o.terminal, r.orig), true
}

// sizeToSend is what an entry takes of a batch: lines, and attachments in
// base64.
func sizeToSend(r row, attached [][]byte) int {
	size := len(r.body) + 1
	for _, a := range attached {
		size += base64.StdEncoding.EncodedLen(len(a)) + 1
	}
	return size
}

package hq

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// arrival is a batch on its way into the intake, hashed but not decoded.
type arrival struct {
	*wire.Batch
	relayed bool          // a hub brings it
	request ledger.Hash   // of the whole message
	bodies  []ledger.Hash // of each body
	links   []ledger.Hash // the chain after each
	at      ledger.Millis
	latest  ledger.Millis // none of its entries was written later
}

// hashBatch recomputes the chain over the bodies. A batch that does not lead
// to the head it was signed for is refused: its sender is damaged.
func hashBatch(message []byte, b *wire.Batch, at, latest ledger.Millis) (*arrival, error) {
	a := &arrival{Batch: b, request: ledger.HashOf(message), at: at, latest: latest}
	prev := b.Seal.Prev
	for i, body := range b.Bodies {
		sum := ledger.HashOf(body)
		prev = ledger.Link(a.place(i), prev, sum)
		a.bodies, a.links = append(a.bodies, sum), append(a.links, prev)
	}
	if len(b.Bodies) == 0 || b.Seal.First == 0 {
		return nil, wire.Refuse(wire.CodeInvalid, "a batch has entries, from seq 1")
	}
	if prev != b.Seal.Head {
		return nil, wire.Refuse(wire.CodeInvalid, "the entries do not lead to the seal's head: open a new epoch")
	}
	return a, nil
}

func (a *arrival) place(line int) ledger.Place {
	s := a.Seal
	return ledger.Place{Terminal: s.Terminal, Epoch: s.Epoch, Branch: s.Branch, Seq: s.First + ledger.Seq(line)}
}

func (a *arrival) last() ledger.Seq { return a.place(len(a.Bodies) - 1).Seq }

// before returns the chain's hash at a seq that the batch tells: the one
// before its first entry, or that of an entry.
func (a *arrival) before(seq ledger.Seq) ledger.Hash {
	if seq < a.Seal.First {
		return a.Seal.Prev
	}
	return a.links[seq-a.Seal.First]
}

// take stores a batch, which its terminal brings or a hub (relayed), and returns its ack
// as sent. It is nil only after COMMIT. Refusals are *wire.Refusal; the one for a fork has fenced the id.
func (h *Headquarters) take(ctx context.Context, from ledger.TerminalID, message []byte, b *wire.Batch, relayed bool) ([]byte, error) {
	if b.Seal.V != wire.Protocol {
		return nil, wire.Refuse(wire.CodeUpgrade, "")
	}
	if b.Seal.Terminal != from {
		return nil, wire.Refuse(wire.CodeInvalid, "the batch is another terminal's")
	}
	now := h.time()
	if !h.isNext(b.Seal) {
		if answer, err := h.answerAgain(ctx, from, message, b, relayed, now); answer != nil || err != nil {
			return answer, err
		}
	}
	a, err := hashBatch(message, b, now, h.latest())
	if err != nil {
		return nil, err
	}
	a.relayed = relayed
	ad := &admission{arrival: a, from: from}
	if err := h.door.pass(ctx, h, ad); err != nil {
		return nil, err
	}
	for _, e := range ad.events {
		h.notify(e)
	}
	if ad.fork != nil {
		refusal := wire.Refuse(wire.CodeFork, ad.fork.why)
		refusal.Known = ad.fork.known
		return nil, refusal
	}
	if ad.refused != nil {
		return nil, ad.refused
	}
	if ad.issued != 0 {
		h.answered.Store(from, answered{ad.issued, b.Seal.Epoch, b.Seal.Branch, ad.last()})
	}
	h.intake.raise()
	return ad.answer, nil
}

// forkError says that two histories of one terminal met.
type forkError struct {
	why   string
	known *ledger.Head
}

func (e *forkError) Error() string { return "fork: " + e.why }

// admit judges a batch by its token and place, and stores what is new of it.
// It writes before a refusal only what that refusal is to remember.
func (h *Headquarters) admit(tx *database.Tx, t *records.Terminal, a *arrival, events *[]event.Event) ([]byte, error) {
	if a.relayed {
		return h.admitRelayed(tx, t, a, events)
	}
	number, ok := h.tokenNumber(t.ID, a.Seal.Token)
	if !ok || number > t.Issued {
		return nil, wire.Refuse(wire.CodeHello, "")
	}
	if number == t.Used && string(a.request[:]) == string(t.UsedBytes) {
		return t.Answer, nil
	}
	here, answer, err := h.standing(tx, t, a)
	if answer != nil || err != nil {
		return answer, err
	}
	if number < t.Used && !t.Fenced {
		// Nothing contradicts it, so it is no fork: a batch that the network
		// held back until after a later one.
		return nil, wire.Refuse(wire.CodeHello, "")
	}
	grown, err := a.follow(tx, t, here, events)
	if err != nil {
		return nil, err
	}
	if err := h.sees(tx, t, a.at); err != nil {
		return nil, err
	}
	if err := a.store(tx, t, here, grown); err != nil {
		return nil, err
	}
	token, err := h.issue(tx, t)
	if err != nil {
		return nil, err
	}
	if answer, err = h.ack(t, grown, a, here, token); err != nil {
		return nil, err
	}
	return answer, useToken(tx, t, number, a.request, answer)
}

// standing is what came in of the life that a batch goes on, which the batch does not
// contradict; with the ack where nothing of it is new.
func (h *Headquarters) standing(tx *database.Tx, t *records.Terminal, a *arrival) (here records.Life, ack []byte, err error) {
	if here, err = records.ReadLife(tx, t.ID, a.Seal.Epoch, a.Seal.Branch); err != nil {
		return here, nil, err
	}
	if err = a.compare(tx, t, here); err == nil && here.Known && a.last() <= here.Seq {
		ack, err = h.ackAgain(t, here, a)
	}
	return here, ack, err
}

// compare looks at the last place that both the batch and the intake have. The
// chain's hash there covers every line before it, so that equal links mean
// equal lines.
func (a *arrival) compare(tx *database.Tx, t *records.Terminal, here records.Life) error {
	if !here.Known || here.Seq+1 < a.Seal.First {
		return nil
	}
	at := min(a.last(), here.Seq)
	link, err := here.LinkAt(tx, t.ID, at)
	if err != nil {
		return err
	}
	if link != a.before(at) {
		return &forkError{fmt.Sprintf("another history stands up to %d.%d", here.Epoch, at), &here.Head}
	}
	return nil
}

// follow checks that the batch may stand behind what came in, and returns the
// life it makes.
func (a *arrival) follow(tx *database.Tx, t *records.Terminal, here records.Life, events *[]event.Event) (records.Life, error) {
	latest, err := records.LatestLife(tx, t.ID)
	if err != nil {
		return here, err
	}
	if latest.Known && !t.Fenced && (latest.Epoch > here.Epoch || latest.Epoch == here.Epoch && latest.Branch != here.Branch) {
		return here, &forkError{fmt.Sprintf("append under epoch %d %s after epoch %d %s",
			here.Epoch, here.Branch, latest.Epoch, latest.Branch), &latest.Head}
	}
	if a.Seal.First > here.Seq+1 {
		return here, gap(here.Head)
	}
	if !t.Fenced {
		if err := a.firstPlaces(tx, t); err != nil {
			return here, err
		}
	}
	if !here.Known {
		if err := a.root(tx, t, latest, events); err != nil {
			return here, err
		}
		here.Began = a.Seal.Prev
	}
	here.Known, here.Seq, here.Hash = true, a.last(), a.Seal.Head
	return here, nil
}

// firstPlaces looks for entries told again whose first place another stands in: two
// machines wrote there.
func (a *arrival) firstPlaces(tx *database.Tx, t *records.Terminal) error {
	for _, o := range a.Seal.Origs {
		if o.Place.Terminal != t.ID || o.Line < 0 || o.Line >= len(a.bodies) {
			continue
		}
		stands, err := bodyAt(tx, o.Place)
		if err != nil {
			return err
		}
		if !stands.IsZero() && stands != a.bodies[o.Line] {
			return &forkError{fmt.Sprintf("another entry stands at %d.%d", o.Place.Epoch, o.Place.Seq), nil}
		}
	}
	return nil
}

// bodyAt is the hash of what came in at a place; zero where nothing did.
func bodyAt(tx *database.Tx, at ledger.Place) (body ledger.Hash, err error) {
	err = tx.QueryRow(`
		SELECT body_hash FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, at.Terminal, at.Epoch, at.Branch, at.Seq).Scan(&body)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return body, fmt.Errorf("read entry at %s: %w", at, err)
	}
	return body, nil
}

func gap(known ledger.Head) error {
	refusal := wire.Refuse(wire.CodeGap, "")
	refusal.Known = &known
	return refusal
}

// root lets a new epoch begin, or sends the terminal back once (newLife).
func (a *arrival) root(tx *database.Tx, t *records.Terminal, latest records.Life, events *[]event.Event) error {
	known, err := records.HasHash(tx, t.ID, a.Seal.Prev)
	if err != nil {
		return err
	}
	rooted := known || !latest.Known && a.Seal.Prev.IsZero()
	if !rooted && !t.Fenced {
		ok, err := rootsIn(tx, t, latest, a.Seal.Epoch, a.Seal.Prev)
		if err != nil {
			return err
		}
		if !ok && a.relayed { // it is the terminal that is sent back
			return gap(latest.Head)
		}
		if !ok {
			if _, err := tx.Exec(`UPDATE terminal SET unrooted = $1 WHERE terminal = $2`, a.Seal.Epoch, t.ID); err != nil {
				return err
			}
			return gap(latest.Head)
		}
	}
	if !rooted {
		*events = append(*events, event.Event{What: event.Unrooted, Terminal: t.ID})
	}
	_, err = tx.Exec(`
		INSERT INTO epoch (terminal, epoch, branch, began_from, rooted, seq, head)
		VALUES ($1, $2, $3, $4, $5, 0, $6)`,
		t.ID, a.Seal.Epoch, a.Seal.Branch, a.Seal.Prev, rooted, a.Seal.Prev)
	return err
}

// store writes the lines behind what came in before, the seal and attachments.
func (a *arrival) store(tx *database.Tx, t *records.Terminal, here, grown records.Life) error {
	origs := map[int]ledger.Place{}
	for _, o := range a.Seal.Origs {
		origs[o.Line] = o.Place
	}
	var lines, attachments [][]any
	for i, body := range a.Bodies {
		if a.place(i).Seq > here.Seq {
			lines = append(lines, a.line(t, i, body, origs[i]))
		}
	}
	if err := tx.ExecMany(intakeLines, lines); err != nil {
		return fmt.Errorf("store lines up to %s: %w", a.place(len(a.Bodies)-1), err)
	}
	for _, data := range a.Attachments {
		if len(data) == 0 { // it was erased at the hub that brings the batch
			continue
		}
		erased, err := erasure.Attachment{Terminal: t.ID, Hash: ledger.HashOf(data)}.IsErased(tx)
		if err != nil {
			return err
		}
		if !erased {
			attachments = append(attachments, []any{t.ID, ledger.HashOf(data), data, a.at})
		}
	}
	if err := tx.ExecMany(intakeAttachments, attachments); err != nil {
		return fmt.Errorf("store attachments: %w", err)
	}
	_, err := tx.Exec(`
		INSERT INTO seal (terminal, epoch, branch, last, seal, signature, received_at_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, grown.Epoch, grown.Branch, grown.Seq, a.SealBytes, a.Signature, a.at)
	if err != nil {
		return fmt.Errorf("store seal: %w", err)
	}
	_, err = tx.Exec(`
		UPDATE epoch SET seq = $1, head = $2
		WHERE terminal = $3 AND epoch = $4 AND branch = $5`,
		grown.Seq, grown.Hash, t.ID, grown.Epoch, grown.Branch)
	if err != nil {
		return fmt.Errorf("store batch: %w", err)
	}
	return nil
}

var (
	intakeLines = database.Many{Head: `
		INSERT INTO intake (terminal, epoch, branch, seq, body, body_hash, link,
		                    orig_terminal, orig_epoch, orig_branch, orig_seq, held, received_at_ms)
		VALUES`}
	intakeAttachments = database.Many{Head: `
		INSERT INTO attachment (terminal, hash, data, received_at_ms)
		VALUES`, Tail: `
		ON CONFLICT (terminal, hash) DO NOTHING`}
)

// line is an entry's row.
func (a *arrival) line(t *records.Terminal, n int, body []byte, orig ledger.Place) []any {
	var terminal, epoch, branch, seq any // NULL where this is the first place
	if !orig.IsZero() {
		terminal, epoch, branch, seq = orig.Terminal, orig.Epoch, orig.Branch, orig.Seq
	}
	at := a.place(n)
	return []any{
		at.Terminal, at.Epoch, at.Branch, at.Seq, body, a.bodies[n], a.links[n],
		terminal, epoch, branch, seq, t.Fenced, a.latest,
	}
}

// ack says what is stored now; lines that came before are duplicates.
func (h *Headquarters) ack(t *records.Terminal, grown records.Life, a *arrival, before records.Life, token string) ([]byte, error) {
	ack := ledger.Ack{
		V: wire.Protocol, UpTo: ledger.Place{Terminal: a.Seal.Terminal, Epoch: grown.Epoch, Branch: grown.Branch, Seq: grown.Seq},
		Head: grown.Hash, Durable: t.Durable, Incarnation: h.chain.incarnation, At: a.at, Token: token,
	}
	for i := range a.Bodies {
		if a.place(i).Seq > before.Seq {
			break
		}
		ack.Others = append(ack.Others, ledger.LineOutcome{Line: i, Outcome: ledger.Duplicate})
	}
	answer, err := json.Marshal(ack)
	if err != nil {
		return nil, fmt.Errorf("encode ack: %w", err)
	}
	return answer, nil
}

// ackAgain answers a batch that brings nothing new, under the latest token.
func (h *Headquarters) ackAgain(t *records.Terminal, here records.Life, a *arrival) ([]byte, error) {
	return h.ack(t, here, a, here, h.token(t.ID, t.Issued))
}

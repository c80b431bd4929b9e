package hq

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// feedRowsAtOnce are about as many rows as a commit has at most: stores share one as
// far as that goes.
const feedRowsAtOnce = 2000

// telling is what one account has for the feeds, before each store's own view
// of it.
type telling struct {
	mark
	people   []records.Housemate              // in the order of membersOf
	profiles map[books.Holder]loyalty.Profile // of members, where a program asks
	listings []records.Listing
	forward  books.Holder
	balances []ledger.Balance
	states   map[string][]byte          // what each program remembers of her, as JSON
	outlines map[string]json.RawMessage // what the directory has of that, as far as it was asked for
	places   []posting.Meeting
	lookedUp map[ledger.StoreID]ledger.Millis
	rights   []told
	verdicts []told
}

// told is a row for the store of one terminal.
type told struct {
	terminal ledger.TerminalID
	version  uint64
	change   ledger.Change
}

// feed turns accounts that changed into rows of the stores' feeds and returns
// how many it told of. A row is replaced only by a higher version, and a mark
// is deleted only at the version that was read.
func (h *Headquarters) feed(ctx context.Context) (int, error) {
	news, err := h.readNews(ctx)
	if err != nil {
		return 0, err
	}
	told, err := h.tellStores(ctx, news.tellings, news.stores, feedWriter{tills: news.tills, now: h.time()})
	if err != nil {
		return 0, err
	}
	h.looked(toFeed, news.marks, len(told))
	if len(told) == 0 {
		return 0, nil
	}
	err = inTransactions(ctx, h, told, func(tx *database.Tx, some []*telling) error {
		n, err := records.CountStores(tx)
		if err != nil || n != len(news.stores) {
			return err // one that was made meanwhile heard of none of them
		}
		var marks [][]any
		for _, t := range some {
			marks = append(marks, []any{t.holder, t.version, t.sinceN})
		}
		return tx.ExecEach(`DELETE FROM feed_dirty WHERE account = $1 AND version = $2 AND since_n = $3`, marks)
	})
	if err != nil {
		return 0, fmt.Errorf("feed: %w", err)
	}
	h.fed.raise()
	return len(told), nil
}

// tellStores tells each store of accounts, and returns those that all were told of. One
// that cannot be told to some store holds up no other: its mark stays, and a person is
// told.
func (h *Headquarters) tellStores(ctx context.Context, tellings []*telling, stores []records.Store, as feedWriter) (told []*telling, err error) {
	if len(tellings) == 0 {
		return nil, nil
	}
	err = h.tellTogether(ctx, tellings, stores, as)
	switch {
	case err == nil:
		return tellings, nil
	case database.EndsAll(err):
		return nil, fmt.Errorf("feed: %w", err)
	case len(tellings) == 1:
		h.leftUndone("feed", tellings[0].holder, err)
		return nil, nil
	}
	for half := range slices.Chunk(tellings, (len(tellings)+1)/2) { // which of them it is
		some, err := h.tellStores(ctx, half, stores, as)
		if told = append(told, some...); err != nil {
			return told, err
		}
	}
	return told, nil
}

func (h *Headquarters) tellTogether(ctx context.Context, tellings []*telling, stores []records.Store, as feedWriter) error {
	for some := range slices.Chunk(stores, max(1, feedRowsAtOnce/len(tellings))) {
		err := oneByOne(ctx, h, some, func(tx *database.Tx, store records.Store) error {
			w := as
			w.tx, w.store = tx, store
			return w.tellAll(tellings)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// news is what is to be told, and to whom.
type news struct {
	marks    int    // that were read
	left     []mark // of those, what is not looked at yet
	has      extras
	tellings []*telling // of the accounts that can be read
	stores   []records.Store
	tills    tills
}

// readNews reads what is to be told. An account that cannot be read holds up no other: its
// mark stays, a person is told, and the next is read in a transaction of its own, since
// the one in which it happened may have ended by it.
func (h *Headquarters) readNews(ctx context.Context) (n news, err error) {
	for begun := false; ; {
		var at books.Holder
		err = h.view(ctx, func(tx *database.Tx) (err error) {
			if !begun {
				if err = h.readMarked(tx, &n); err != nil {
					return err
				}
				begun = true
			}
			if at, err = h.readTellings(tx, &n); err != nil || len(n.tellings) == 0 {
				return err
			}
			if n.stores, err = records.ReadStores(tx, h.keys); err != nil {
				return err
			}
			n.tills, err = readTills(tx, n.stores)
			return err
		})
		if err == nil || at == "" || database.EndsAll(err) {
			return n, err
		}
		h.leftUndone("feed", at, err)
	}
}

func (h *Headquarters) readMarked(tx *database.Tx, n *news) (err error) {
	n.left, err = nextOf(h, toFeed, func(behind int) ([]mark, error) {
		return readMarks(tx, `SELECT account, version, since_n FROM feed_dirty ORDER BY account LIMIT $1 OFFSET $2`, chunk, behind)
	})
	if err != nil {
		return err
	}
	n.marks = len(n.left)
	n.has, err = readExtras(tx, holdersOf(n.left))
	return err
}

// readTellings reads of the accounts that are left; at is one that cannot be read.
func (h *Headquarters) readTellings(tx *database.Tx, n *news) (at books.Holder, err error) {
	for len(n.left) > 0 {
		m := n.left[0]
		n.left = n.left[1:]
		t, err := h.readTelling(tx, m, n.has)
		if err != nil {
			return m.holder, fmt.Errorf("read %s for the feed: %w", m.holder, err)
		}
		n.tellings = append(n.tellings, t)
	}
	return "", nil
}

func (h *Headquarters) readTelling(tx *database.Tx, m mark, has extras) (t *telling, err error) {
	t = &telling{mark: m}
	if has.verdicts[m.holder] {
		if t.verdicts, err = readVerdicts(tx, m); err != nil {
			return nil, err
		}
	}
	if _, isAccount := m.holder.Account(); !isAccount { // a suspect or an anonymous sale: only its verdicts concern a store
		confirmed, err := readConfirmed(tx, m)
		t.verdicts = append(t.verdicts, confirmed...)
		return t, err
	}
	to, err := records.Survivor(tx, m.holder)
	if err != nil {
		return nil, err
	}
	if to != m.holder {
		t.forward = to
		return t, nil
	}
	members, err := records.MembersOf(tx, m.holder)
	if err != nil {
		return nil, err
	}
	if t.people, err = records.ReadPeople(tx, h.keys, members); err != nil {
		return nil, err
	}
	if t.balances, err = records.ReadBalances(tx, m.holder); err != nil {
		return nil, err
	}
	if err := h.readMemory(tx, t, members); err != nil {
		return nil, err
	}
	return t, t.readExtras(tx, has)
}

// readExtras reads what an account has of extras beside verdicts.
func (t *telling) readExtras(tx *database.Tx, has extras) (err error) {
	if has.listings[t.holder] {
		if t.listings, err = records.ReadListings(tx, t.holder); err != nil {
			return err
		}
	}
	if has.places[t.holder] {
		if t.places, err = readPlaces(tx, t.holder); err != nil {
			return err
		}
	}
	if has.lookups[t.holder] {
		if t.lookedUp, err = readLookups(tx, t.holder); err != nil {
			return err
		}
	}
	if has.rights[t.holder] {
		t.rights, err = readRightStates(tx, t.mark)
	}
	return err
}

// readMemory reads what the conditions and limits of programs ask of an account's
// members.
func (h *Headquarters) readMemory(tx *database.Tx, t *telling, members []books.Holder) (err error) {
	for _, p := range h.programs.Load().Chain {
		if !p.At(h.time()).Remembers() {
			continue
		}
		var state []byte
		err := tx.QueryRow(`SELECT state FROM member_state WHERE account = $1 AND program = $2`, t.holder, p.ID).Scan(&state)
		if err := records.OrNone(err); err != nil {
			return fmt.Errorf("read member state: %w", err)
		}
		if t.states == nil {
			t.states, t.outlines = map[string][]byte{}, map[string]json.RawMessage{}
		}
		t.states[p.ID] = state
	}
	if t.states == nil {
		return nil
	}
	if len(members) == 0 { // erased: nobody is served
		t.states = nil
	}
	t.profiles = map[books.Holder]loyalty.Profile{}
	for _, id := range members {
		if t.profiles[id], err = records.MemberProfile(tx, h.keys, id); err != nil {
			return err
		}
	}
	return nil
}

func readVerdicts(tx *database.Tx, m mark) ([]told, error) {
	rows, err := tx.Query(`
		SELECT entry, terminal, verdict
		FROM ledger
		WHERE account = $1 AND n >= $2 AND verdict <> 'posted'
		ORDER BY n`, m.holder, m.sinceN)
	if err != nil {
		return nil, fmt.Errorf("read verdicts: %w", err)
	}
	defer rows.Close()
	var verdicts []told
	for rows.Next() {
		v := ledger.VerdictOf{Subject: ledger.Subject(m.holder)}
		t := told{version: 1}
		if err := rows.Scan(&v.Entry, &t.terminal, &v.Verdict); err != nil {
			return nil, fmt.Errorf("read verdicts: %w", err)
		}
		t.change = ledger.Change{Kind: ledger.VerdictChange, Key: v.Entry.String(), Verdict: &v}
		verdicts = append(verdicts, t)
	}
	return verdicts, rows.Err()
}

func readPlaces(tx *database.Tx, of books.Holder) ([]posting.Meeting, error) {
	rows, err := tx.Query(`
		SELECT terminal, epoch, branch, seq, met_at_ms
		FROM account_place
		WHERE account = $1
		ORDER BY terminal`, of)
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	defer rows.Close()
	var places []posting.Meeting
	for rows.Next() {
		var p posting.Meeting
		if err := rows.Scan(&p.Terminal, &p.Epoch, &p.Branch, &p.Seq, &p.At); err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		places = append(places, p)
	}
	return places, rows.Err()
}

// readRightStates returns the open rights of an account and those that ended
// since. A right's versions are 1 granted, 2 called back, 3 ended.
func readRightStates(tx *database.Tx, m mark) ([]told, error) {
	rights, err := records.ReadRightsSince(tx, m.holder, m.sinceN)
	if err != nil {
		return nil, err
	}
	var states []told
	for _, r := range rights {
		s := &ledger.RightState{Terminal: r.Terminal, Right: r.ID}
		t := told{terminal: r.Terminal, version: 1}
		switch {
		case r.State != books.RightOpen:
			s.Closed, t.version = true, 3
		default:
			if s.Grant, err = grantOf(tx, m.holder, r); err != nil {
				return nil, err
			}
			if s.Recall, err = records.IsRecalled(tx, m.holder, r.ID); err != nil {
				return nil, err
			}
			if s.Recall {
				t.version = 2
			}
		}
		t.change = ledger.Change{Kind: ledger.RightChange, Key: r.ID.String(), Right: s}
		states = append(states, t)
	}
	return states, nil
}

// grantOf is a right's grant as it was signed; nil of a part, which its terminal
// has from its hub.
func grantOf(tx *database.Tx, of books.Holder, r *books.Right) (*ledger.SignedEntry, error) {
	if !r.Parent.IsZero() {
		return nil, nil
	}
	return records.SignedGrant(tx, of, r.Grant)
}

// tellAll writes what the store is told of accounts.
func (w *feedWriter) tellAll(all []*telling) error {
	for _, t := range all {
		if err := w.tell(t); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return fmt.Errorf("store %q: %w", string(w.store.ID), err)
	}
	return nil
}

// tell writes what the store is told of one account. Rights come before the
// balance that counts them.
func (w *feedWriter) tell(t *telling) error {
	for _, rows := range [][]told{t.rights, t.verdicts} {
		for _, row := range rows {
			if w.tills.storeOf[row.terminal] == w.store.ID {
				w.put(row.version, row.change)
			}
		}
	}
	id, isAccount := t.holder.Account()
	if !isAccount {
		return nil
	}
	if t.forward != "" {
		to, _ := t.forward.Account()
		w.put(t.version, ledger.Change{
			Kind: ledger.ForwardChange, Key: id.String(), Forward: &ledger.Forward{From: id, To: to},
		})
		return w.tellPINs(id, t, false)
	}
	return w.tellAccount(id, t)
}

// account is the store's view: its own program, keyed hashes and terminals. It is
// found by whatever finds one of its members. What a condition may ask of a person
// stands here where she is all of the account: else nobody knows who is here.
func (w *feedWriter) account(id ledger.AccountID, t *telling, members []ledger.Housemate) *ledger.AccountState {
	state := &ledger.AccountState{
		Account: id, Balances: w.balances(t), AsOf: w.now, State: t.states[w.store.Program],
	}
	for _, m := range members {
		state.Identifiers = append(state.Identifiers, m.Identifiers...)
		state.Name = cmp.Or(state.Name, m.Name)
	}
	if len(members) == 1 {
		state.BirthMonth, state.Segments = members[0].BirthMonth, members[0].Segments
	}
	for _, met := range t.places {
		if w.tills.storeOf[met.Terminal] == w.store.ID {
			state.Applied = append(state.Applied, met.Place)
		}
	}
	return state
}

// balances are those of the store's program; all as long as nothing was
// published.
func (w *feedWriter) balances(t *telling) []ledger.Balance {
	if w.store.Program == "" {
		return t.balances
	}
	var own []ledger.Balance
	for _, b := range t.balances {
		if b.Program == w.store.Program {
			own = append(own, b)
		}
	}
	return own
}

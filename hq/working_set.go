package hq

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// tills are the chain's terminals as feeds go by them.
type tills struct {
	storeOf map[ledger.TerminalID]ledger.StoreID
	// whole are stores that are told all of everybody: the only one of a chain, whose
	// members are all its own, and those with a till of the release before, which would
	// take what it is not told for nothing.
	whole   map[ledger.StoreID]bool
	metFrom ledger.Millis // when what a release before this one heard counts as heard
}

func readTills(tx *database.Tx, stores []records.Store) (t tills, err error) {
	t = tills{storeOf: map[ledger.TerminalID]ledger.StoreID{}, whole: map[ledger.StoreID]bool{}}
	if len(stores) == 1 {
		t.whole[stores[0].ID] = true
	}
	if err := tx.QueryRow(`SELECT met_from_ms FROM chain`).Scan(&t.metFrom); err != nil {
		return t, fmt.Errorf("read chain: %w", err)
	}
	rows, err := tx.Query(`SELECT terminal, store, takes_outside = 0 AND fenced_at_ms IS NULL FROM terminal`)
	if err != nil {
		return t, fmt.Errorf("read terminals: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ledger.TerminalID
		var store ledger.StoreID
		var old bool
		if err := rows.Scan(&id, &store, &old); err != nil {
			return t, fmt.Errorf("read terminals: %w", err)
		}
		t.storeOf[id] = store
		if old {
			t.whole[store] = true
		}
	}
	return t, rows.Err()
}

// readLookups returns which stores looked an account up, and when last.
func readLookups(tx *database.Tx, of books.Holder) (map[ledger.StoreID]ledger.Millis, error) {
	rows, err := tx.Query(`SELECT store, at_ms FROM looked_up WHERE account = $1`, of)
	if err != nil {
		return nil, fmt.Errorf("read lookups: %w", err)
	}
	defer rows.Close()
	var at map[ledger.StoreID]ledger.Millis
	for rows.Next() {
		var store ledger.StoreID
		var last ledger.Millis
		if err := rows.Scan(&store, &last); err != nil {
			return nil, fmt.Errorf("read lookups: %w", err)
		}
		if at == nil {
			at = map[ledger.StoreID]ledger.Millis{}
		}
		at[store] = last
	}
	return at, rows.Err()
}

// wholeUntil is until when an account belongs to the store's working set; 0 where it
// does not.
func (w *feedWriter) wholeUntil(t *telling) ledger.Millis {
	last := t.lookedUp[w.store.ID]
	for _, met := range t.places {
		if w.tills.storeOf[met.Terminal] == w.store.ID {
			last = max(last, met.At, w.tills.metFrom)
		}
	}
	if until := last.Add(records.WorkingFor); last > 0 && until > w.now {
		return until
	}
	return 0
}

// tellAccount tells all of an account to a store that has it in its working set, and
// the directory's row to others. Its household stands before it.
func (w *feedWriter) tellAccount(id ledger.AccountID, t *telling) error {
	members := w.members(t)
	until := w.wholeUntil(t)
	whole := until > 0 || w.tills.whole[w.store.ID]
	if err := w.tellPINs(id, t, whole); err != nil {
		return err
	}
	if whole {
		w.apart = append(w.apart, householdRow(id, t.version, members))
		w.feed = append(w.feed, feedRow{version: t.version, until: until, change: accountChange(w.account(id, t, members))})
		return nil
	}
	return w.tellOutline(id, t, members)
}

// tellOutline tells what the directory has of an account. When that was so is no part
// of what it says: it is the same for as long as nothing else of it changes.
func (w *feedWriter) tellOutline(id ledger.AccountID, t *telling, members []ledger.Housemate) error {
	tier, err := t.outline(w.store.Program)
	if err != nil {
		return err
	}
	household, state := householdRow(id, t.version, outlined(members)), w.account(id, t, members)
	outline(state, tier)
	account, asOf := feedRow{version: t.version, change: accountChange(state)}, state.AsOf
	state.AsOf = 0
	if household.says, err = saysOf(household.change); err != nil {
		return err
	}
	if account.says, err = saysOf(account.change); err != nil {
		return err
	}
	state.AsOf = asOf
	w.apart, w.feed = append(w.apart, household), append(w.feed, account)
	return nil
}

func accountChange(state *ledger.AccountState) ledger.Change {
	return ledger.Change{Kind: ledger.AccountChange, Key: state.Account.String(), Account: state}
}

// outline leaves of an account what the directory has: how she is found, her name,
// what she has and her level. What is set aside at a till elsewhere is part of what
// she has, so that a right which comes and goes changes nothing of it.
func outline(a *ledger.AccountState, tier json.RawMessage) {
	a.State, a.BirthMonth, a.Segments = tier, 0, nil
	a.Balances = slices.Clone(a.Balances)
	for i := range a.Balances {
		b := &a.Balances[i]
		b.Available, b.Escrowed = b.Available+b.Escrowed, 0 // a balance's sum was checked
	}
}

// outlined leaves of an account's members what the directory has.
func outlined(members []ledger.Housemate) []ledger.Housemate {
	members = slices.Clone(members)
	for i := range members {
		members[i].BirthMonth, members[i].Segments = 0, nil
	}
	return members
}

// outline is what the directory has of what a program remembers of her.
func (t *telling) outline(program string) (json.RawMessage, error) {
	state, remembered := t.states[program]
	if !remembered {
		return nil, nil
	}
	if text, made := t.outlines[program]; made {
		return text, nil
	}
	var s loyalty.State
	if len(state) > 0 {
		if err := json.Unmarshal(state, &s); err != nil {
			return nil, fmt.Errorf("read member state: %w", err)
		}
	}
	text, err := json.Marshal(s.Outline())
	t.outlines[program] = text
	return text, err
}

// saysOf is a hash of what a row tells, never 0.
func saysOf(row any) (int64, error) {
	text, err := json.Marshal(row)
	if err != nil {
		return 0, fmt.Errorf("encode: %w", err)
	}
	h := fnv.New64a()
	h.Write(text)
	return int64(h.Sum64()>>1) | 1, nil
}

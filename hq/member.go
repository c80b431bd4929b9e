package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// MemberState is what headquarters has of a member, without who she is.
type MemberState struct {
	Account  ledger.AccountID `json:"account"`
	Name     string           `json:"name"` // masked
	Balances []ledger.Balance `json:"balances"`
	Rights   []RightOpen      `json:"rights,omitempty"`
	Segments []string         `json:"segments,omitempty"`
	Rows     uint64           `json:"ledger_rows"`
	Head     ledger.Hash      `json:"ledger_head"`
	AsOf     ledger.Millis    `json:"as_of_ms"`
}

// RightOpen is a right that a terminal may still use.
type RightOpen struct {
	Right      ledger.RightID    `json:"right"`
	Terminal   ledger.TerminalID `json:"terminal"`
	Program    string            `json:"program"`
	Unit       ledger.Unit       `json:"unit"`
	Rest       ledger.Points     `json:"rest"`
	SpendUntil ledger.Millis     `json:"spend_until_ms"`
	Recalled   bool              `json:"recalled,omitempty"`
}

// MemberByPhone returns the member who enrolled with a number in E.164 form,
// or ErrNotFound.
func (r *reading) MemberByPhone(ctx context.Context, e164 string) (MemberState, error) {
	hash := r.keys.blind(ledger.PhoneIdentifier, e164)
	m := MemberState{AsOf: ledger.MillisOf(r.now())}
	err := r.view(ctx, func(tx *sqlitedb.Tx) error {
		who, err := r.keys.finds(tx, hash, e164)
		if err != nil {
			return err
		}
		if who, err = survivor(tx, who); err != nil {
			return err
		}
		id, ok := who.account()
		if !ok {
			return ErrNotFound
		}
		m.Account = id
		return r.fillMember(tx, who, &m)
	})
	if err != nil {
		return MemberState{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

func (r *reading) fillMember(tx *sqlitedb.Tx, who holder, m *MemberState) error {
	person, err := r.keys.readPerson(tx, who)
	if err != nil {
		return err
	}
	if person != nil {
		m.Name = maskOf(person)
	}
	listings, err := readListings(tx, who)
	if err != nil {
		return err
	}
	if person == nil && len(listings) > 0 {
		m.Name = listings[0].name
	}
	if m.Segments, err = segmentsOf(tx, who); err != nil {
		return err
	}
	if m.Balances, err = readBalances(tx, who); err != nil {
		return err
	}
	b, err := openBooks(tx, who)
	if err != nil {
		return err
	}
	m.Rows, m.Head = b.n, b.head
	rights, err := readOpenRights(tx, who)
	if err != nil {
		return err
	}
	for _, right := range rights {
		recalled, err := isRecalled(tx, who, right.ID)
		if err != nil {
			return err
		}
		m.Rights = append(m.Rights, RightOpen{
			Right: right.ID, Terminal: right.Terminal, Program: right.Program, Unit: right.Unit,
			Rest: right.rest(), SpendUntil: right.SpendUntil, Recalled: recalled,
		})
	}
	return nil
}

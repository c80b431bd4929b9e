package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// MemberExport is all that headquarters keeps of one person and of her account, in
// clear: for herself, who may ask for it. Where she shares the account, what
// happened to it is there whoever of it was here, and the others are masked.
type MemberExport struct {
	MemberState
	Person *ExportedPerson `json:"person"` // null where only tills know who she is
	// Remembered is what each program remembers of the account.
	Remembered []ExportedMemory `json:"remembered"`
	Lots       []ExportedLot    `json:"lots"`
	History    []ExportedRow    `json:"history"`
}

// ExportedPerson is who she is.
type ExportedPerson struct {
	Name       string        `json:"name"`
	Phone      *ledger.Phone `json:"phone"`
	Cards      []string      `json:"cards"`
	BirthMonth int           `json:"birth_month,omitempty"`
	PIN        bool          `json:"pin_set"` // what is kept of it tells nobody anything
}

// String masks itself.
func (ExportedPerson) String() string { return "***" }

// GoString masks itself.
func (ExportedPerson) GoString() string { return "***" }

// ExportedMemory is what a program remembers beside units, as the program's own
// arithmetic keeps it.
type ExportedMemory struct {
	Program string          `json:"program"`
	State   json.RawMessage `json:"state"`
}

// ExportedLot is units that came together, as far as some are left.
type ExportedLot struct {
	Program   string        `json:"program"`
	Unit      ledger.Unit   `json:"unit"`
	Since     ledger.Date   `json:"since"`
	Amount    ledger.Points `json:"amount"`
	Left      ledger.Points `json:"left"`
	VestsAt   ledger.Millis `json:"vests_at_ms,omitempty"`
	ExpiresAt ledger.Millis `json:"expires_at_ms,omitempty"`
}

// ExportedRow is one thing that happened, with the entry as it was written.
type ExportedRow struct {
	Happened
	Body json.RawMessage `json:"body"`
}

// ExportMember returns all that is kept of the member who has a number in E.164
// form, or ErrNotFound.
func (d *Desk) ExportMember(ctx context.Context, e164 string) (m MemberExport, err error) {
	m.Remembered, m.Lots, m.History = []ExportedMemory{}, []ExportedLot{}, []ExportedRow{}
	err = d.view(ctx, func(tx *database.Tx) error {
		member, of, err := records.FindMember(tx, d.keys, e164)
		if err != nil {
			return err
		}
		if m.MemberState, err = ReadMember(tx, d.keys, ledger.MillisOf(d.now()), member, of); err != nil {
			return err
		}
		if m.Person, err = exportPerson(tx, d.keys, member); err != nil {
			return err
		}
		return m.fill(tx, of)
	})
	if err != nil {
		return MemberExport{}, fmt.Errorf("export member: %w", err)
	}
	return m, nil
}

func exportPerson(tx *database.Tx, k keyring.Ring, member books.Holder) (*ExportedPerson, error) {
	who, err := records.ReadPerson(tx, k, member)
	if err != nil || who == nil {
		return nil, err
	}
	cards, err := records.ReadCards(tx, k, member)
	if err != nil {
		return nil, err
	}
	profile, err := records.MemberProfile(tx, k, member)
	return &ExportedPerson{
		Name: who.Name, Phone: who.Phone, Cards: append([]string{}, slices.Sorted(maps.Values(cards))...),
		BirthMonth: profile.BirthMonth, PIN: who.PIN != "",
	}, err
}

func (m *MemberExport) fill(tx *database.Tx, of books.Holder) error {
	if err := m.fillMemory(tx, of); err != nil {
		return fmt.Errorf("read member state: %w", err)
	}
	if err := m.fillLots(tx, of); err != nil {
		return fmt.Errorf("read lots: %w", err)
	}
	return eachHappened(tx, of, math.MaxInt32, func(row Happened, body []byte) {
		m.History = append(m.History, ExportedRow{row, body})
	})
}

func (m *MemberExport) fillMemory(tx *database.Tx, of books.Holder) error {
	rows, err := tx.Query(`SELECT program, state FROM member_state WHERE account = $1 ORDER BY program`, of)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var program string
		var state []byte
		if err := rows.Scan(&program, &state); err != nil {
			return err
		}
		m.Remembered = append(m.Remembered, ExportedMemory{program, state})
	}
	return rows.Err()
}

func (m *MemberExport) fillLots(tx *database.Tx, of books.Holder) error {
	lots, err := records.ReadLotsLeft(tx, of)
	for _, l := range lots {
		m.Lots = append(m.Lots, ExportedLot{
			Program: l.Of.Program, Unit: l.Of.Unit, Since: l.Since, Amount: l.Amount, Left: l.Left,
			VestsAt: l.Terms.VestsAt, ExpiresAt: l.Terms.ExpiresAt,
		})
	}
	return err
}

package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// MemberState is what headquarters has of a member, and of her account, without
// who she is.
type MemberState struct {
	Account ledger.AccountID `json:"account"`
	// Member is her own id; the account's where she was enrolled by herself.
	Member ledger.MemberID `json:"member_id"`
	Name   string          `json:"name"` // masked
	// Household are all members of the account, where it has several.
	Household []Housemate `json:"household,omitempty"`
	// Merged are the accounts that people made this one.
	Merged   []ledger.AccountID `json:"merged,omitempty"`
	Balances []ledger.Balance   `json:"balances"`
	Rights   []RightOpen        `json:"rights,omitempty"`
	Segments []string           `json:"segments,omitempty"` // hers
	Rows     uint64             `json:"ledger_rows"`
	Head     ledger.Hash        `json:"ledger_head"`
	AsOf     ledger.Millis      `json:"as_of_ms"`
}

// Housemate is a member of an account that has several.
type Housemate struct {
	Member ledger.MemberID `json:"member_id"`
	Name   string          `json:"name"` // masked
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
func (r *reading) MemberByPhone(ctx context.Context, e164 string) (m MemberState, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		member, of, err := findMember(tx, r.keys, e164)
		if err != nil {
			return err
		}
		m, err = r.memberState(tx, member, of)
		return err
	})
	if err != nil {
		return MemberState{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

// findMember returns the member who has a number and the account that she is in,
// or ErrNotFound.
func findMember(tx *database.Tx, k keyring.Ring, e164 string) (member, of books.Holder, err error) {
	if member, err = findsListed(tx, k, k.Blind(ledger.PhoneIdentifier, e164), e164); err != nil {
		return "", "", err
	}
	if of, err = records.AccountOf(tx, member); err != nil {
		return "", "", err
	}
	if _, ok := of.Account(); !ok {
		return "", "", records.ErrNotFound
	}
	return member, of, nil
}

// nameOf is what is shown of a member; empty where nobody knows her.
func nameOf(tx *database.Tx, k keyring.Ring, member books.Holder) (string, error) {
	person, err := records.ReadPerson(tx, k, member)
	if err != nil || person == nil {
		return "", err
	}
	return maskOf(person), nil
}

// memberState is what there is of a member and of the account that she is in.
func (r *reading) memberState(tx *database.Tx, member, of books.Holder) (m MemberState, err error) {
	m.AsOf, m.Member = ledger.MillisOf(r.now()), memberID(member)
	m.Account, _ = of.Account()
	if m.Name, err = nameOf(tx, r.keys, member); err != nil {
		return m, err
	}
	if m.Segments, err = records.SegmentsOf(tx, member); err != nil {
		return m, err
	}
	members, err := records.MembersOf(tx, of)
	if err != nil {
		return m, err
	}
	for _, id := range members {
		name, err := nameOf(tx, r.keys, id)
		if err != nil {
			return m, err
		}
		if len(members) > 1 {
			m.Household = append(m.Household, Housemate{memberID(id), name})
		}
	}
	if m.Merged, err = mergedInto(tx, of); err != nil {
		return m, err
	}
	return m, r.fillMember(tx, of, &m)
}

func (r *reading) fillMember(tx *database.Tx, who books.Holder, m *MemberState) error {
	listings, err := readListings(tx, who)
	if err != nil {
		return err
	}
	if m.Name == "" && len(listings) > 0 {
		m.Name = listings[0].name
	}
	if m.Balances, err = readBalances(tx, who); err != nil {
		return err
	}
	b, err := records.OpenBooks(tx, who)
	if err != nil {
		return err
	}
	m.Rows, m.Head = b.N, b.Head
	rights, err := records.ReadOpenRights(tx, who)
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
			Rest: right.Rest(), SpendUntil: right.SpendUntil, Recalled: recalled,
		})
	}
	return nil
}

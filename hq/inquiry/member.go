package inquiry

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
func (d *Desk) MemberByPhone(ctx context.Context, e164 string) (m MemberState, err error) {
	err = d.view(ctx, func(tx *database.Tx) error {
		member, of, err := records.FindMember(tx, d.keys, e164)
		if err != nil {
			return err
		}
		m, err = ReadMember(tx, d.keys, ledger.MillisOf(d.now()), member, of)
		return err
	})
	if err != nil {
		return MemberState{}, fmt.Errorf("find member: %w", err)
	}
	return m, nil
}

// ReadMember returns what there is at a time of a member and of the account that she
// is in.
func ReadMember(tx *database.Tx, k keyring.Ring, at ledger.Millis, member, of books.Holder) (m MemberState, err error) {
	m.AsOf, m.Member = at, member.Member()
	m.Account, _ = of.Account()
	if m.Name, err = records.NameOf(tx, k, member); err != nil {
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
		name, err := records.NameOf(tx, k, id)
		if err != nil {
			return m, err
		}
		if len(members) > 1 {
			m.Household = append(m.Household, Housemate{id.Member(), name})
		}
	}
	if m.Merged, err = mergedInto(tx, of); err != nil {
		return m, err
	}
	return m, m.fill(tx, of)
}

func (m *MemberState) fill(tx *database.Tx, who books.Holder) error {
	listings, err := records.ReadListings(tx, who)
	if err != nil {
		return err
	}
	if m.Name == "" && len(listings) > 0 {
		m.Name = listings[0].Name
	}
	if m.Balances, err = records.ReadBalances(tx, who); err != nil {
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
		recalled, err := records.IsRecalled(tx, who, right.ID)
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

// mergedInto returns the accounts that people made an account's own.
func mergedInto(tx *database.Tx, of books.Holder) (all []ledger.AccountID, err error) {
	merged, err := records.ReadHolders(tx, `SELECT account FROM forward WHERE to_account = $1 AND merge IS NOT NULL ORDER BY account`, of)
	for _, from := range merged {
		id, _ := from.Account()
		all = append(all, id)
	}
	return all, err
}

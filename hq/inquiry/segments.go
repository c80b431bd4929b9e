package inquiry

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// SegmentSize is how many members a segment has.
type SegmentSize struct {
	Segment string `json:"segment"`
	Members int    `json:"members"`
}

// SegmentMember is a member of a segment, and who put her in it, when and why.
type SegmentMember struct {
	Account  ledger.AccountID `json:"account"`
	Member   ledger.MemberID  `json:"member_id"`
	Name     string           `json:"name"` // masked
	Since    ledger.Millis    `json:"since_ms"`
	Operator string           `json:"operator_id"`
	Reason   string           `json:"reason"`
}

// Segments returns the segments that have members, by name.
func (d *Desk) Segments(ctx context.Context) (sizes []SegmentSize, err error) {
	err = d.view(ctx, func(tx *database.Tx) error {
		rows, err := tx.Query(`SELECT segment, count(*) FROM member_segment GROUP BY segment ORDER BY segment`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s SegmentSize
			if err := rows.Scan(&s.Segment, &s.Members); err != nil {
				return err
			}
			sizes = append(sizes, s)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	return sizes, nil
}

// SegmentMembers calls each for the members of a segment, in order of their
// ids, until it returns an error.
func (d *Desk) SegmentMembers(ctx context.Context, segment string, each func(SegmentMember) error) error {
	err := d.view(ctx, func(tx *database.Tx) error {
		members, err := records.ReadHolders(tx, `SELECT member FROM member_segment WHERE segment = $1 ORDER BY member`, segment)
		if err != nil {
			return err
		}
		for _, id := range members {
			m, err := d.segmentMember(tx, id, segment)
			if err != nil {
				return err
			}
			if err := each(m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read segment %s: %w", segment, err)
	}
	return nil
}

func (d *Desk) segmentMember(tx *database.Tx, member books.Holder, segment string) (m SegmentMember, err error) {
	var at books.Holder
	var entry ledger.EntryID
	err = tx.QueryRow(`
		SELECT l.account, l.entry
		FROM member_segment s JOIN ledger l ON l.account = s.account AND l.n = s.n
		WHERE s.member = $1 AND s.segment = $2`, member, segment).Scan(&at, &entry)
	if err != nil {
		return m, fmt.Errorf("read ledger row: %w", err)
	}
	e, err := records.OwnEntry(tx, at, entry)
	if err != nil {
		return m, err
	}
	m.Member, m.Since, m.Operator, m.Reason = member.Member(), e.At, e.Operator, e.Segmenting.Reason
	of, err := records.AccountOf(tx, member)
	if err != nil {
		return m, err
	}
	m.Account, _ = of.Account()
	m.Name, err = records.NameOf(tx, d.keys, member)
	return m, err
}

package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A merge is headquarters' own word, and no till can hand it back: one that came
// after the backup of a restored headquarters is undone. But tills that heard of it
// list the one's number in the other's account, and so a person can be told to say
// it again.

// Parted is a member whom tills have in an account that she is not in here.
type Parted struct {
	Member ledger.MemberID `json:"member_id"`
	Name   string          `json:"name"` // masked, as the next
	// Account is where the tills have her, Other how somebody in it is called.
	Account ledger.AccountID `json:"account"`
	Other   string           `json:"other_name"`
}

// parted reports whether a row lists somebody in an account of others who are not
// hers here, and keeps that.
func (c contest) parted(tx *database.Tx) (yes bool, err error) {
	if c.Member == "" || c.Member != c.finds {
		return false, nil
	}
	of, yes, err := isParted(tx, c.Member, c.Of)
	if err != nil || !yes {
		return false, err
	}
	_, err = tx.Exec(`
		INSERT INTO parted (member, account)
		VALUES ($1, $2)
		ON CONFLICT (member) DO UPDATE
		SET account = excluded.account`, c.Member, of)
	if err != nil {
		return false, fmt.Errorf("keep who was parted: %w", err)
	}
	return true, nil
}

// isParted returns who survives of an account, and whether a member is not in that
// while somebody else is.
func isParted(tx *database.Tx, member, account books.Holder) (of books.Holder, yes bool, err error) {
	if of, err = records.Survivor(tx, account); err != nil {
		return "", false, err
	}
	is, err := records.AccountOf(tx, member)
	if err != nil || is == of {
		return of, false, err
	}
	yes, err = records.HasMembers(tx, of)
	return of, yes, err
}

// readParted returns those that are so still, in order of their ids.
func (r *reading) readParted(tx *database.Tx) (all []Parted, err error) {
	members, err := records.ReadHolders(tx, `SELECT member FROM parted ORDER BY member`)
	if err != nil {
		return nil, fmt.Errorf("read who was parted: %w", err)
	}
	for _, member := range members {
		var account books.Holder
		if err := tx.QueryRow(`SELECT account FROM parted WHERE member = $1`, member).Scan(&account); err != nil {
			return nil, fmt.Errorf("read who was parted: %w", err)
		}
		of, yes, err := isParted(tx, member, account)
		if err != nil {
			return nil, err
		}
		if !yes {
			continue
		}
		p, err := r.nameParted(tx, member, of)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func (r *reading) nameParted(tx *database.Tx, member, of books.Holder) (p Parted, err error) {
	p.Member = member.Member()
	p.Account, _ = of.Account()
	if p.Name, err = records.NameOf(tx, r.keys, member); err != nil {
		return p, err
	}
	others, err := records.MembersOf(tx, of)
	if err != nil || len(others) == 0 {
		return p, err
	}
	p.Other, err = records.NameOf(tx, r.keys, others[0])
	return p, err
}

package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Split gives a lane parts of the rights that stand at this hub, together of an
// amount, those that lapse soonest first: all of it or nothing. sign signs a split
// for the lane. It returns once the splits and the mark are on disk, so that nothing
// is given twice. Refusing is a *loyalty.NoRedeem; asking again gives the same parts.
func (s *Store) Split(ctx context.Context, wanted ledger.PartWanted, sign func([]byte) []byte) ([]ledger.GivenPart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var given []ledger.GivenPart
	var refusal *loyalty.NoRedeem
	err := s.write(ctx, func(p *pen) (err error) {
		given, refusal, err = p.split(wanted) // a refusal commits: rights seen past stay closed
		return err
	})
	if err == nil && refusal == nil {
		err = s.markAfter(true)
	}
	if err != nil {
		return nil, fmt.Errorf("split right: %w", err)
	}
	if refusal != nil {
		return nil, refusal
	}
	signParts(given, sign)
	return given, nil
}

func signParts(given []ledger.GivenPart, sign func([]byte) []byte) {
	for i := range given {
		given[i].Part.Signature = sign(given[i].Part.Body)
	}
}

// GivenTo returns the parts that a lane's branch was given and may still spend, the
// last ones first, at most so many: its answer may have been lost.
func (s *Store) GivenTo(ctx context.Context, lane ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch, most int, sign func([]byte) []byte) (given []ledger.GivenPart, err error) {
	at := (*s.gate.Load()).clock.time(s.opts.Now())
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		given, err = readGiven(tx, givenColumns+`
			WHERE s.terminal = ? AND s.spend_until_ms >= ? AND s.epoch = ? AND s.branch = ? AND j.body <> '{}'
			ORDER BY s.n DESC
			LIMIT ?`, lane, at, epoch, branch, most)
		return err
	})
	signParts(given, sign)
	return given, err
}

const givenColumns = `
	SELECT r.body, r.signature, j.body
	FROM split s JOIN rights r ON r.right_id = s.right_id JOIN journal j ON j.n = s.n`

func (p *pen) split(wanted ledger.PartWanted) ([]ledger.GivenPart, *loyalty.NoRedeem, error) {
	if given, err := p.given(wanted.ID); len(given) > 0 || err != nil {
		return given, nil, err
	}
	if refusal := p.exchange.refuses(p.now, p.store.bounds().maxOffline); refusal != nil {
		return nil, refusal, nil
	}
	account, err := survivor(p.tx, wanted.Account.String())
	if err != nil {
		return nil, nil, err
	}
	at := p.exchange.clock.time(p.now)
	if err := p.closePast(at); err != nil {
		return nil, nil, err
	}
	open, err := p.splittable(account, wanted, at)
	if err != nil {
		return nil, nil, err
	}
	if open.free < wanted.Amount {
		return nil, &loyalty.NoRedeem{Reason: loyalty.NoRight, Unit: wanted.Unit}, nil
	}
	for _, part := range share(open.rights, wanted.Amount) {
		if err := p.splitOne(wanted, part); err != nil {
			return nil, nil, err
		}
	}
	given, err := p.given(wanted.ID)
	return given, nil, err
}

// splittable are the rights that parts may come from.
func (p *pen) splittable(account string, wanted ledger.PartWanted, at ledger.Millis) (open openShares, err error) {
	rows, err := p.tx.Query(`
		SELECT right_id, amount - spent - held - returned
		FROM rights
		WHERE account = ? AND program = ? AND unit = ? AND closed IS NULL AND recalled = 0 AND epoch = ?
			AND amount > spent + held + returned AND spend_until_ms >= ? AND body ->> '$.right.split_key' IS NOT NULL
		ORDER BY spend_until_ms, right_id`, account, wanted.Program, wanted.Unit, p.head.Epoch, at)
	if err != nil {
		return open, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r := ledger.RightShare{Unit: wanted.Unit}
		if err := rows.Scan(&r.Right, &r.Amount); err != nil {
			return open, fmt.Errorf("read rights: %w", err)
		}
		open.rights = append(open.rights, r)
		if open.free, err = open.free.Add(r.Amount); err != nil {
			return open, err
		}
	}
	return open, rows.Err()
}

// splitOne writes a split of one right, and takes its amount out of it.
func (p *pen) splitOne(wanted ledger.PartWanted, share ledger.RightShare) error {
	var body []byte
	if err := p.tx.QueryRow(`SELECT body FROM rights WHERE right_id = ?`, share.Right).Scan(&body); err != nil {
		return fmt.Errorf("read right: %w", err)
	}
	grant, err := ledger.Decode(body)
	if err != nil {
		return fmt.Errorf("read right: %w", err)
	}
	e := wanted.SplitOf(grant, share.Amount)
	e.ID, e.At, e.Store, e.Operator = newEntryID(), ledger.MillisOf(p.now), p.store.opts.Store, p.store.opts.Operator
	if body, err = e.Encode(); err != nil {
		return err
	}
	if err := p.put(e, body, 0); err != nil {
		return err
	}
	_, err = p.tx.Exec(`UPDATE rights SET spent = spent + ? WHERE right_id = ?`, share.Amount, share.Right)
	if err == nil {
		_, err = p.tx.Exec(`
			INSERT INTO split (asked, right_id, terminal, epoch, branch, spend_until_ms, n)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			wanted.ID, share.Right, wanted.Terminal, wanted.Epoch, wanted.Branch, e.Right.SpendUntil, p.last)
	}
	if err != nil {
		return fmt.Errorf("keep split: %w", err)
	}
	return nil
}

// given are the parts that answered a request before, without the hub's signature.
func (p *pen) given(asked ledger.RightID) ([]ledger.GivenPart, error) {
	return readGiven(p.tx, givenColumns+`
		WHERE s.asked = ?
		ORDER BY s.n`, asked)
}

func readGiven(tx *sqlitedb.Tx, query string, args ...any) (given []ledger.GivenPart, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var g ledger.GivenPart
		if err := rows.Scan(&g.Grant.Body, &g.Grant.Signature, &g.Part.Body); err != nil {
			return nil, fmt.Errorf("read splits: %w", err)
		}
		given = append(given, g)
	}
	return given, rows.Err()
}

package custody

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A backup is kept for weeks, and nothing is taken out of it. So what opens it to a
// person is not in it: her key, and what she is found by, are kept apart, in one file
// beside all backups, which is written anew at each erasure and each backup. What a
// backup has of who is not in that file nobody can read. SQLite's backups alone are
// ours to make.

// keptApart are the tables that are kept apart, or, of person, the key. Rows of others are
// made again: stores are told anew, and tills list anew.
var keptApart = []apartTable{
	{"person", 2, `SELECT account, wrapped_key FROM person`},
	{"person_card", 4, `SELECT account, hash, entry, card FROM person_card`},
	{"claim_identifier", 3, `SELECT hash, account, entry FROM claim_identifier`},
	{"suspect", 2, `SELECT hash, account FROM suspect`},
}

type apartTable struct {
	name    string
	columns int
	read    string
}

// apartRow is a row of one of them; a column of bytes is a list of one text in base64.
type apartRow struct {
	Table  string            `json:"table"`
	Values []json.RawMessage `json:"values"`
}

// WritePersons writes what is kept apart: lines of JSON, the log of erasures first.
// Serial is the last erasure that it knows of.
func WritePersons(tx *database.Tx, to io.Writer) (serial ledger.Millis, err error) {
	out := bufio.NewWriter(to)
	lines := json.NewEncoder(out)
	log, err := erasure.LogOf(tx)
	if err != nil {
		return 0, err
	}
	for _, x := range log.Erasures {
		serial = max(serial, x.Serial)
	}
	if err := lines.Encode(log); err != nil {
		return 0, err
	}
	for _, t := range keptApart {
		if err := t.write(tx, lines); err != nil {
			return 0, fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	return serial, out.Flush()
}

func (t apartTable) write(tx *database.Tx, to *json.Encoder) error {
	rows, err := tx.Query(t.read)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, t.columns)
	into := make([]any, len(values))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := apartRow{Table: t.name}
		for _, v := range values {
			if raw, ok := v.([]byte); ok {
				v = [][]byte{raw}
			}
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			row.Values = append(row.Values, text)
		}
		if err := to.Encode(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PartPersons takes what is kept apart out of a copy of a headquarters' database, and
// the attachments of what is posted: they say what the persons do.
func PartPersons(ctx context.Context, dir string) error {
	db, err := home.OpenCopy(ctx, dir)
	if err != nil {
		return fmt.Errorf("part persons: %w", err)
	}
	err = db.Update(ctx, partPersons)
	if err == nil {
		_, err = db.Vacuum(ctx)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("part persons: %w", err)
	}
	return nil
}

func partPersons(tx *database.Tx) error {
	needed, err := neededAttachments(tx)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE person SET wrapped_key = zeroblob(length(wrapped_key))`,
		`DELETE FROM person_card`,
		`DELETE FROM claim_identifier`,
		`DELETE FROM suspect`,
		`DELETE FROM listed`,
		`DELETE FROM attachment_names`,
		`DELETE FROM erased_identifier`,
		`DELETE FROM feed WHERE kind = 'account'`,
		`DELETE FROM feed_apart WHERE kind = 'household'`,
		`DELETE FROM feed_pin`,
		`UPDATE chain SET attachments_from_ms = (SELECT coalesce(max(received_at_ms), 0) + 1 FROM intake)`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			return err
		}
	}
	all, err := erasure.ReadAttachments(tx, `SELECT terminal, hash FROM attachment`)
	if err != nil {
		return err
	}
	for _, a := range all {
		if needed[a] {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM attachment WHERE terminal = $1 AND hash = $2`, a.Terminal, a.Hash); err != nil {
			return err
		}
	}
	return nil
}

// neededAttachments are those of entries that are still to be posted, or confirmed.
func neededAttachments(tx *database.Tx) (map[erasure.Attachment]bool, error) {
	places, err := records.ReadPlacesOf(tx, `
		SELECT terminal, epoch, branch, seq FROM quarantine
		UNION SELECT i.terminal, i.epoch, i.branch, i.seq
		FROM intake i
		LEFT JOIN projected p ON p.terminal = i.terminal AND p.epoch = i.epoch AND p.branch = i.branch
		WHERE i.seq > coalesce(p.seq, 0) OR i.held = 1`)
	if err != nil {
		return nil, err
	}
	alone, err := records.ReadDecisions(tx, `
		SELECT l.decided
		FROM unclaimed u
		JOIN ledger l ON l.account = u.account AND l.n = 1`)
	if err != nil {
		return nil, err
	}
	for _, d := range alone {
		if d.Place != nil {
			places = append(places, *d.Place)
		}
	}
	needed := map[erasure.Attachment]bool{}
	for _, at := range places {
		var body []byte
		err := tx.QueryRow(`SELECT body FROM intake WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`,
			at.Terminal, at.Epoch, at.Branch, at.Seq).Scan(&body)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", at, err)
		}
		if e, err := ledger.Decode(body); err == nil { // what cannot be read names nothing
			needed[erasure.Attachment{Terminal: at.Terminal, Hash: e.Attachment}] = true
		}
	}
	return needed, nil
}

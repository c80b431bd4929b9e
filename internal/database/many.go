package database

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Many is a statement over a list: what stands before its rows, as in
//
//	INSERT INTO thing (name, count) VALUES
//
// or in SELECT count FROM thing WHERE name IN (VALUES, and what stands behind
// them. Both are constants without placeholders.
type Many struct{ Head, Tail string }

// most is how many rows one statement has where the engine is no Lister. A list takes
// one statement for each power of two that its length is made of, so that few texts
// are prepared.
const most = 256

// ExecMany runs a statement over rows that have as many values each. An engine
// may refuse one that meets a row twice: whoever calls gives each key once.
func (tx *Tx) ExecMany(m Many, rows [][]any) error {
	_, err := tx.CountMany(m, rows)
	return err
}

// Sender is a Session whose engine is elsewhere: what it takes to run a statement for
// each of rows is sent at once.
type Sender interface {
	ExecEach(query string, rows [][]any) error
}

// ExecEach runs a statement for each of rows, its arguments, in their order. Of one that
// fails, and of those behind it, nothing is kept.
func (tx *Tx) ExecEach(query string, rows [][]any) error {
	s, sends := tx.session.(Sender)
	for some := range slices.Chunk(rows, most) {
		if sends && len(some) > 1 {
			_, err := tx.execute(func() (sql.Result, error) { return nil, s.ExecEach(query, some) })
			if err != nil {
				return err
			}
			continue
		}
		for _, args := range some {
			if _, err := tx.Exec(query, args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// Ahead is a Session whose engine runs what it was sent while the next is made ready.
type Ahead interface {
	SendList(m Many, rows [][]any) error
	// Settle waits for all that was sent, and gives the first error.
	Settle() error
}

// SendMany is ExecMany that the engine does while the caller goes on, who lets the rows
// be: what it fails by is told by whatever the transaction does next, or by its end.
func (tx *Tx) SendMany(m Many, rows [][]any) error {
	a, ahead := tx.session.(Ahead)
	if !ahead || len(rows) == 0 {
		return tx.ExecMany(m, rows)
	}
	if err := tx.mayExec(); err != nil {
		return err
	}
	tx.ahead = a
	return tx.note("exec", a.SendList(m, rows))
}

// Settle waits until all that was sent is done.
func (tx *Tx) Settle() error {
	a := tx.ahead
	if a == nil {
		return nil
	}
	tx.ahead = nil
	return tx.note("exec", a.Settle())
}

// Lister is a Session whose engine takes a list as a whole, so that any length of it
// is one statement.
type Lister interface {
	ExecList(m Many, rows [][]any) (sql.Result, error)
	QueryList(m Many, list [][]any) (Cursor, error)
}

// CountMany is ExecMany that returns how many rows it wrote: of an insert that does
// nothing where a key stands, those that were new.
func (tx *Tx) CountMany(m Many, rows [][]any) (wrote int64, err error) {
	if l, lists := tx.session.(Lister); lists && len(rows) > 1 {
		result, err := tx.execute(func() (sql.Result, error) { return l.ExecList(m, rows) })
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
	err = m.Each(rows, func(text string, args []any) error {
		result, err := tx.Exec(text, args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		wrote += n
		return err
	})
	return wrote, err
}

// QueryMany runs a query over a list, and gives each row it finds, in no order.
// What a list names twice may be found twice.
func (tx *Tx) QueryMany(m Many, list [][]any, give func(*Rows) error) error {
	if l, lists := tx.session.(Lister); lists && len(list) > 1 {
		rows, err := tx.ask(func() (Cursor, error) { return l.QueryList(m, list) })
		if err != nil {
			return err
		}
		return rows.each(give)
	}
	return m.Each(list, func(text string, args []any) error {
		rows, err := tx.Query(text, args...)
		if err != nil {
			return err
		}
		return rows.each(give)
	})
}

func (r *Rows) each(give func(*Rows) error) error {
	defer r.Close()
	for r.Next() {
		if err := give(r); err != nil {
			return err
		}
	}
	return r.Close()
}

// Each gives the statements that a list takes where the engine is no Lister.
func (m Many) Each(rows [][]any, run func(text string, args []any) error) error {
	for n := most; n > 0; n /= 2 {
		for len(rows) >= n {
			args := make([]any, 0, n*len(rows[0]))
			for _, row := range rows[:n] {
				args = append(args, row...)
			}
			if err := run(m.Text(n, len(rows[0])), args); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// shape is a statement over so many rows.
type shape struct {
	Many
	rows, columns int
}

// texts has the text of each shape that was used: as many as the program has
// statements of this kind, times the powers of two.
var texts sync.Map

// Text is the statement over so many rows.
func (m Many) Text(rows, columns int) string {
	s := shape{m, rows, columns}
	if text, known := texts.Load(s); known {
		return text.(string)
	}
	var b strings.Builder
	b.WriteString(m.Head)
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString(" (")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	b.WriteString(m.Tail)
	texts.Store(s, b.String())
	return b.String()
}

package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// A list is an array for each of its columns: one statement of a few arguments, however
// many rows it has. Of as many placeholders as there are values the server would spend
// more on reading and planning the statement than on what it says.

// arrays is a statement over lists, and the types of their columns.
type arrays struct {
	text  string
	types []uint32
}

// lists has the statement of each that was used, by database: what a column's type is
// only the server knows.
type lists struct{ known sync.Map }

// listing is a session on a server that has all rows: where they lie apart a row is sent
// to where it belongs, which is told by its values alone.
type listing struct {
	*session
	lists *lists
	ahead ahead
}

// Phrase is part of database.Phrasing: of VALUES that are only looked for the server
// takes all placeholders for texts, of a list by itself it asks what they are compared
// with.
func (s *session) Phrase(m database.Many) database.Many {
	m.Head = strings.Replace(m.Head, "IN (VALUES", "IN (", 1)
	return m
}

// ExecList is part of database.Lister.
func (s *listing) ExecList(m database.Many, rows [][]any) (sql.Result, error) {
	text, values, err := s.arrayed(m, rows)
	if err != nil {
		return nil, err
	}
	return s.exec(text, values)
}

// QueryList is part of database.Lister.
func (s *listing) QueryList(m database.Many, list [][]any) (database.Cursor, error) {
	text, values, err := s.arrayed(m, list)
	if err != nil {
		return nil, err
	}
	return s.query(text, values)
}

// arrayed turns a list into an array for each column.
func (s *listing) arrayed(m database.Many, rows [][]any) (text string, values []any, err error) {
	a, err := s.arraysOf(m, len(rows[0]))
	if err != nil {
		return "", nil, err
	}
	values, err = a.columns(rows)
	return a.text, values, err
}

// columns are the arguments that a list is.
func (a *arrays) columns(rows [][]any) (values []any, err error) {
	values = make([]any, len(a.types))
	for i, t := range a.types {
		if values[i], err = arrayOf(t, rows, i); err != nil {
			return nil, fmt.Errorf("column %d of a list: %w", i+1, err)
		}
	}
	return values, nil
}

// arraysOf asks the server for the types that one row would have.
func (s *listing) arraysOf(m database.Many, columns int) (*arrays, error) {
	if a, known := s.lists.known.Load(m); known {
		return a.(*arrays), nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.limit)
	defer cancel()
	one, err := s.conn.PgConn().Prepare(ctx, "", m.Text(1, columns), nil)
	if err != nil {
		return nil, err
	}
	a := &arrays{types: one.ParamOIDs}
	var parts []string
	for i, oid := range one.ParamOIDs {
		t, known := s.conn.TypeMap().TypeForOID(oid)
		if !known {
			return nil, fmt.Errorf("column %d of a list has the type %d", i+1, oid)
		}
		parts = append(parts, fmt.Sprintf("$%d::%s[]", i+1, t.Name))
	}
	a.text = strings.TrimSuffix(m.Head, "VALUES") + "SELECT * FROM unnest(" + strings.Join(parts, ", ") + ")" + m.Tail
	s.lists.known.Store(m, a)
	return a, nil
}

// arrayOf is a column of a list.
func arrayOf(oid uint32, rows [][]any, column int) (any, error) {
	switch oid {
	case pgtype.TextOID:
		return typed(rows, column, func(v any) (string, bool) {
			if raw, is := v.([]byte); is {
				return string(raw), true
			}
			text, is := v.(string)
			return text, is
		})
	case pgtype.ByteaOID:
		return typed(rows, column, func(v any) (raw []byte, is bool) { raw, is = v.([]byte); return raw, is })
	}
	return typed(rows, column, func(v any) (n int64, is bool) { n, is = v.(int64); return n, is })
}

// typed is a column whose values are all of one type, or NULL.
func typed[T any](rows [][]any, column int, of func(any) (T, bool)) (any, error) {
	all, nulls := make([]T, len(rows)), []int(nil)
	for i, row := range rows {
		value, err := plainOne(row[column])
		if err != nil {
			return nil, err
		}
		is := false
		if all[i], is = of(value); !is && value != nil {
			return nil, fmt.Errorf("a %T among %T", value, all[i])
		} else if !is {
			nulls = append(nulls, i)
		}
	}
	if len(nulls) == 0 {
		return all, nil
	}
	some := make([]*T, len(rows))
	for i := range all {
		some[i] = &all[i]
	}
	for _, i := range nulls {
		some[i] = nil
	}
	return some, nil
}

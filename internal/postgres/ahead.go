package postgres

import (
	"cmp"
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// A statement that is sent ahead reaches the server while that still runs the one
// before, and the next is made ready here meanwhile: both work at once.

// ahead is what was sent and not settled.
type ahead struct {
	pipe   *pgconn.Pipeline
	end    context.CancelFunc
	sent   int
	values pgx.ExtendedQueryBuilder
}

// SendList is part of database.Ahead.
func (s *listing) SendList(m database.Many, rows [][]any) error {
	statement, err := s.prepared(m, len(rows[0]))
	if err != nil {
		return err
	}
	values, err := statement.columns(rows)
	if err != nil {
		return err
	}
	if s.ahead.pipe == nil {
		var ctx context.Context
		ctx, s.ahead.end = context.WithTimeout(s.ctx, statementLimit)
		s.ahead.pipe = s.conn.PgConn().StartPipeline(ctx)
	}
	v := &s.ahead.values
	if err := v.Build(s.conn.TypeMap(), statement.told, values); err != nil {
		return err
	}
	s.ahead.sent++
	s.ahead.pipe.SendQueryStatement(statement.told, v.ParamValues, v.ParamFormats, v.ResultFormats)
	return s.ahead.pipe.Flush()
}

// Settle is part of database.Ahead.
func (s *listing) Settle() error {
	pipe, end, sent := s.ahead.pipe, s.ahead.end, s.ahead.sent
	s.ahead.pipe, s.ahead.sent = nil, 0
	if pipe == nil {
		return nil
	}
	defer end()
	err := pipe.Sync()
	for ; sent > 0 && err == nil; sent-- {
		var of any
		if of, err = pipe.GetResults(); err == nil {
			_, err = of.(*pgconn.ResultReader).Close()
		}
	}
	return cmp.Or(err, pipe.Close())
}

// preparedKey names, among what belongs to a connection, the statements over lists that
// it has.
const preparedKey = "lists"

// preparedList is a statement over lists as a connection knows it.
type preparedList struct {
	*arrays
	told *pgconn.StatementDescription
}

// prepared gives a statement over lists, which the connection learns where it does not
// know it: for that it is to be settled.
func (s *listing) prepared(m database.Many, columns int) (p preparedList, err error) {
	own := s.conn.PgConn().CustomData()
	all, _ := own[preparedKey].(map[database.Many]preparedList)
	if p, known := all[m]; known {
		return p, nil
	}
	if all == nil {
		all = map[database.Many]preparedList{}
		own[preparedKey] = all
	}
	if err := s.Settle(); err != nil {
		return p, err
	}
	if p.arrays, err = s.arraysOf(m, columns); err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, statementLimit)
	defer cancel()
	if p.told, err = s.conn.Prepare(ctx, p.text, p.text); err != nil {
		return p, err
	}
	all[m] = p
	return p, nil
}

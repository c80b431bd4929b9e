package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// conn is one pinned connection with its prepared statements. One goroutine at
// a time uses it.
type conn struct {
	pool *sql.DB
	sql  *sql.Conn
	// stmts has one statement per query text. Query texts are constants, so
	// the program's own size bounds it.
	stmts   map[string]*stmt
	lookups map[string]*lookup // the same for those straight on the driver
	runs    map[string]*running
}

// stmt is a prepared statement. While rows of it are open it must not be run
// again: that would rewind them.
type stmt struct {
	*sql.Stmt
	busy bool
}

func openConn(ctx context.Context, c connector) (*conn, error) {
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(1)
	pinned, err := pool.Conn(ctx)
	if err != nil {
		pool.Close() // holds nothing yet
		return nil, err
	}
	return &conn{pool: pool, sql: pinned, stmts: make(map[string]*stmt), lookups: make(map[string]*lookup), runs: make(map[string]*running)}, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close() // closing the connection tells what is wrong
	}
	for _, l := range c.lookups {
		l.stmt.Close()
	}
	for _, r := range c.runs {
		r.stmt.Close()
	}
	return errors.Join(c.sql.Close(), c.pool.Close())
}

// prepared gives the statement of a query text; the second user of one at the
// same time gets a statement of its own, which is not kept.
func (c *conn) prepared(ctx context.Context, query string) (s *stmt, kept bool, err error) {
	s = c.stmts[query]
	if s != nil && !s.busy {
		return s, true, nil
	}
	if s == nil && severalStatements(query) {
		return nil, false, fmt.Errorf("prepare: more than one statement in %q", query)
	}
	p, err := c.sql.PrepareContext(ctx, query)
	if err != nil {
		return nil, false, fmt.Errorf("prepare: %w", err)
	}
	if s != nil {
		return &stmt{Stmt: p}, false, nil
	}
	s = &stmt{Stmt: p}
	c.stmts[query] = s
	return s, true, nil
}

// severalStatements tells a text of which the driver would run only the first
// statement, silently.
func severalStatements(query string) bool {
	_, rest, found := strings.Cut(query, ";")
	return found && strings.TrimSpace(rest) != ""
}

// exec runs one of our own fixed statements.
func (c *conn) exec(query string) error {
	_, err := c.run(query, nil)
	return err
}

// inTransaction asks SQLite, which ends a transaction by itself on some errors.
func (c *conn) inTransaction() bool {
	var in bool
	err := c.sql.Raw(func(driverConn any) error {
		in = !driverConn.(rawConn).AutoCommit()
		return nil
	})
	return err == nil && in
}

package sqlitedb

import "github.com/loyaltyd/loyaltyd/internal/database"

// fewAhead is of how many rows a list is at least that is written while the transaction
// goes on: to hand over a shorter one takes as long as to write it.
const fewAhead = 32

// ahead writes lists, one after another, while the goroutine of their transaction makes
// the next ready: both processors work at once. Until it is settled the connection is
// its own.
type ahead struct {
	lists chan list
	done  chan error // the first error, once all lists are written
}

type list struct {
	database.Many
	rows [][]any
}

// SendList is part of database.Ahead.
func (s *session) SendList(m database.Many, rows [][]any) error {
	if s.ahead == nil && len(rows) < fewAhead {
		return s.conn.runList(m, rows)
	}
	if s.ahead == nil {
		s.ahead = &ahead{lists: make(chan list, 16), done: make(chan error, 1)}
		go s.ahead.write(s.conn)
	}
	s.ahead.lists <- list{m, rows}
	return nil
}

// Settle is part of database.Ahead.
func (s *session) Settle() error {
	a := s.ahead
	if a == nil {
		return nil
	}
	s.ahead = nil
	close(a.lists)
	return <-a.done
}

// write writes what comes until nothing more does, or one fails: what comes behind that
// would be no use.
func (a *ahead) write(c *conn) {
	var err error
	for l := range a.lists {
		if err == nil {
			err = c.runList(l.Many, l.rows)
		}
	}
	a.done <- err
}

func (c *conn) runList(m database.Many, rows [][]any) error {
	return m.Each(rows, func(text string, args []any) error {
		_, err := c.run(text, args)
		return err
	})
}

package hq

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/migration"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// MaxRequests is how many requests are admitted at once.
const MaxRequests = maxRequests

// PageRows is the statement that reads a page of a feed.
const PageRows = pageRows

// OneByOne takes steps as the worker does.
func (h *Headquarters) OneByOne(ctx context.Context, steps int, step func() error) error {
	return oneByOne(ctx, h, make([]struct{}, steps), func(*database.Tx, struct{}) error { return step() })
}

// EachForItself takes so many steps as the worker takes those that hold up no other, and
// gives which were stuck.
func (h *Headquarters) EachForItself(ctx context.Context, steps int, step func(*database.Tx, int) error) (done int, stuck []int, err error) {
	all := make([]int, steps)
	for i := range all {
		all[i] = i
	}
	done, err = eachForItself(ctx, h, all, step, func(one int, _ error) { stuck = append(stuck, one) })
	return done, stuck, err
}

// Write has the writer for a moment.
func (h *Headquarters) Write(ctx context.Context) error {
	return h.update(ctx, func(*database.Tx) error { return nil })
}

// BeginRound begins a round of work, and gives what writes in it and what ends it.
func (h *Headquarters) BeginRound(ctx context.Context) (write func() error, end func(), err error) {
	round, end, err := h.turn(ctx)
	return func() error { return h.Write(round) }, end, err
}

// InRound reports whether a round of work is under way.
func (h *Headquarters) InRound() bool {
	free := h.round.TryLock()
	if free {
		h.round.Unlock()
	}
	return !free
}

// ClaimOnly claims what came in, as a projector does that is stopped before it posts.
func (h *Headquarters) ClaimOnly(ctx context.Context) error {
	var items []*books.Item
	err := h.view(ctx, func(tx *database.Tx) error {
		todo, err := readTodo(tx)
		if err != nil {
			return err
		}
		r, err := h.readRound(tx, todo, chunk)
		if err == nil {
			items = r.items
		}
		return err
	})
	if err != nil {
		return err
	}
	return h.claim(ctx, items)
}

// HoldRoom takes the room of all requests that are worked on.
func (h *Headquarters) HoldRoom() (release func()) {
	for range maxRequests {
		h.admits <- struct{}{}
	}
	return func() {
		for range maxRequests {
			<-h.admits
		}
	}
}

// Shelve gives how a page is asked for of a shelf, always the same.
func Shelve() func(read func() error) error {
	s := shelf{pages: map[pageKey]*shelved{}}
	return func(read func() error) error {
		_, err := s.get(pageKey{}, 1, func() (page, error) { return page{}, read() })
		return err
	}
}

// MaxConnections is how many connections are open at once.
const MaxConnections = maxConnections

// Server is what terminals are answered by.
func (h *Headquarters) Server() *http.Server { return h.server(context.Background()) }

// HoldDoor keeps batches waiting for each other.
func (h *Headquarters) HoldDoor() (release func()) {
	h.door.opening.Lock()
	return h.door.opening.Unlock
}

// AtDoor is how many batches wait.
func (h *Headquarters) AtDoor() int {
	h.door.mu.Lock()
	defer h.door.mu.Unlock()
	return len(h.door.waiting)
}

// CallRoll gives a roll's find.
func CallRoll(view func(context.Context, func(*database.Tx) error) error) func(context.Context, ledger.TerminalID) error {
	r := newRoll(view)
	return func(ctx context.Context, id ledger.TerminalID) error {
		_, err := r.find(ctx, id)
		return err
	}
}

// Twice has each transaction of a headquarters run twice, as it may where others
// change the same rows: first in vain, up to a statement that is another each
// time.
func Twice(h *Headquarters) { h.db = &twice{DB: h.db} }

// Apart has a headquarters believe that keys live apart.
func Apart(h *Headquarters) { h.db = keysApart{h.db} }

type keysApart struct{ database.DB }

func (keysApart) Apart() bool { return true }

// Meanwhile has something done between two transactions of a headquarters: before the
// nth from now on that changes anything.
func Meanwhile(h *Headquarters, nth int64, do func()) {
	m := &meanwhile{DB: h.db, do: do}
	m.left.Store(nth)
	h.db = m
}

type meanwhile struct {
	database.DB
	left atomic.Int64
	do   func()
}

func (m *meanwhile) Update(ctx context.Context, fn func(*database.Tx) error) error {
	if m.left.Add(-1) == 0 {
		m.do()
	}
	return m.DB.Update(ctx, fn)
}

type twice struct {
	database.DB
	runs atomic.Int64
}

func (t *twice) Update(ctx context.Context, fn func(*database.Tx) error) error {
	err := t.DB.Update(ctx, func(tx *database.Tx) error {
		vain, end := database.Begin(ctx, &overtaken{tx: tx, left: t.runs.Add(1) % 23}, false)
		fn(vain)
		end.Close()
		return errOvertaken
	})
	if !errors.Is(err, errOvertaken) {
		return err
	}
	return t.DB.Update(ctx, fn)
}

var errOvertaken = fmt.Errorf("overtaken: %w", database.ErrStorage)

// overtaken is a session that has a number of statements left.
type overtaken struct {
	tx   *database.Tx
	left int64
}

func (o *overtaken) Exec(query string, args []any) (sql.Result, error) {
	if o.left--; o.left < 0 {
		return nil, errOvertaken
	}
	return o.tx.Exec(query, args...)
}

func (o *overtaken) Query(query string, args []any) (database.Cursor, error) {
	if o.left--; o.left < 0 {
		return nil, errOvertaken
	}
	rows, err := o.tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (o *overtaken) Judge(_ string, err error) (error, bool) {
	return err, errors.Is(err, database.ErrStorage)
}

// Hear takes from the list of a restored headquarters who has caught up; meanwhile is
// called between what it reads and what it writes.
func (h *Headquarters) Hear(ctx context.Context, meanwhile func()) (int, error) {
	h.db = &between{h.db, meanwhile}
	return h.hear(ctx)
}

// between calls a function before the next that writes.
type between struct {
	database.DB
	meanwhile func()
}

func (b *between) Update(ctx context.Context, fn func(*database.Tx) error) error {
	if do := b.meanwhile; do != nil {
		b.meanwhile = nil
		do()
	}
	return b.DB.Update(ctx, fn)
}

// Projections returns the columns of each table that Rebuild writes anew, without
// those that are marks.
func Projections() map[string][]string {
	all := map[string][]string{
		"account": append([]string{"account"}, audit.AccountSums.Columns...),
		"due":     {"account", "at_ms"},
	}
	for _, p := range audit.Projections {
		all[p.Table] = append([]string{"account"}, p.Columns...)
	}
	return all
}

// Tables returns those of the schema, in order.
func Tables() (names []string) {
	text, err := fs.Glob(migration.Of("sqlite"), "*.sql")
	if err != nil {
		panic(err) // a constant pattern
	}
	for _, file := range text {
		step, err := fs.ReadFile(migration.Of("sqlite"), file)
		if err != nil {
			panic(err) // it is embedded
		}
		for _, made := range regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(string(step), -1) {
			names = append(names, made[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // one that was laid anew is made twice
}

// EachMove writes what was decided in the form of the releases before, in which each
// move stands by itself.
func EachMove(decided []byte) ([]byte, error) {
	var d books.Decision
	if err := ledger.DecodeJSON(decided, &d); err != nil {
		return nil, err
	}
	joined, err := json.Marshal(d.Moves)
	if err != nil {
		return nil, err
	}
	each, err := json.Marshal([]loyalty.Move(d.Moves))
	return bytes.Replace(decided, joined, each, 1), err
}

// TwoRounds decides two rounds, the first of so many entries, the second before it is written,
// then has something done once that is, and reports which were written as they were decided.
func (h *Headquarters) TwoRounds(ctx context.Context, most int, between func()) (first, second bool, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer end()
	var todo []records.Stretch
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		todo, err = readTodo(tx)
		return err
	})
	if err != nil {
		return false, false, err
	}
	one, err := h.nextRound(ctx, todo, most, nil)
	if err != nil || one.unit == nil {
		return false, false, err
	}
	ahead := <-h.beginNext(ctx, one, roundMost)
	if first, err = h.writeRound(ctx, one); err != nil || ahead == nil {
		return first, false, err
	}
	between()
	second, err = h.writeRound(ctx, ahead)
	return first, second, err
}

package hq_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// written is what sales made of one table: as many rows a sale, or one for each
// account.
type written struct {
	table, key, where string
	came              string // the column that has its rows in the order in which they came
	upsert            bool
	columns, types    []string
	rows              [][]any
}

// sameRows are the tables that intake and projection of a sale write.
func sameRows() []*written {
	return []*written{
		{table: "intake", where: "seq > 2000 OR terminal <> (SELECT terminal FROM intake WHERE seq = 2000 LIMIT 1)"},
		{table: "claim_entry", came: "entry"}, {table: "claim_sale", came: "entry"},
		{table: "ledger", where: "n > 1", came: "entry"}, {table: "lot", came: "lot"},
		{table: "account", key: "account", upsert: true}, {table: "balance", key: "account, program, unit", upsert: true},
		{table: "member_state", key: "account, program", upsert: true}, {table: "feed_dirty", key: "account", upsert: true},
		{table: "authority_dirty", key: "account", upsert: true}, {table: "account_place", key: "account, terminal", upsert: true},
	}
}

func (w *written) query() string {
	query := "SELECT * FROM " + w.table
	if w.where != "" {
		query += " WHERE " + w.where
	}
	if w.came != "" {
		query += " ORDER BY " + w.came
	}
	return query
}

func (w *written) insert() string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(w.columns)), ", ")
	return "INSERT INTO " + w.table + " VALUES (" + marks + ")" + w.conflict()
}

func (w *written) read(b *testing.B, db *sql.DB) {
	b.Helper()
	rows, err := db.Query(w.query())
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range types {
		w.columns = append(w.columns, t.Name())
		w.types = append(w.types, strings.ToLower(t.DatabaseTypeName()))
	}
	for rows.Next() {
		row, into := make([]any, len(types)), make([]any, len(types))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
		w.rows = append(w.rows, row)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	if w.upsert { // members come in no order
		rand.New(rand.NewPCG(1, 1)).Shuffle(len(w.rows), func(i, j int) { w.rows[i], w.rows[j] = w.rows[j], w.rows[i] })
	}
}

// part is the rows of the nth of so many parts; of what has one row an account
// as many as a part of sales has accounts at most.
func (w *written) part(n, parts int) [][]any {
	size := len(w.rows) / parts
	if w.upsert {
		size = min(len(w.rows), bareSales)
		n %= max(1, len(w.rows)/size)
	}
	return w.rows[n*size : (n+1)*size]
}

func (w *written) conflict() string {
	if !w.upsert {
		return ""
	}
	var set []string
	for _, c := range w.columns {
		if !slices.Contains(strings.Split(w.key, ", "), c) {
			set = append(set, c+" = excluded."+c)
		}
	}
	return " ON CONFLICT (" + w.key + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// besideBare has the bare driver write what ours wrote, into the same tables, and
// tells how ours compares.
func (m *market) besideBare(b *testing.B, engine string, meter meter, ours cost) {
	b.Helper()
	tables := sameRows()
	db := m.behind()
	defer db.Close()
	for _, w := range tables {
		w.read(b, db)
	}
	parts := m.sold / bareSales
	empty := &world{TB: b, program: m.program}
	if m.database != "" {
		empty.database = postgrestest.Shared(b).Database(b)
	}
	empty.found()
	write := empty.writeSQLite
	if m.database != "" {
		write = empty.writePostgres
	}
	bare := meter.of(func() { write(tables, parts) })
	if m.database != "" {
		m.compare(b, engine+": intake and projection, to the sales and two balances alone, by one statement (4 × 1,000)", ours, meter.of(m.eventsAndBalances()))
	}
	m.compare(b, engine+": intake and projection, to all rows that they make, by the driver alone", ours, bare)
}

func (m *market) compare(b *testing.B, what string, ours, bare cost) {
	b.Helper()
	fmt.Printf("%s: bare %s\n", what, bare.each(m.sold))
	testkit.Goal{Number: 6, What: what, Ours: rate(m.sold, ours), Bare: rate(m.sold, bare), Unit: "entries/s", Limit: 0.75, Least: true}.Print(b)
	testkit.Goal{Number: 6, What: what + ", processors", Ours: ours.perEntry(m.sold), Bare: bare.perEntry(m.sold), Unit: "µs", Limit: 1.3}.Print(b)
}

// writeSQLite writes on prepared statements, with the pragmas that cost time.
func (w *world) writeSQLite(tables []*written, parts int) {
	w.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir, "hq.db")+"?_journal_mode=WAL&_synchronous=FULL&_secure_delete=on&_cache_size=-16000")
	if err != nil {
		w.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for n := range parts {
		tx, err := db.Begin()
		if err != nil {
			w.Fatal(err)
		}
		for _, t := range tables {
			insert, err := tx.Prepare(t.insert())
			if err != nil {
				w.Fatal(err)
			}
			for _, row := range t.part(n, parts) {
				if _, err := insert.Exec(row...); err != nil {
					w.Fatal(err)
				}
			}
			insert.Close()
		}
		if err := tx.Commit(); err != nil {
			w.Fatal(err)
		}
	}
}

// writePostgres writes columns of arrays, four connections at once.
func (w *world) writePostgres(tables []*written, parts int) {
	w.Helper()
	w.onConnections(func(conn *pgx.Conn, lane int) error {
		for n := lane; n < parts; n += roundLanes {
			err := pgx.BeginFunc(context.Background(), conn, func(tx pgx.Tx) error {
				for _, t := range tables {
					if _, err := tx.Exec(context.Background(), t.unnest(), columnsOf(t.part(n, parts), len(t.columns))...); err != nil {
						return fmt.Errorf("%s: %w", t.table, err)
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) onConnections(do func(conn *pgx.Conn, lane int) error) {
	w.Helper()
	var g errgroup.Group
	for lane := range roundLanes {
		g.Go(func() error {
			conn, err := pgx.Connect(context.Background(), w.database)
			if err != nil {
				return err
			}
			defer conn.Close(context.Background())
			return do(conn, lane)
		})
	}
	if err := g.Wait(); err != nil {
		w.Fatal(err)
	}
}

func (w *written) unnest() string {
	var arrays []string
	for i, t := range w.types {
		if t == "int8" {
			t = "bigint"
		}
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, t))
	}
	return "INSERT INTO " + w.table + " (" + strings.Join(w.columns, ", ") + ") SELECT * FROM unnest(" + strings.Join(arrays, ", ") +
		") AS t (" + strings.Join(w.columns, ", ") + ") ORDER BY 1, 2" + w.conflict()
}

func columnsOf(rows [][]any, columns int) []any {
	all := make([]any, columns)
	for c := range columns {
		column := make([]any, len(rows))
		for i, row := range rows {
			column[i] = row[c]
		}
		all[c] = column
	}
	return all
}

// eventsAndBalances writes each sale as one row of eleven fields, its body among
// them, and what it adds to two balances, a thousand sales by one statement: the
// least that a loyalty system could do with them.
func (m *market) eventsAndBalances() func() {
	m.Helper()
	other := &world{TB: m.TB, database: postgrestest.Shared(m).Database(m)}
	db := other.behind()
	defer db.Close()
	for _, table := range []string{
		`CREATE TABLE event (terminal text, epoch bigint, seq bigint, entry text, account text, program text,
			points bigint, spend bigint, day text, at_ms bigint, body bytea, PRIMARY KEY (terminal, epoch, seq))`,
		`CREATE TABLE points (account text, unit text, available bigint, PRIMARY KEY (account, unit))`,
	} {
		if _, err := db.Exec(table); err != nil {
			m.Fatal(err)
		}
	}
	batches := m.eventColumns()
	return func() {
		other.onConnections(func(conn *pgx.Conn, lane int) error {
			for n := lane; n < len(batches); n += roundLanes {
				if _, err := conn.Exec(context.Background(), eventAndBalance, batches[n]...); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

const eventAndBalance = `
	WITH new AS (
		INSERT INTO event
		SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
		                     $7::bigint[], $8::bigint[], $9::text[], $10::bigint[], $11::bytea[])
		ON CONFLICT DO NOTHING
		RETURNING account, points, spend)
	INSERT INTO points
	SELECT account, unit, sum(more) FROM (
		SELECT account, 'points' AS unit, points AS more FROM new
		UNION ALL
		SELECT account, 'spend', spend FROM new) AS each
	GROUP BY account, unit ORDER BY account, unit
	ON CONFLICT (account, unit) DO UPDATE SET available = points.available + excluded.available`

// eventColumns are the sales of all lanes as columns, a thousand at a time.
func (m *market) eventColumns() (batches [][]any) {
	var rows [][]any
	for _, t := range m.tills {
		for seq, line := range t.lines {
			if line.sums == nil {
				continue
			}
			rows = append(rows, []any{
				t.Terminal.String(), int64(1), int64(seq), newEntryID().String(), string(m.subjects[seq%len(m.subjects)]), "beauty",
				int64(20), int64(2000), "2026-11-22", int64(1_800_000_000_000), line.body,
			})
		}
	}
	for part := range slices.Chunk(rows, 1000) {
		batches = append(batches, columnsOf(part, 11))
	}
	return batches
}

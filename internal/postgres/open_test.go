package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

const other = `CREATE TABLE other (name text PRIMARY KEY)`

// Of several that start at once on an empty database one makes the schema, and
// all of them open.
func TestStartedAtOnce(t *testing.T) {
	url := postgrestest.Shared(t).Database(t)
	var g errgroup.Group
	for range 5 {
		g.Go(func() error {
			db, err := postgres.Open(context.Background(), options(url, thing, other))
			if err != nil {
				return err
			}
			return db.Close()
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// A later release adds what is missing; an earlier one refuses what it does not
// know, and a reader what is not there yet. A step that fails leaves nothing.
func TestSchemas(t *testing.T) {
	url := postgrestest.Shared(t).Database(t)
	ctx := context.Background()
	beside := options(url, thing)
	beside.ReadOnly = true
	if _, err := postgres.Open(ctx, beside); err == nil {
		t.Error("an empty database was opened for reading")
	}
	open(t, options(url, thing))
	if _, err := postgres.Open(ctx, options(url, thing, `CREATE TABLE half (x bigint); SELECT nonsense`)); err == nil {
		t.Error("a wrong step was taken")
	}
	open(t, beside)
	beside = options(url, thing, other)
	beside.ReadOnly = true
	if _, err := postgres.Open(ctx, beside); !errors.Is(err, database.ErrOlderSchema) {
		t.Errorf("opened for reading by a later release: %v", err)
	}
	open(t, options(url, thing, other))
	if _, err := postgres.Open(ctx, options(url, thing)); !errors.Is(err, database.ErrNewerSchema) {
		t.Errorf("opened by an earlier release: %v", err)
	}
}

// A database with other tables, or of another kind, is left as it is.
func TestForeign(t *testing.T) {
	cluster := postgrestest.Shared(t)
	url := cluster.Database(t)
	cluster.Exec(t, url, other)
	if _, err := postgres.Open(context.Background(), options(url, thing)); !errors.Is(err, database.ErrForeign) {
		t.Errorf("another program's: %v", err)
	}
	url = cluster.Database(t)
	open(t, options(url, thing))
	kind := options(url, thing)
	kind.Application = "another"
	if _, err := postgres.Open(context.Background(), kind); !errors.Is(err, database.ErrForeign) {
		t.Errorf("of another kind: %v", err)
	}
}

// Who is not there, or lets nobody in, is told with the next step; nobody is
// told a password.
func TestErrorsTellWhatToDo(t *testing.T) {
	cluster := postgrestest.Shared(t)
	const secret = "s3cret-canary"
	cluster.Exec(t, cluster.URL(), "DROP ROLE IF EXISTS "+postgrestest.Guarded+"; CREATE ROLE "+postgrestest.Guarded+" LOGIN PASSWORD 'right'")
	guarded := func(password string) string {
		return strings.Replace(cluster.URL(), "loyaltyd@", postgrestest.Guarded+password+"@", 1)
	}
	t.Setenv("PGPASSFILE", "/nowhere")
	for name, c := range map[string]struct{ url, want string }{
		"no address":   {"postgres://me:" + secret + "@[/x", "write it as"},
		"nobody":       {"postgres://me:" + secret + "@127.0.0.1:1/x", "start PostgreSQL"},
		"no socket":    {"postgres://me:" + secret + "@/x?host=/nowhere", "start PostgreSQL"},
		"no machine":   {"postgres://me:" + secret + "@nowhere.invalid/x", "correct the host"},
		"wrong one":    {guarded(":" + secret), "the password is not this user's"},
		"no password":  {guarded(""), "has got none"},
		"no database":  {strings.Replace(cluster.URL(), "/postgres?", "/nowhere?", 1), "make the database"},
		"no such user": {strings.Replace(cluster.URL(), "loyaltyd@", "nobody:"+secret+"@", 1), "lets nobody in"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := postgres.Open(context.Background(), options(c.url, thing))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// A statement that fails and is looked away from keeps the transaction from
// being told as kept.
func TestFailedStatementIsNotLookedAwayFrom(t *testing.T) {
	db := open(t, options(postgrestest.Shared(t).Database(t), thing))
	err := db.Update(context.Background(), func(tx *database.Tx) error {
		_, _ = tx.Exec(`INSERT INTO thing (name, count) VALUES ('x', -1)`)
		return nil
	})
	if err == nil {
		t.Error("it was told as kept")
	}
	if err := db.Reopen(context.Background()); err != nil {
		t.Error(err)
	}
}

package postgrestest_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
)

// A test that has no more use for its cluster than the address keeps the server until
// it ends, however much garbage is collected meanwhile.
func TestClusterOutlivesItsLastUse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	database := postgrestest.New(t).URL()
	for range 50 {
		runtime.GC()
		conn, err := pgx.Connect(ctx, database)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

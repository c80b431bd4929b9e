package postgres

import "context"

// Same reports whether two addresses lead to one schema of one database, by whatever
// names of host and user.
func Same(ctx context.Context, one, other string) (bool, error) {
	first, err := identify(ctx, one)
	if err != nil {
		return false, err
	}
	second, err := identify(ctx, other)
	return first == second, err
}

// identity tells the schema that a connection works in from any other of a running server;
// a copy of the server was started at another instant.
type identity struct {
	startedMicros    int64
	database, schema uint32
}

func identify(ctx context.Context, url string) (is identity, err error) {
	pool, err := connect(ctx, Options{URL: url})
	if err != nil {
		return is, err
	}
	defer pool.Close()
	err = pool.QueryRow(ctx, `
		SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, d.oid, n.oid
		FROM pg_database d, pg_namespace n
		WHERE d.datname = current_database() AND n.nspname = current_schema()`).Scan(&is.startedMicros, &is.database, &is.schema)
	if err != nil {
		return is, asStorage("identify", err)
	}
	return is, nil
}

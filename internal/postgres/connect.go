package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// oldest is the first server version that is tested against.
	oldest = 150000
	// connectLimit bounds one attempt to connect, to each host, and what is asked of a
	// connection before it is used.
	connectLimit = 10 * time.Second
	// statements is how many texts a connection keeps prepared; the program has
	// fewer.
	statements = 1024
)

var (
	// ErrAddress stands for what a parser says of a URL: that quotes it, and with
	// it a password.
	ErrAddress = errors.New("the address of the database cannot be read: " +
		"write it as postgres://user:password@host:5432/database, with %-escapes for what is special in a URL")
	// ErrUnfit says that a server cannot keep what it is given.
	ErrUnfit = errors.New("this PostgreSQL will not do")
)

// noPassword is what to do where the server asks for a password and there is none.
const noPassword = "the server wants a password and has got none: write it in the database's address, " +
	"as postgres://user:password@host:5432/database, or have PGPASSFILE name a file of passwords"

func connect(ctx context.Context, opts Options) (*pgxpool.Pool, error) {
	config, err := parse(opts.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = PoolSize, 0
	config.MaxConnLifetime, config.MaxConnLifetimeJitter = time.Hour, 10*time.Minute
	config.MaxConnIdleTime = 5 * time.Minute
	config.PingTimeout = connectLimit // of one that nobody used for a second
	config.AfterConnect = prove
	config.ConnConfig.StatementCacheCapacity = statements
	config.ConnConfig.ConnectTimeout = connectLimit
	config.ConnConfig.DialFunc = (&net.Dialer{
		Timeout:         connectLimit,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         giveUp,
	}).DialContext
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "loyaltyd"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, asStorage("connect", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		if config.ConnConfig.Password == "" && code(err) == wrongPassword {
			return nil, &StorageError{Op: "connect", Err: err, next: noPassword}
		}
		return nil, asStorage("connect", err)
	}
	return pool, nil
}

// CheckURL gives ErrAddress for what Open would not read as an address; it
// connects to nothing.
func CheckURL(url string) error {
	_, err := parse(url)
	return err
}

func parse(url string) (*pgxpool.Config, error) {
	scheme, _, written := strings.Cut(url, "://")
	if word := strings.ToLower(scheme); written && !strings.Contains(word, "=") && word != "postgres" && word != "postgresql" {
		return nil, ErrAddress // the parser would take it for key=value
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, ErrAddress
	}
	return config, nil
}

// prove looks at each new connection before anything is done with it. A
// transaction whose client is gone must not hold its locks for long; one whose
// commits are not on disk must not be told of.
func prove(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	const settings = `
		SELECT current_setting('server_version_num'), current_setting('server_encoding'),
		       current_setting('fsync'), current_setting('full_page_writes')`
	var version, encoding, fsync, pages string
	if err := conn.QueryRow(ctx, settings).Scan(&version, &encoding, &fsync, &pages); err != nil {
		return err
	}
	if number, err := strconv.Atoi(version); err != nil || number < oldest {
		return unfit("the server's version is %s: it must be PostgreSQL 15 or later", version)
	}
	if encoding != "UTF8" {
		return unfit("the database's encoding is %s: make one with ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	if fsync != "on" || pages != "on" {
		return unfit("the server has fsync=%s and full_page_writes=%s: what it acknowledges may be lost, both must be on", fsync, pages)
	}
	_, err := conn.Exec(ctx, `
		SELECT set_config('idle_in_transaction_session_timeout', '60s', false),
		       set_config('synchronous_commit',
		                  CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
		                  ELSE current_setting('synchronous_commit') END, false)`)
	if err != nil {
		return err
	}
	// Not every system can look whether a client is still there.
	_, err = conn.Exec(ctx, `SELECT set_config('client_connection_check_interval', '2s', false)`)
	if code(err) != "" {
		return nil
	}
	return err
}

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnfit, fmt.Sprintf(format, args...))
}

package postgres

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Replication is how a server keeps what it commits a second time.
type Replication struct {
	Names     string // synchronous_standby_names; empty: nobody is waited for
	Commit    string // synchronous_commit, as our connections have it
	Streaming int    // synchronous standbys that are connected and follow
	// Hidden says that our role may not see how standbys stand.
	Hidden bool
}

// Lacks says in words what keeps commits from being on a synchronous standby, and
// what to do; empty where nothing does.
func (r Replication) Lacks() string {
	switch {
	case r.Names == "":
		return "synchronous_standby_names is not set: name a standby in it"
	case r.Commit == "local" || r.Commit == "off":
		return "synchronous_commit is " + r.Commit + ", so that no standby is waited for: set it to on"
	case r.Streaming > 0:
		return ""
	case r.Hidden:
		return "the database's role may not see how its standbys stand: GRANT pg_monitor to it"
	}
	return "no synchronous standby is connected: start it"
}

// synchronous picks the standbys that are waited for.
const synchronous = `FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')`

// ReadReplication asks the server of a transaction.
func ReadReplication(tx *database.Tx) (r Replication, err error) {
	err = tx.QueryRow(`
		SELECT current_setting('synchronous_standby_names'), current_setting('synchronous_commit'),
		       (SELECT count(*) `+synchronous+`),
		       EXISTS (SELECT 1 FROM pg_stat_replication WHERE state IS NULL)`).
		Scan(&r.Names, &r.Commit, &r.Streaming, &r.Hidden)
	if err != nil {
		return r, fmt.Errorf("read replication: %w", err)
	}
	return r, nil
}

// Position is up to where the server has written its log: whatever a transaction
// sees that is read before is committed before it.
func Position(tx *database.Tx) (position string, err error) {
	if err := tx.QueryRow(`SELECT pg_current_wal_insert_lsn()::text`).Scan(&position); err != nil {
		return "", fmt.Errorf("read position of the log: %w", err)
	}
	return position, nil
}

// Replicated reports whether a synchronous standby has the log on disk up to a
// position.
func Replicated(tx *database.Tx, position string) (there bool, err error) {
	err = tx.QueryRow(`
		SELECT EXISTS (SELECT 1 `+synchronous+` AND flush_lsn >= $1::pg_lsn)
		   AND current_setting('synchronous_standby_names') <> ''`, position).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("look at standbys: %w", err)
	}
	return there, nil
}

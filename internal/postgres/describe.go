package postgres

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Server is what a person should know of the server and of who works on it.
type Server struct {
	Version string // the server's
	Schema  int    // the number of the last migration
	Leader  string // of the process that works, as it names itself; empty where none does
	// Replicas are what the server sends its changes to, Synchronous those of them
	// that it waits for.
	Replicas    int
	Synchronous int
}

// Describe reads what a server says of itself.
func Describe(tx *database.Tx) (s Server, err error) {
	err = tx.QueryRow(`
		SELECT current_setting('server_version'), v.version, l.holder,
		       (SELECT count(*) FROM pg_stat_replication),
		       (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum'))
		FROM schema_version v, lead l`).
		Scan(&s.Version, &s.Schema, &s.Leader, &s.Replicas, &s.Synchronous)
	if err != nil {
		return Server{}, fmt.Errorf("ask the server of itself: %w", err)
	}
	s.Version, _, _ = strings.Cut(s.Version, " ")
	return s, nil
}

// Address is where a URL leads, without user and password: hosts with their ports,
// and the database.
func Address(url string) (string, error) {
	config, err := parse(url)
	if err != nil {
		return "", err
	}
	own := config.ConnConfig
	hosts := []string{hostOf(own.Host, own.Port)}
	for _, other := range own.Fallbacks {
		if host := hostOf(other.Host, other.Port); host != hosts[len(hosts)-1] { // one with and one without TLS
			hosts = append(hosts, host)
		}
	}
	return strings.Join(hosts, ",") + "/" + own.Database, nil
}

func hostOf(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return host // a socket's folder
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

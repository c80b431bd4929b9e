package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// StorageError is an error after which nothing of the transaction may be told:
// of the server, the way to it, or others who changed the same rows. A COMMIT
// that it hit may have become durable nevertheless.
type StorageError struct {
	Op  string // what was being done: "connect", "begin", "commit", "exec", …
	Err error

	next string // what a person does, where the error alone does not say
}

func (e *StorageError) Error() string {
	cause := strings.Join(strings.Fields(e.Err.Error()), " ") // several hosts are told in several lines
	text := fmt.Sprintf("PostgreSQL %s: %s", e.Op, cause)
	if hint := cmp.Or(e.next, hints[code(e.Err)], unreached(e.Err)); hint != "" {
		text += ": " + hint
	}
	return text
}

// unreached says what a person does where no server answered.
func unreached(err error) string {
	var unknown *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &unknown):
		return "no machine has this name: correct the host in the database's address"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return "no server listens there: start PostgreSQL, or correct host and port in the database's address"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.As(err, &slow) && slow.Timeout():
		return "no answer comes from there: is the machine on, and does every firewall on the way let the port through?"
	}
	return ""
}

// Unwrap gives the cause.
func (e *StorageError) Unwrap() error { return e.Err }

// Is makes every StorageError an ErrStorage, and one of a lock that was waited for an
// ErrLocked.
func (e *StorageError) Is(target error) bool {
	return target == database.ErrStorage || target == ErrLocked && code(e.Err) == lockNotAvailable
}

// Codes: https://www.postgresql.org/docs/15/errcodes-appendix.html
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	readOnlyTransaction  = "25006"
	// uniqueViolation is also what the server says where another took a key that
	// this transaction could not see and did not look for.
	uniqueViolation   = "23505"
	failedTransaction = "25P02" // an earlier statement failed, and nobody went back to a savepoint
	lockNotAvailable  = "55P03"
	notAllowed        = "42501"
	wrongPassword     = "28P01"
)

// hints say what a person does next.
var hints = map[string]string{
	readOnlyTransaction:  "the server takes no writes: point the database's address at the primary, or end default_transaction_read_only",
	serializationFailure: "others kept changing the same rows: it is tried again",
	deadlockDetected:     "others kept changing the same rows: it is tried again",
	lockNotAvailable:     "another connection keeps what it has locked, pg_blocking_pids() says which: it is tried again",
	"53300":              "the server has no connection left: raise max_connections, or stop what else holds them",
	"53100":              "the server's disk is full: make room there",
	"57P01":              "the server is stopping: it is tried again",
	"57P02":              "the server crashed and restarts: it is tried again",
	"57P03":              "the server is starting or stopping: it is tried again",
	wrongPassword:        "the password is not this user's: correct user or password in the database's address, or in the file that PGPASSFILE names",
	"28000":              "the server lets nobody in by this address: look at its pg_hba.conf",
	"3D000":              "make the database, or correct its name in the address",
	notAllowed:           "the user of the address may not do this: make it the database's owner",
	"XX001":              "the server's data is damaged: restore a backup",
	"XX002":              "an index of the server is damaged: rebuild it (REINDEX)",
}

// code gives the server's code of an error, or "".
func code(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pe.Code
	}
	return ""
}

// conflicts reports whether a transaction was given up for others' sake, so
// that running it again from the start may succeed.
func conflicts(err error) bool {
	if _, ok := errors.AsType[*StorageError](err); !ok {
		return false
	}
	c := code(err)
	return c == serializationFailure || c == deadlockDetected || c == uniqueViolation
}

// ofStatement are the classes of what a statement did wrong: it would do so
// again, on a server that is well.
var ofStatement = map[string]bool{
	"0A": true, "20": true, "21": true, "22": true, "23": true, "2B": true, "34": true, "3B": true,
	"42": true, "44": true, "54": true,
}

// asStorage gives err back, as a *StorageError where it says that the server,
// or the way to it, failed rather than the statement.
func asStorage(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*StorageError](err); ok {
		return err
	}
	if errors.Is(err, ErrUnfit) || errors.Is(err, context.Canceled) {
		return err
	}
	if c := code(err); c != "" && ofStatement[c[:2]] && c != notAllowed || c == failedTransaction {
		return err
	}
	return &StorageError{Op: op, Err: err}
}

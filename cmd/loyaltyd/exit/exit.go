// Package exit knows how a command ends: with which code, in which words, and
// with which next step for who reads them.
package exit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Exit codes as in sysexits(3).
const (
	OK          = 0
	Failed      = 1 // the command ran and its answer is no
	Usage       = 64
	Data        = 65
	Unavailable = 69
	Internal    = 70
	IO          = 74
	Locked      = 75 // another daemon holds the folder
	Permission  = 77
	Config      = 78
	Interrupted = 130 // by Ctrl+C or SIGTERM, as a shell tells it
)

// Error carries the code of an error that has one of its own, and a hint
// for whoever reads it.
type Error struct {
	code int
	err  error
	hint string
}

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return e.err }

// Fail gives an error its exit code and a next step; hint may be empty.
func Fail(code int, hint string, err error) error { return &Error{code, err, hint} }

// OnInterrupt says what to do where an error is that a person ended the command
// half-way; any other error stays as it is.
func OnInterrupt(err error, hint string) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	return Fail(Interrupted, hint, err)
}

// Tell writes an error for people and returns its exit code.
func Tell(w io.Writer, err error) int {
	if err == nil {
		return OK
	}
	fmt.Fprintf(w, "loyaltyd: %v\n", err)
	if hint := Hint(err); hint != "" {
		fmt.Fprintf(w, "loyaltyd: hint: %s\n", hint)
	}
	return Code(err)
}

// Hint gives what an error says to do; empty where it says nothing.
func Hint(err error) string {
	if own, ok := errors.AsType[*Error](err); ok {
		return own.hint
	}
	if errors.Is(err, sqlitedb.ErrLocked) {
		return "stop that daemon first (`systemctl stop loyaltyd`, or loyaltyd-hq), or name another folder with --data"
	}
	if errors.Is(err, fs.ErrPermission) && errors.As(err, new(*fs.PathError)) {
		return "do it as the user whose folder it is: sudo -u loyaltyd loyaltyd …"
	}
	if errors.Is(err, syscall.ENOSPC) {
		return "make room there, and give the command again"
	}
	return ""
}

// Code is what a command that ends with an error exits with.
func Code(err error) int {
	var own *Error
	var config *configs.Error
	switch {
	case errors.As(err, &own):
		return own.code
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &config), errors.Is(err, sqlitedb.ErrNewerSchema), errors.Is(err, sqlitedb.ErrForeign):
		return Config // starting again would not help
	case errors.As(err, new(*keyring.FileError)):
		return Config
	case errors.Is(err, postgres.ErrAddress), errors.Is(err, postgres.ErrUnfit):
		return Config
	case errors.As(err, new(*postgres.StorageError)):
		return Unavailable
	case errors.Is(err, sqlitedb.ErrOlderSchema):
		return Unavailable // until its daemon starts
	case errors.Is(err, sqlitedb.ErrLocked):
		return Locked
	case errors.Is(err, syscall.ENOTDIR):
		return Config // what is to be a folder is a file
	case errors.Is(err, fs.ErrPermission):
		return Permission
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EIO):
		return IO
	case errors.Is(err, sqlitedb.ErrStorage), errors.Is(err, offline.ErrUnsound):
		return IO
	}
	return Internal
}

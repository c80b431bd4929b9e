package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Exit codes as in sysexits(3).
const (
	exitOK          = 0
	exitFailed      = 1 // the command ran and its answer is no
	exitUsage       = 64
	exitData        = 65
	exitUnavailable = 69
	exitInternal    = 70
	exitIO          = 74
	exitLocked      = 75 // another daemon holds the folder
	exitPermission  = 77
	exitConfig      = 78
)

// exitError carries the code of an error that has one of its own, and a hint
// for whoever reads it.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// fail gives an error its exit code and a next step; hint may be empty.
func fail(code int, hint string, err error) error { return &exitError{code, err, hint} }

// tellError writes an error for people and returns its exit code.
func tellError(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(w, "loyaltyd: %v\n", err)
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "loyaltyd: hint: %s\n", hint)
	}
	return exitCode(err)
}

// hintOf gives what an error says to do; empty where it says nothing.
func hintOf(err error) string {
	if own, ok := errors.AsType[*exitError](err); ok {
		return own.hint
	}
	return ""
}

func exitCode(err error) int {
	var own *exitError
	var config *configs.Error
	switch {
	case errors.As(err, &own):
		return own.code
	case errors.As(err, &config), errors.Is(err, sqlitedb.ErrNewerSchema), errors.Is(err, sqlitedb.ErrForeign):
		return exitConfig // starting again would not help
	case errors.As(err, new(*keyring.FileError)):
		return exitConfig
	case errors.Is(err, postgres.ErrAddress), errors.Is(err, postgres.ErrUnfit):
		return exitConfig
	case errors.As(err, new(*postgres.StorageError)):
		return exitUnavailable
	case errors.Is(err, sqlitedb.ErrOlderSchema):
		return exitUnavailable // until its daemon starts
	case errors.Is(err, sqlitedb.ErrLocked):
		return exitLocked
	case errors.Is(err, fs.ErrPermission):
		return exitPermission
	case errors.Is(err, sqlitedb.ErrStorage), errors.Is(err, offline.ErrUnsound):
		return exitIO
	}
	return exitInternal
}

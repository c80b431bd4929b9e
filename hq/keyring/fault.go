package keyring

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// FileName is the key file in its folder.
const FileName = "hq.key"

// FileError says that hq.key is missing beside a database, holds no keys, or
// belongs to another database. Its text says what to do; trying again is in vain.
type FileError struct{ text string }

func (e *FileError) Error() string { return e.text }

// NoKeys says that a database has no key file beside it.
func NoKeys(dir string) error {
	return &FileError{fmt.Sprintf("the database is there and %s is not in %s: bring the key file of the machine that began it, "+
		"or restore it, nothing can be read without", FileName, dir)}
}

// unsoundKeys leaves out what a parser says of the file: that quotes keys.
func unsoundKeys(dir string) error {
	return &FileError{fmt.Sprintf("%s in %s is empty or damaged: bring the key file of the machine that began the database, "+
		"or restore it, nothing can be read without", FileName, dir)}
}

// OtherKeys says that the key file is of another database.
func OtherKeys() error {
	return &FileError{FileName + " belongs to another database than this: restore the two together, " +
		"or bring the key file of the machine that began the database"}
}

// OlderKeys says that the key file lacks a key that was announced.
func OlderKeys(lacks ledger.Succession) error {
	return &FileError{fmt.Sprintf("%s is older than the database: it lacks key %s (%s), which signs from %s on: copy the key file "+
		"of the machine where `loyaltyd hq key rotate` ran, or of a backup since", FileName,
		ledger.KeyID(lacks.New), ledger.Fingerprint(lacks.New), lacks.Until.Time().Format(time.RFC3339))}
}

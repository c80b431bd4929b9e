package hq

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// KeyFileError says that hq.key is missing beside a database, holds no keys, or
// belongs to another database. Its text says what to do; trying again is in vain.
type KeyFileError struct{ text string }

func (e *KeyFileError) Error() string { return e.text }

func noKeys(dir string) error {
	return &KeyFileError{fmt.Sprintf("the database is there and %s is not in %s: bring the key file of the machine that began it, "+
		"or restore it, nothing can be read without", keyName, dir)}
}

// unsoundKeys leaves out what a parser says of the file: that quotes keys.
func unsoundKeys(dir string) error {
	return &KeyFileError{fmt.Sprintf("%s in %s is empty or damaged: bring the key file of the machine that began the database, "+
		"or restore it, nothing can be read without", keyName, dir)}
}

func otherKeys() error {
	return &KeyFileError{keyName + " belongs to another database than this: restore the two together, " +
		"or bring the key file of the machine that began the database"}
}

func olderKeys(lacks ledger.Succession) error {
	return &KeyFileError{fmt.Sprintf("%s is older than the database: it lacks key %s (%s), which signs from %s on: copy the key file "+
		"of the machine where `loyaltyd hq key rotate` ran, or of a backup since", keyName,
		ledger.KeyID(lacks.New), ledger.Fingerprint(lacks.New), lacks.Until.Time().Format(time.RFC3339))}
}

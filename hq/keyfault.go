package hq

import "fmt"

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

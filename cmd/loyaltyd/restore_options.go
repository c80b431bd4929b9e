package main

import (
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// restoreOptions say what opens a backup, and its people.
type restoreOptions struct {
	key            keys.Identity
	persons        string
	withoutPersons bool
}

// personsOf is the file with what opens a backup to people; empty where none is there.
func (o restoreOptions) personsOf(file string) (string, error) {
	if o.persons != "" || o.withoutPersons {
		return o.persons, nil
	}
	for _, path := range personsBeside(file) {
		if there, err := datadir.Exists(path); err != nil || there {
			return path, err
		}
	}
	return "", nil
}

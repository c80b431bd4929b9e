package backups

import (
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// RestoreOptions say what opens a backup, and its people.
type RestoreOptions struct {
	Key            keys.Identity
	Persons        string
	WithoutPersons bool
}

// personsOf is the file with what opens a backup to people; empty where none is there.
func (o RestoreOptions) personsOf(file string) (string, error) {
	if o.Persons != "" || o.WithoutPersons {
		return o.Persons, nil
	}
	for _, path := range personsBeside(file) {
		if there, err := datadir.Exists(path); err != nil || there {
			return path, err
		}
	}
	return "", nil
}

package datadir

import (
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// ZoneOf is the zone of a till's store; the machine's own for a folder that is
// no till's, and where its key cannot be read.
func ZoneOf(dir string) *time.Location {
	if !Look(dir).Key {
		return time.Local
	}
	id, err := ReadIdentity(dir)
	if err != nil {
		return time.Local // the command itself says why
	}
	zone, err := StoreZone(id)
	if err != nil {
		return time.Local
	}
	return zone
}

// StoreZone is the zone of a till's store.
func StoreZone(id Identity) (*time.Location, error) {
	zone, err := time.LoadLocation(id.Store.TimeZone)
	if err != nil {
		return nil, exit.Fail(exit.Config, "correct the store's time zone at headquarters", err)
	}
	return zone, nil
}

package main

import (
	"time"
)

// folderZone is the zone of a till's store; the machine's own for a folder that is
// no till's, and where its key cannot be read.
func folderZone(dir string) *time.Location {
	if !lookAt(dir).key {
		return time.Local
	}
	id, err := readIdentity(dir)
	if err != nil {
		return time.Local // the command itself says why
	}
	zone, err := storeZone(id)
	if err != nil {
		return time.Local
	}
	return zone
}

func storeZone(id identity) (*time.Location, error) {
	zone, err := time.LoadLocation(id.Store.TimeZone)
	if err != nil {
		return nil, fail(exitConfig, "correct the store's time zone at headquarters", err)
	}
	return zone, nil
}

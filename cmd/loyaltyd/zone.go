package main

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// stampLayout names the zone: who reads it may be elsewhere than the machine.
const stampLayout = time.DateTime + " MST"

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

// stamp writes an instant for people.
func stamp(at time.Time, zone *time.Location) string { return at.In(zone).Format(stampLayout) }

// stampOf writes an instant for people; a dash where there is none.
func stampOf(at ledger.Millis, zone *time.Location) string {
	if at == 0 {
		return "-"
	}
	return stamp(at.Time(), zone)
}

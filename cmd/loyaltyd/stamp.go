package main

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// stampLayout names the zone: who reads it may be elsewhere than the machine.
const stampLayout = time.DateTime + " MST"

// stamp writes an instant for people.
func stamp(at time.Time, zone *time.Location) string { return at.In(zone).Format(stampLayout) }

// stampOf writes an instant for people; a dash where there is none.
func stampOf(at ledger.Millis, zone *time.Location) string {
	if at == 0 {
		return "-"
	}
	return stamp(at.Time(), zone)
}

func instant(at ledger.Millis) *time.Time {
	if at == 0 {
		return nil
	}
	t := at.Time()
	return &t
}

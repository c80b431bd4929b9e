// Package stamp writes instants for people, who may be elsewhere than the
// machine.
package stamp

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// layout names the zone: who reads it may be elsewhere than the machine.
const layout = time.DateTime + " MST"

// At writes an instant for people.
func At(at time.Time, zone *time.Location) string { return at.In(zone).Format(layout) }

// Of writes an instant for people; a dash where there is none.
func Of(at ledger.Millis, zone *time.Location) string {
	if at == 0 {
		return "-"
	}
	return At(at.Time(), zone)
}

// Instant is an instant for machines; null where there is none.
func Instant(at ledger.Millis) *time.Time {
	if at == 0 {
		return nil
	}
	t := at.Time()
	return &t
}

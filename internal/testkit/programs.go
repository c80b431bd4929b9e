package testkit

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// follow makes the till work by what its headquarters published, now and
// whenever it hears of more.
func (e *Enrolled) follow() {
	e.hear()
	e.Exchange.Published = e.hear
	e.Exchange.Forged = func(key string) { e.Forged = append(e.Forged, key) }
}

func (e *Enrolled) hear() {
	e.t.Helper()
	heard := e.heard()
	switch {
	case len(heard.Versions) == 0:
	case heard.Versions[0].Ref().ID != e.Store.Program():
		e.Replaced = true
	default:
		e.Programs.Hold(heard.Versions...)
		e.Programs.Keep(heard.Published)
	}
}

// heard is what the till's journal has of what was published.
func (e *Enrolled) heard() loyalty.Heard {
	e.t.Helper()
	published, err := e.Store.Published(context.Background())
	must(e.t, err)
	sources := make([][]byte, len(published.Programs))
	for i, p := range published.Programs {
		sources[i] = p.Source
	}
	stops := make([]ledger.Stop, len(published.Stops))
	for i, s := range published.Stops {
		stops[i], err = s.Read()
		must(e.t, err)
	}
	return loyalty.Hear(sources, stops, ledger.DateAt(ledger.MillisOf(e.Clock.Now()), e.Zone))
}

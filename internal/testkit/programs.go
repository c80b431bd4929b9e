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
	heard := loyalty.Hear(sources, stops, ledger.DateAt(ledger.MillisOf(e.Clock.Now()), e.Zone))
	if len(heard.Versions) > 0 {
		e.Programs.Hold(heard.Versions...)
		e.Programs.HoldFormer(heard.Former...)
	}
}

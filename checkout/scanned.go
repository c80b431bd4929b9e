package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Scanned is what a code is that the POS's own scanner read, and whom it names.
type Scanned struct {
	Code   route.Code
	Say    string         // of an unknown code, or one of an app that proves nothing: what is wrong with it
	Member loyalty.Member // zero where nobody here has the card or number
	Proof  ledger.Proof   // that she is here; empty where the code is no member's
}

// Scan decides what a code is, as the counter does, and finds its member as Lookup
// does: one that is unknown is no error, nor is an app's code that is not taken, which
// the code's words tell. by is what the scan is for, as in IdentifyApp.
func (t *Till) Scan(ctx context.Context, now time.Time, operator, by string, scan device.Scan) (s Scanned, err error) {
	s.Code = t.Scans.Route(scan)
	switch s.Code.Kind {
	case route.Unknown:
		s.Say = t.say().fault(s.Code.Fault)
	case route.Card:
		s.Proof = ledger.Presented
		s.Member, err = t.lookupCard(ctx, now, operator, s.Code.Value)
	case route.Phone:
		s.Proof = ledger.Claimed
		s.Member, _, err = t.Lookup(ctx, now, operator, s.Code.Value)
	case route.App:
		s.Member, err = t.IdentifyApp(ctx, s.Code.Value, by)
		if s.Say = t.say().app(err); s.Say != "" {
			return s, nil
		}
		if s.Proof = ledger.Verified; err == nil {
			t.SawProof(now, s.Member)
		}
	}
	if errors.Is(err, loyalty.ErrUnknownMember) {
		err = nil
	}
	return s, err
}

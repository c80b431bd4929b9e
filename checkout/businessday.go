package checkout

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A business day is the POS's own: shops close after midnight, and a POS sends
// again what it could not send for weeks. A day that is neither of these is a clock
// that is wrong, and would put sales into reports that nobody looks at again.
const (
	// mostLate is how many days ago a sale can have been made that is told now.
	mostLate = 30
	// mostEarly is how many days ahead of the till's a POS's day can be: it closed
	// the day before midnight, or stands in another zone.
	mostEarly = 1
)

// BadDay says that a business day cannot be one now.
type BadDay struct{ Day, First, Last ledger.Date }

func (e *BadDay) Error() string {
	return fmt.Sprintf("business day %s: this till takes days from %s to %s", e.Day, e.First, e.Last)
}

// CheckDay says, as a *BadDay, that what a POS wants to complete or take back under
// an id cannot be of a day. What stands already stands; and while this till's clock
// is not to be believed the POS's may be right.
func (t *Till) CheckDay(ctx context.Context, day ledger.Date, id string) error {
	at, sure := t.Store.Present()
	bad := &BadDay{day, t.dayFrom(at, -mostLate), t.dayFrom(at, mostEarly)}
	if !sure || bad.First <= day && day <= bad.Last {
		return nil
	}
	stood, err := t.Store.Sale(ctx, day, id)
	if err != nil || stood != nil {
		return err
	}
	return bad
}

// dayFrom is the store's date so many days from an instant.
func (t *Till) dayFrom(at ledger.Millis, days int) ledger.Date {
	return ledger.Date(at.Time().In(t.Zone).AddDate(0, 0, days).Format(time.DateOnly))
}

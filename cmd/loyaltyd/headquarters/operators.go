package headquarters

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// employ lets headquarters know who works there.
func (d *Daemon) employ() {
	d.managerAbove.Store(d.config.Adjust.ManagerAbove)
	managers := d.openStaff()
	d.desk.Offer(managers.Routes("/hq"))
	d.desk.Offer(desk.Routes{"POST /hq/adjust": func(r *http.Request) (any, error) {
		book, err := managers.Current()
		if err != nil {
			return nil, err
		}
		return d.adjust(r, checkout.Hands{
			Staff: book, ManagerAbove: ledger.Points(d.managerAbove.Load()), Otherwise: d.config.OperatorID,
		})
	}})
	running := func() (*Local, error) { return &d.Local, nil }
	d.desk.Offer(HouseholdRoutes(running, &managers))
	d.desk.Offer(ImportRoutes(running, &managers))
	d.desk.Offer(ReleaseRoutes(running, &managers))
	d.desk.Offer(EraseRoutes(running, &managers))
}

// openStaff reads who works at headquarters from its database. A folder's file
// that cannot be read keeps no till from being served.
func (d *Daemon) openStaff() operators.Desk {
	desk := operators.Shared(d.config.DataDir, d.Headquarters)
	if desk.Broken != nil {
		d.log.Error().Err(desk.Broken).Msg("operators cannot be read: what needs a PIN waits")
		return desk
	}
	desk.Book.WrongPIN = func(operator string, inARow int) { operators.LogWrongPIN(d.log, operator, inARow) }
	desk.Noted = func(what, user, operator string) { operators.LogChange(d.log, what, user, operator) }
	if desk.Left > 0 {
		d.log.Warn().Int("operators", desk.Left).Str("aside", staff.FileName+".aside").
			Msg("operators of this folder are not in headquarters' database: add who still works here again")
	}
	return desk
}

package main

import (
	"net/http"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// employ lets headquarters know who works there.
func (d *hqDaemon) employ() {
	d.managerAbove.Store(d.config.Adjust.ManagerAbove)
	managers := d.openStaff()
	d.desk.Offer(managers.routes("/hq"))
	d.desk.Offer(desk.Routes{"POST /hq/adjust": func(r *http.Request) (any, error) {
		book, err := managers.current()
		if err != nil {
			return nil, err
		}
		return d.adjust(r, checkout.Hands{
			Staff: book, ManagerAbove: ledger.Points(d.managerAbove.Load()), Otherwise: d.config.OperatorID,
		})
	}})
	running := func() (*headquarters, error) { return &d.headquarters, nil }
	d.desk.Offer(householdRoutes(running, &managers))
	d.desk.Offer(importRoutes(running, &managers))
	d.desk.Offer(releaseRoutes(running, &managers))
	d.desk.Offer(eraseRoutes(running, &managers))
}

// openStaff reads who works at headquarters from its database. A folder's file
// that cannot be read keeps no till from being served.
func (d *hqDaemon) openStaff() staffDesk {
	desk := sharedStaff(d.config.DataDir, d.Headquarters)
	if desk.broken != nil {
		d.log.Error().Err(desk.broken).Msg("operators cannot be read: what needs a PIN waits")
	}
	if desk.left > 0 {
		d.log.Warn().Int("operators", desk.left).Str("aside", staff.FileName+".aside").
			Msg("operators of this folder are not in headquarters' database: add who still works here again")
	}
	return desk
}

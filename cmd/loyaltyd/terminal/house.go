package terminal

import (
	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// employ lets the till know who works here, and by which rules. A book that
// cannot be read keeps nobody from selling: what needs an operator's PIN waits.
func (t *Terminal) employ() {
	var err error
	t.staff, err = operators.OfTill(t.Config.DataDir, t.Identity)
	t.staff.Broken = err
	t.Till.House = t.house(t.Config)
	if err != nil {
		t.log.Error().Err(err).Msg("operators cannot be read: nobody signs on, and what needs a PIN waits")
		return
	}
	t.staff.Book.DutyChanged = func() { t.events.Tell(api.DutyChanged{}) }
	t.staff.Book.WrongPIN = func(operator string, inARow int) { operators.LogWrongPIN(t.log, operator, inARow) }
	t.staff.Noted = func(what, user, operator string) { operators.LogChange(t.log, what, user, operator) }
	t.Till.Staff = t.staff.Book
}

// house are the rules that a configuration says. Where nobody can be asked for a
// PIN no adjustment is anybody's.
func (t *Terminal) house(config configs.Config) checkout.House {
	h := checkout.House{ManagerAbove: ledger.Points(config.Adjust.ManagerAbove), Conduct: conduct(config.Abuse)}
	if t.staff.Broken != nil {
		h.ManagerAbove = -1
	}
	return h
}

// conduct are the rules that the configuration says.
func conduct(a configs.Abuse) (c checkout.Conduct) {
	c.SameMember.Sales, c.SameMember.Within, c.SameMember.Do = int(a.SameMember.Sales), a.SameMember.Within, checkout.Do(a.SameMember.Do)
	c.OwnNumber, c.AfterTender = checkout.Do(a.OwnNumber.Do), checkout.Do(a.AfterTender.Do)
	return c
}

// conductOf writes into the diary which rules a sale met, and who sold it.
func conductOf(e *ledger.Entry) func(*zerolog.Event) {
	return func(line *zerolog.Event) {
		if len(e.Flags) > 0 {
			line.Strs("flags", e.Flags).Str("operator_id", e.Operator).Str("approver_id", e.Approver)
		}
	}
}

package ledger

import (
	"fmt"
	"strings"
)

const voucherPrefix = "voucher."

// VoucherUnit returns the unit in which vouchers of a reward are counted: each
// is a lot of one, so that it expires, is set aside in a right, spent and given
// back as points are.
func VoucherUnit(reward string) Unit { return Unit(voucherPrefix + reward) }

// Voucher returns the reward whose vouchers the unit counts, if it is such.
func (u Unit) Voucher() (reward string, ok bool) { return strings.CutPrefix(string(u), voucherPrefix) }

// Promise is what a voucher gives, as the version of the program said that
// issued it: it is kept with the voucher, so that whoever has the voucher needs
// nothing else to keep it. Amounts are in the program's currency.
type Promise struct {
	Version    int    `json:"version"`
	Benefit    string `json:"benefit"`         // the kind, in the program's word
	Value      Minor  `json:"value,omitempty"` // of a kind that has an amount
	PercentNum int64  `json:"percent_num,omitempty"`
	PercentDen int64  `json:"percent_den,omitempty"`
	Max        Minor  `json:"max,omitempty"` // 0 without
	Item       string `json:"item,omitempty"`
	To         string `json:"to,omitempty"`
	Access     string `json:"access,omitempty"`
}

// check looks at what a machine may have made up: no voucher takes from whoever
// has it.
func (t *LotTerms) check() error {
	p := t.Promise
	if p.Version < 0 || p.Value < 0 || p.Max < 0 || p.PercentNum < 0 || p.PercentDen < p.PercentNum {
		return fmt.Errorf("a promise of less than nothing, or of more than all")
	}
	return nil
}

func (u Unit) valid() bool {
	name, voucher := u.Voucher()
	if !voucher {
		name, _ = u.Use()
	}
	return isName(name)
}

package ledger

import "strings"

const voucherPrefix = "voucher."

// VoucherUnit returns the unit in which vouchers of a reward are counted: each
// is a lot of one, so that it expires, is set aside in a right, spent and given
// back as points are.
func VoucherUnit(reward string) Unit { return Unit(voucherPrefix + reward) }

// Voucher returns the reward whose vouchers the unit counts, if it is such.
func (u Unit) Voucher() (reward string, ok bool) { return strings.CutPrefix(string(u), voucherPrefix) }

func (u Unit) valid() bool {
	name, voucher := u.Voucher()
	if !voucher {
		name, _ = u.Use()
	}
	return isName(name)
}

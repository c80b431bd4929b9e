package checkout

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// askPhone is what to do first.
const askPhone = "Phone, then ENTER"

// columns is the width of a line display in cells.
const columns = 20

// show paints what the conversation's state has to say.
func (c *Counter) show() { c.Display.Show(c.lines()) }

// remark says something in the lower line; what goes on stays in the upper one.
func (c *Counter) remark(text string) {
	upper, _ := c.lines()
	c.Display.Show(upper, text)
	c.remarked = true
}

// lines are what the state has to say.
func (c *Counter) lines() (upper, lower string) {
	switch c.state {
	case identifying:
		return askPhone, both("", lastFour(c.typed))
	case unknown:
		if c.enroll.referrer != "" {
			return c.number.E164(), both("With friend's", "ENROLL")
		}
		// Shown whole this once: a wrong digit here would be somebody else.
		return c.number.E164(), "New? ENROLL / CANCEL"
	case adding:
		return "Add card " + ledger.MaskCard(c.card.number) + "?", "ENROLL / CLEAR"
	case selling, confirming:
		return c.memberLine(), c.amountLine()
	case pointed:
		return both("Receipt", string(c.typed)), "RETURN or COPY"
	case copying:
		return both("Copy of", string(c.typed)), "ENTER or CLEAR"
	case finding:
		return "Receipt, then ENTER", both("", string(c.typed))
	case returning:
		return c.saleLine(), c.amountLine()
	case refunding:
		return c.refundLines()
	case choosing:
		return "MENU", c.menu()
	case naming, pinning:
		return c.staffLines()
	case ownMenu, proving, newPIN, againPIN:
		return c.pinLines()
	}
	return c.greeting(), askPhone
}

func (c *Counter) memberLine() string {
	if c.state == confirming {
		return "Sure? ENTER or CLEAR"
	}
	if c.sale.held() {
		word := "Reward"
		if c.sale.voucher {
			word = "Voucher"
		}
		if c.sale.off == 0 {
			return both(word+" "+loyalty.NameWords(c.sale.reward.ID), "")
		}
		return both(word, "-"+c.money(c.sale.off))
	}
	name := c.member.Name
	if c.member.Household > 0 {
		name = fmt.Sprintf("%s 1 of %d", name, c.member.Household)
	}
	unit := c.program().MainUnit()
	shown, amounts := c.member.Balance(unit).Shown, c.program().Amounts()
	if with := amounts.Words(unit, shown); len(with) < columns {
		return both(name, with)
	}
	return both(name, amounts.Number(unit, shown))
}

func (c *Counter) amountLine() string {
	if len(c.typed) > 0 {
		return both("Amount", c.money(c.amount()))
	}
	if ends := c.voucherEnds(); ends != 0 && c.state == selling && !c.sale.held() {
		return "Voucher until " + (ends - 1).Time().In(c.Till.Zone).Format("2 Jan")
	}
	return "Amount, then ENTER"
}

// voucherEnds is when the voucher ends that REDEEM would take; 0 where it takes
// none, or one that does not end.
func (c *Counter) voucherEnds() ledger.Millis {
	reward, ok := c.reachable()
	if !ok {
		return 0
	}
	_, held, _ := c.program().Ready(c.member.Vouchers, reward.ID)
	return held.Terms.ExpiresAt
}

// doneText tells what was earned and what is to pay: the promise.
func (c *Counter) doneText(completed Completed) (upper, lower string) {
	e := completed.Entry
	if e.Told == nil {
		// The sale is kept by itself: nobody has its points until she shows
		// who she is.
		return c.toPay(e.Sale.Total, ""), c.Till.notYetLine(e)
	}
	earned, pending := EarnedOf(e, e.Told.Unit)
	number := func(n ledger.Points) string { return c.Till.number(e, n) }
	upper = both("Earned", "+"+number(earned))
	switch {
	case len(e.Sale.Rewards) > 0:
		upper = c.toPay(e.Sale.Total, "+"+number(earned+pending))
	case earned == 0 && pending > 0:
		upper = both("Earned, pending", "+"+number(pending))
	}
	return upper, both("Balance", number(e.Told.Balance))
}

// EarnedOf sums what an entry gives of a unit: at once, and pending.
func EarnedOf(e *ledger.Entry, unit ledger.Unit) (now, pending ledger.Points) {
	for _, p := range e.Postings {
		switch {
		case p.Unit != unit || p.From != ledger.Issued:
		case p.To == ledger.Available:
			now += p.Amount
		case p.To == ledger.Pending:
			pending += p.Amount
		}
	}
	return now, pending
}

// toPay tells what is to pay, and beside it what was earned where both fit
// whole: an amount that lost its end would be another amount.
func (c *Counter) toPay(total ledger.Minor, earned string) string {
	if pay := "Pay " + c.money(total); len(pay)+1+len(earned) <= columns {
		return both(pay, earned)
	}
	return both("Pay", c.money(total))
}

func (c *Counter) money(amount ledger.Minor) string {
	return c.program().Currency().Format(amount)
}

// lastFour is what a public display shows of a number being keyed.
func lastFour(typed []byte) string {
	hidden := max(0, len(typed)-4)
	return strings.Repeat("*", hidden) + string(typed[hidden:])
}

// both sets one text to the left and one to the right of a line; the right
// one, the number, is never cut.
func both(left, right string) string {
	room := columns
	if right != "" {
		room = max(0, columns-len(right)-1)
	}
	if cells := []rune(left); len(cells) > room {
		left = string(cells[:room])
	}
	gap := max(0, columns-len([]rune(left))-len(right))
	return left + strings.Repeat(" ", gap) + right
}

// short is a reason in the twenty cells of a display.
func short(reason loyalty.Reason) string {
	if text, ok := shortReasons[reason]; ok {
		return text
	}
	return string(reason)
}

var shortReasons = map[loyalty.Reason]string{
	loyalty.NoRight:     "too few points here",
	loyalty.RightPast:   "points here lapsed",
	loyalty.OfflineLong: "offline too long",
	loyalty.TerminalCap: "till limit reached",
	loyalty.WeakProof:   "show card or PIN",
	loyalty.IsFenced:    "till may not redeem",
	loyalty.ClockOff:    "till clock is off",
	loyalty.VoucherAway: "voucher is not here",
	loyalty.HoldGone:    "no longer held",
	loyalty.NoUse:       "ask when online",
	loyalty.UseAway:     "at another till",
	loyalty.UseUsedUp:   "had already",
}

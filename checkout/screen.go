package checkout

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

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
		return c.say().askPhone, both("", lastFour(c.typed))
	case unknown:
		if c.enroll.referrer != "" {
			return c.number.E164(), both(c.say().withFriends, c.say().enroll)
		}
		// Shown whole this once: a wrong digit here would be somebody else.
		return c.number.E164(), c.say().enrollOrCancel
	case adding:
		return fmt.Sprintf(c.say().addCard, ledger.MaskCard(c.card.number)), c.say().enrollOrClear
	case selling, confirming:
		return c.memberLine(), c.amountLine()
	case pointed:
		return both(c.say().receipt, string(c.typed)), c.say().returnOrCopy
	case copying:
		return both(c.say().copyOf, string(c.typed)), c.say().enterOrClear
	case finding:
		return c.say().askReceipt, both("", string(c.typed))
	case returning:
		return c.saleLine(), c.amountLine()
	case refunding:
		return c.refundLines()
	case choosing:
		return c.say().menu, c.menu()
	case naming, pinning:
		return c.staffLines()
	case ownMenu, proving, newPIN, againPIN:
		return c.pinLines()
	}
	return c.greeting(), c.say().askPhone
}

func (c *Counter) memberLine() string {
	if c.state == confirming {
		return c.say().sure
	}
	if c.sale.held() {
		word := c.say().reward
		if c.sale.voucher {
			word = c.say().voucher
		}
		if c.sale.off == 0 {
			return both(word+" "+loyalty.NameWords(c.sale.reward.ID), "")
		}
		return both(word, "-"+c.money(c.sale.off))
	}
	name := c.member.Name
	if c.member.Household > 0 {
		name = fmt.Sprintf(c.say().household, name, c.member.Household)
	}
	unit := c.program().MainUnit()
	shown, amounts := c.member.Balance(unit).Shown, c.Till.Amounts(c.program())
	if with := amounts.Words(unit, shown); cells(with) < columns {
		return both(name, with)
	}
	return both(name, amounts.Number(unit, shown))
}

func (c *Counter) amountLine() string {
	if len(c.typed) > 0 {
		return both(c.say().amount, c.money(c.amount()))
	}
	if ends := c.voucherEnds(); ends != 0 && c.state == selling && !c.sale.held() {
		return fmt.Sprintf(c.say().voucherUntil, c.Till.Language.ShortDay((ends - 1).Time().In(c.Till.Zone)))
	}
	return c.say().askAmount
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
	upper = both(c.say().earned, "+"+number(earned))
	switch {
	case len(e.Sale.Rewards) > 0:
		upper = c.toPay(e.Sale.Total, "+"+number(earned+pending))
	case earned == 0 && pending > 0:
		upper = both(c.say().earnedPending, "+"+number(pending))
	}
	return upper, both(c.say().balance, number(e.Told.Balance))
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
	if pay := c.say().pay + " " + c.money(total); cells(pay)+1+cells(earned) <= columns {
		return both(pay, earned)
	}
	return both(c.say().pay, c.money(total))
}

func (c *Counter) money(amount ledger.Minor) string {
	return c.Till.Language.Money(c.program().Currency(), amount)
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
		room = max(0, columns-cells(right)-1)
	}
	if cells(left) > room {
		left = string([]rune(left)[:room])
	}
	gap := max(0, columns-cells(left)-cells(right))
	return left + strings.Repeat(" ", gap) + right
}

// cells is how many cells a text takes: one a letter.
func cells(text string) int { return utf8.RuneCountInString(text) }

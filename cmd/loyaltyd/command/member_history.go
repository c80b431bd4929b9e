package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

func memberHistoryCommand(c *console) *cobra.Command {
	most := 50
	command := &cobra.Command{
		Use:   "history NUMBER",
		Short: "What happened to what she has, and by which rule, as headquarters decided it; also beside a running one",
		Args:  cobra.ExactArgs(1),
		RunE:  func(cmd *cobra.Command, args []string) error { return c.memberHistory(cmd.Context(), args[0], most) },
	}
	command.Flags().IntVar(&most, "last", most, "how many `entries` at most")
	return command
}

func (c *console) memberHistory(ctx context.Context, typed string, most int) error {
	if most < 1 {
		return usage(fmt.Errorf("--last %d: at least 1", most))
	}
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	number, err := phone.Parse(typed, config.Region)
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	rows, err := look.History(ctx, number.E164(), most)
	if errors.Is(err, records.ErrNotFound) {
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(rows)
	}
	amounts, err := look.Amounts(ctx)
	if err != nil {
		return err
	}
	several := severalPrograms(rows)
	for _, row := range rows {
		c.writeHappened(row, amounts, several)
	}
	return nil
}

func severalPrograms(rows []inquiry.Happened) bool {
	programs := map[string]bool{}
	for _, row := range rows {
		if row.Program != "" {
			programs[row.Program] = true
		}
	}
	return len(programs) > 1
}

// writeHappened tells one entry in words that can be read out, and of several
// programs which it was under. Rights that only move between her and a till are
// left out: they change nothing that she has.
func (c *console) writeHappened(h inquiry.Happened, amounts loyalty.Amounts, several bool) {
	changes := changesOf(h.Moves)
	if len(changes) == 0 && h.Verdict == ledger.Posted && movesRight(h.Kind) {
		return
	}
	fmt.Fprintf(c.out, "%s  %s%s%s\n", h.At.Time().In(c.zone).Format("2006-01-02 15:04 MST"), whatHappened(h), verdictWords(h.Verdict), flagWords(h))
	if several && h.Program != "" && len(changes)+len(h.Rewards)+len(h.Statuses) > 0 {
		fmt.Fprintf(c.out, "    program %s\n", h.Program)
	}
	for _, change := range changes {
		fmt.Fprintf(c.out, "    %s\n", change.words(amounts))
	}
	for _, r := range h.Rewards {
		fmt.Fprintf(c.out, "    reward %s%s\n", r.Reward, rewardWords(r, h))
	}
	for _, s := range h.Statuses {
		fmt.Fprintf(c.out, "    status %s for %s, by rule %s\n", s.Status, s.Period, s.Rule)
	}
}

func movesRight(kind ledger.Kind) bool {
	switch kind {
	case ledger.Grant, ledger.Reclaim, ledger.RightReturn, ledger.Split, ledger.Part:
		return true
	}
	return false
}

func whatHappened(h inquiry.Happened) string {
	at := ""
	if h.Terminal != "" {
		at = " at " + h.Terminal
	}
	switch h.Kind {
	case ledger.Enroll:
		return "enrolled" + at
	case ledger.Sold:
		return fmt.Sprintf("sale %s%s, %s %s", h.Receipt, at, h.Currency.Format(h.Total), h.Currency)
	case ledger.Returned, ledger.Voided:
		return fmt.Sprintf("%s %s%s, %s %s back", h.Kind, h.Receipt, at, h.Currency.Format(-h.Total), h.Currency)
	case ledger.Done:
		return h.Activity + at
	case ledger.Confirm:
		if h.Reason != "" {
			return "sale confirmed" + byWhom(h) + ": " + h.Reason
		}
		return "confirmed a sale" + at
	case ledger.Claim:
		return "claimed a receipt" + at
	case ledger.Vest:
		return "waited long enough"
	case ledger.Expire:
		return "ended"
	case ledger.Issue:
		return "came by itself"
	case ledger.Split, ledger.Part:
		return "part of a right set aside" + at
	case ledger.Transfer:
		if h.Other.IsZero() {
			return "a friend came through her"
		}
		return fmt.Sprintf("moved between this account and %s", h.Other)
	case ledger.Merge:
		return fmt.Sprintf("account %s became this one%s: %s", h.Other, byWhom(h), h.Reason)
	case ledger.Correct:
		return correctionWords(h.Reason)
	case ledger.Segment:
		return segmentWords(h.Segmenting) + byWhom(h) + ": " + h.Reason
	case ledger.Erase:
		return "a member was erased" + byWhom(h) + ": " + h.Reason
	case ledger.Import:
		return "brought along" + byWhom(h)
	case ledger.Adjust:
		return "adjusted" + at + byWhom(h) + ": " + h.Reason
	}
	return string(h.Kind) + at
}

func segmentWords(s *ledger.Segmenting) string {
	if s.Out {
		return "taken out of segment " + s.Segment
	}
	return "put in segment " + s.Segment
}

// correctionWords say why headquarters changed what a till had told, as one can read
// it to her.
func correctionWords(reason string) string {
	switch reason {
	case loyalty.CapExceeded:
		return "taken back: together with what other tills gave it was more than the limit allows"
	case loyalty.CapFreed:
		return "given after all: the limit has room again, because another sale was voided"
	}
	return "corrected: " + reason
}

// flagWords says which rules of conduct it met, and who sold it.
func flagWords(h inquiry.Happened) string {
	if len(h.Flags) == 0 {
		return ""
	}
	return " [" + strings.ReplaceAll(strings.Join(h.Flags, ", "), "_", " ") + byWhom(h) + "]"
}

func byWhom(h inquiry.Happened) string {
	text := ""
	if h.Operator != "" && h.Operator != "-" {
		text = " by " + h.Operator
	}
	if h.Approver != "" && h.Approver != h.Operator {
		text += ", approved by " + h.Approver
	}
	return text
}

func verdictWords(v ledger.Verdict) string {
	if v == ledger.Posted {
		return ""
	}
	if words, ok := verdictsSaid[v]; ok {
		return " [" + words + "]"
	}
	return " [" + strings.ReplaceAll(string(v), "_", " ") + "]"
}

// verdictsSaid are verdicts whose names tell nobody anything.
var verdictsSaid = map[ledger.Verdict]string{
	ledger.LossFunded:    "spent beyond what was set aside: the program pays",
	ledger.DuplicateSale: "counted before under another entry: nothing for this one",
	ledger.DuplicateName: "the card or number is another's: it stays there",
	ledger.DuplicateRef:  "reported before: it counts once",
	ledger.ExcessReturn:  "more came back than was left of the sale",
	ledger.Held:          "held until a manager releases it",
}

func rewardWords(r ledger.Taken, h inquiry.Happened) string {
	var words []string
	currency := h.Currency
	if r.Times > 1 {
		words = append(words, fmt.Sprintf("%d times", r.Times))
	}
	switch {
	case r.Bought:
		words = append(words, "a voucher for later")
	case r.Discount > 0:
		words = append(words, currency.Format(r.Discount)+" off")
	case r.Value > 0:
		words = append(words, strings.ReplaceAll(r.Benefit, "_", " ")+" of "+currency.Format(r.Value))
	}
	if r.Voucher {
		words = append(words, "by voucher"+versionWords(r, h.Version))
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// versionWords names the version that issued a voucher, where another decided the
// sale.
func versionWords(r ledger.Taken, version int) string {
	if r.Terms == nil || r.Terms.Promise.Version == 0 || r.Terms.Promise.Version == version {
		return ""
	}
	return fmt.Sprintf(" of version %d", r.Terms.Promise.Version)
}

// netChange is what an entry did to what a member has of a unit.
type netChange struct {
	unit    ledger.Unit
	sum     ledger.Points
	reasons []reason
}

// reason is what a rule or reward did to it.
type reason struct {
	by  string
	sum ledger.Points
}

func (c netChange) words(amounts loyalty.Amounts) string {
	text := amounts.Signed(c.unit, c.sum)
	var reasons []string
	for _, r := range c.reasons {
		sign := ""
		if r.sum >= 0 {
			sign = "+"
		}
		reasons = append(reasons, r.by+" "+sign+amounts.Number(c.unit, r.sum))
	}
	if len(reasons) > 0 {
		text += ": " + strings.Join(reasons, ", ")
	}
	return text
}

// changesOf adds up, by unit, what came to her and went from her, with the rules
// and rewards that it was for.
func changesOf(moves []loyalty.Move) []netChange {
	type cause struct {
		unit ledger.Unit
		by   string
	}
	sums, byCause := map[ledger.Unit]ledger.Points{}, map[cause]ledger.Points{}
	for _, m := range moves {
		amount := m.Amount
		_, use := m.Unit.Use()
		switch {
		case use: // of a limit: nothing that she has
			continue
		case hers(m.From) && hers(m.To):
			continue
		case hers(m.From):
			amount = -amount
		case !hers(m.To):
			continue // between the program's own
		}
		sums[m.Unit] += amount
		byCause[cause{m.Unit, cmp.Or(m.Rule, m.Reward)}] += amount
	}
	var all []netChange
	for unit, sum := range sums {
		c := netChange{unit: unit, sum: sum}
		for by, amount := range byCause {
			if by.unit == unit && by.by != "" {
				c.reasons = append(c.reasons, reason{by.by, amount})
			}
		}
		slices.SortFunc(c.reasons, func(a, b reason) int { return cmp.Compare(a.by, b.by) })
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b netChange) int { return cmp.Compare(a.unit, b.unit) })
	return all
}

// hers reports whether an account is on the member's side: what she owes counts
// too, as less.
func hers(a ledger.LedgerAccount) bool {
	_, right := a.Right()
	return right || a == ledger.Available || a == ledger.Pending || a == ledger.Receivable
}

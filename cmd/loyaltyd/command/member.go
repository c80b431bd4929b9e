package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

func memberCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "member", Short: "What is known of a member", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "show NUMBER", Short: "Her balances, as this folder knows them; also beside a running daemon",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.memberShow(cmd.Context(), args[0]) },
	}, memberHistoryCommand(c), memberAdjustCommand(c), memberMergeCommand(c), memberConfirmCommand(c), memberSegmentCommand(c), memberHouseholdCommand(c),
		memberImportCommand(c), memberExportCommand(c), memberEraseCommand(c))
	return command
}

// ShownMember is what `member show` says, from a till's folder or
// headquarters' alike.
type ShownMember struct {
	Account ledger.AccountID `json:"account"`
	Member  ledger.MemberID  `json:"member_id"`
	Name    string           `json:"name"`
	// Code is what those who share the account may give to a friend; none where the
	// program gives nothing for that.
	Code ledger.ReferralCode `json:"referral_code,omitempty"`
	// Household is how many members share the account; 0 where she is alone in it.
	Household int `json:"household_size"`
	// Merged are the accounts that people made this one; headquarters knows.
	Merged   []ledger.AccountID `json:"merged,omitempty"`
	AsOf     *time.Time         `json:"as_of"` // null where headquarters never spoke
	Balances []shownBalance     `json:"balances"`
	Vouchers []shownVoucher     `json:"vouchers,omitempty"`
	// Segments are those that conditions ask for; of a till's folder only where
	// its program asks for any.
	Segments []string `json:"segments,omitempty"`
	// Headquarters is what the till's own headquarters knows of her.
	Headquarters *ShownMember `json:"headquarters,omitempty"`

	amounts loyalty.Amounts
}

type shownBalance struct {
	Program string        `json:"program,omitempty"` // at headquarters
	Unit    ledger.Unit   `json:"unit"`
	Balance ledger.Points `json:"balance"`
	Pending ledger.Points `json:"pending"`
	Owed    ledger.Points `json:"owed"` // what the next points pay
	// Spendable is what a till may spend without asking; Escrowed, at
	// headquarters, what it has set aside for tills.
	Spendable *ledger.Points `json:"spendable_here,omitempty"`
	Escrowed  *ledger.Points `json:"escrowed,omitempty"`
}

type shownVoucher struct {
	Program string        `json:"program,omitempty"`
	Reward  string        `json:"reward"`
	Count   ledger.Points `json:"count"`
}

func (v shownVoucher) words() string { return loyalty.English.VoucherWords(v.Reward, v.Count) }

// add puts a balance among the others, or, where its unit counts vouchers,
// among those.
func (m *ShownMember) add(b shownBalance) {
	reward, voucher := b.Unit.Voucher()
	switch {
	case !voucher:
		m.Balances = append(m.Balances, b)
	case b.Balance > 0:
		m.Vouchers = append(m.Vouchers, shownVoucher{b.Program, reward, b.Balance})
	}
}

func (c *console) memberShow(ctx context.Context, typed string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	member, err := findMember(ctx, config, typed)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return exit.Fail(exit.Failed, "", err)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(member)
	}
	c.writeMember(member)
	return nil
}

func findMember(ctx context.Context, config configs.Config, typed string) (ShownMember, error) {
	f := datadir.Look(config.DataDir)
	if f.PureHeadquarters() {
		number, err := phone.Parse(typed, config.Region)
		if err != nil {
			return ShownMember{}, exit.Fail(exit.Data, "", err)
		}
		return memberAtHeadquarters(ctx, config, number)
	}
	view, id, err := datadir.OpenView(ctx, config)
	if err != nil {
		return ShownMember{}, err
	}
	defer view.Close()
	number, err := phone.Parse(typed, id.Store.Region)
	if err != nil {
		return ShownMember{}, exit.Fail(exit.Data, "", err)
	}
	member, err := view.Find(ctx, ledger.PhoneIdentifier, number.E164())
	if err != nil {
		return ShownMember{}, err
	}
	out := shown(member)
	program, err := datadir.Program(ctx, view, id, config)
	if err != nil {
		return out, err
	}
	if program != nil {
		out.amounts = program.Amounts()
	}
	if program != nil && program.Refers() {
		out.Code = ledger.ReferralCodeOf(member.Account)
	}
	if !f.Headquarters() {
		return out, nil
	}
	own, err := memberAtHeadquarters(ctx, config, number)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return out, nil // it hears of her at this moment
	}
	out.Headquarters = &own
	return out, err
}

func memberAtHeadquarters(ctx context.Context, config configs.Config, number phone.Number) (ShownMember, error) {
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if err != nil {
		return ShownMember{}, err
	}
	defer look.Close()
	m, err := look.MemberByPhone(ctx, number.E164())
	if errors.Is(err, records.ErrNotFound) {
		return ShownMember{}, loyalty.ErrUnknownMember
	}
	if err != nil {
		return ShownMember{}, err
	}
	out := ShownMember{
		Account: m.Account, Member: m.Member, Name: m.Name, Household: len(m.Household),
		Merged: m.Merged, AsOf: stamp.Instant(m.AsOf), Balances: []shownBalance{}, Segments: m.Segments,
	}
	refers, err := look.Refers(ctx)
	if err != nil {
		return out, err
	}
	if refers {
		out.Code = ledger.ReferralCodeOf(m.Account)
	}
	out.amounts, err = look.Amounts(ctx)
	for _, b := range m.Balances {
		out.add(shownBalance{
			Program: b.Program, Unit: b.Unit, Balance: b.Available + b.Escrowed, Pending: b.Pending, Owed: b.Receivable, Escrowed: &b.Escrowed,
		})
	}
	return out, err
}

func shown(m loyalty.Member) ShownMember {
	out := ShownMember{
		Account: m.Account, Member: m.ID, Name: m.Name, Household: m.Household,
		AsOf: stamp.Instant(m.AsOf), Balances: []shownBalance{}, Segments: m.Profile.Segments,
	}
	for _, b := range m.Balances {
		out.add(shownBalance{
			Unit: b.Unit, Balance: b.Shown, Pending: b.Pending, Owed: b.Owed, Spendable: &b.Spendable,
		})
	}
	return out
}

func (c *console) writeMember(m ShownMember) {
	asOf := "headquarters has not spoken of her yet"
	if m.AsOf != nil {
		asOf = "as of " + stamp.At(*m.AsOf, c.zone)
	}
	household := ""
	if m.Household > 0 {
		household = fmt.Sprintf(", one of %d", m.Household)
	}
	fmt.Fprintf(c.out, "%s (%s)%s, %s\n", m.Name, m.Account, household, asOf)
	if m.Code != "" {
		fmt.Fprintf(c.out, "code for friends: %s\n", m.Code)
	}
	c.writeMerged(m)
	c.writeBalances(m)
	if m.Headquarters != nil {
		fmt.Fprintln(c.out, "at this till's own headquarters:")
		c.writeMerged(*m.Headquarters)
		c.writeBalances(*m.Headquarters)
	}
}

func (c *console) writeMerged(m ShownMember) {
	for _, account := range m.Merged {
		fmt.Fprintf(c.out, "    account %s became this one\n", account)
	}
}

func (c *console) writeBalances(m ShownMember) {
	if len(m.Segments) > 0 {
		fmt.Fprintf(c.out, "in segments %s\n", strings.Join(m.Segments, ", "))
	}
	several := m.severalPrograms()
	of := func(program string) string {
		if !several {
			return ""
		}
		return " of " + program
	}
	for _, b := range m.Balances {
		number := func(n ledger.Points) string { return m.amounts.Number(b.Unit, n) }
		fmt.Fprintf(c.out, "    %s%s, %s pending", m.amounts.Words(b.Unit, b.Balance), of(b.Program), number(b.Pending))
		if b.Spendable != nil {
			fmt.Fprintf(c.out, ", %s spendable here", number(*b.Spendable))
		}
		if b.Escrowed != nil {
			fmt.Fprintf(c.out, ", %s of it set aside for tills", number(*b.Escrowed))
		}
		if b.Owed > 0 {
			fmt.Fprintf(c.out, ", %s owed: what comes next pays it", number(b.Owed))
		}
		fmt.Fprintln(c.out)
	}
	for _, v := range m.Vouchers {
		fmt.Fprintf(c.out, "    %s%s\n", v.words(), of(v.Program))
	}
}

// severalPrograms reports whether she has something under more than one.
func (m ShownMember) severalPrograms() bool {
	programs := map[string]bool{}
	for _, b := range m.Balances {
		programs[b.Program] = true
	}
	for _, v := range m.Vouchers {
		programs[v.Program] = true
	}
	return len(programs) > 1
}

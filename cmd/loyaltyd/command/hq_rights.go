package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// askedRights are the flags of `hq rights`.
type askedRights struct {
	terminal, member string
	most             int
}

func hqRightsCommand(c *console) *cobra.Command {
	asked := askedRights{most: 100}
	command := &cobra.Command{
		Use:   "rights",
		Short: "What tills may spend without asking, what was taken back from silent ones, and what was lost",
		Long: `Three lists, also beside a running headquarters: rights that are open, until when they may be spent and when headquarters
takes back what it did not hear of; those whose rest it took back without a word of their till, so that nobody knows whether
it was spent; and spends that no right paid for, which the program lost, with the entry, the till and why.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqRights(cmd.Context(), asked) },
	}
	flags := command.Flags()
	flags.StringVar(&asked.terminal, "terminal", "", "only of this till, by its `name` or id")
	flags.StringVar(&asked.member, "member", "", "only of who has this `number`")
	flags.IntVar(&asked.most, "most", asked.most, "how many `lines` of each list")
	return command
}

func (c *console) hqRights(ctx context.Context, asked askedRights) error {
	if asked.most < 1 {
		return usage(fmt.Errorf("--most %d: at least 1", asked.most))
	}
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	of, err := c.rightsAsked(ctx, config, look, asked)
	if err != nil {
		return err
	}
	exposure, err := look.Exposure(ctx, of)
	if errors.Is(err, records.ErrNotFound) {
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(exposure)
	}
	amounts, err := look.AmountsOf(ctx)
	if err != nil {
		return err
	}
	c.writeExposure(exposure, amounts)
	return nil
}

func (c *console) rightsAsked(ctx context.Context, config configs.Config, look *hq.Look, a askedRights) (of inquiry.ExposureOf, err error) {
	of.Most = a.most
	if a.member != "" {
		number, err := phone.Parse(a.member, config.Region)
		if err != nil {
			return of, exit.Fail(exit.Data, "", err)
		}
		of.Phone = number.E164()
	}
	if a.terminal != "" {
		till, err := c.tillNamed(ctx, look, a.terminal, inUse)
		if err != nil {
			return of, err
		}
		of.Terminal = till.Terminal
	}
	return of, nil
}

func (c *console) writeExposure(e inquiry.Exposure, amounts map[string]loyalty.Amounts) {
	words := func(program string, unit ledger.Unit, n ledger.Points) string {
		if limit, use := unit.Use(); use {
			return fmt.Sprintf("%d of limit %s", n, limit)
		}
		return amounts[program].Words(unit, n)
	}
	c.section("Open rights", len(e.Open), func(list *table) {
		list.row("TILL", "ACCOUNT", "LEFT", "SINCE", "UNTIL", "TAKEN BACK")
		for _, o := range e.Open {
			called := ""
			if !o.PartOf.IsZero() {
				called = ", part of a hub's"
			}
			if o.Recalled {
				called += ", called back"
			}
			list.row(o.Name, o.Account, words(o.Program, o.Unit, o.Rest),
				stamp.Of(o.GrantedAt, c.zone), stamp.Of(o.SpendUntil, c.zone), stamp.Of(o.ReclaimAt, c.zone)+called)
		}
	})
	c.section("Taken back without a word", len(e.Unproven), func(list *table) {
		list.row("TILL", "ACCOUNT", "AMOUNT", "AT")
		for _, u := range e.Unproven {
			list.row(u.Name, u.Account, words(u.Program, u.Unit, u.TakenBack), stamp.Of(u.At, c.zone))
		}
	})
	c.section("Lost", len(e.Losses), func(list *table) {
		list.row("TILL", "ENTRY", "ACCOUNT", "AMOUNT", "AT", "WHY")
		for _, l := range e.Losses {
			list.row(fmt.Sprintf("%s %s", l.Name, l.Place), l.Entry.String(), l.Account,
				words(l.Program, l.Unit, l.Amount), stamp.Of(l.At, c.zone), fmt.Sprint(l.Why))
		}
	})
	if e.More {
		fmt.Fprintln(c.talk, "there are more: --most shows them")
	}
}

// section writes a list under its title, or that there is nothing in it.
func (c *console) section(title string, n int, rows func(*table)) {
	if n == 0 {
		fmt.Fprintf(c.out, "%s: none\n", title)
		return
	}
	fmt.Fprintf(c.out, "%s: %d\n", title, n)
	var list table
	rows(&list)
	_ = list.write(c.out) // c.out fails at the next write too
}

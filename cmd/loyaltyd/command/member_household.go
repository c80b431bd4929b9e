package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

func memberHouseholdCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "household", Short: "Members who share an account", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(householdShowCommand(c), householdJoinCommand(c), householdLeaveCommand(c))
	return command
}

func householdShowCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "show NUMBER", Short: "Who shares her account, as headquarters knows it; also beside a running one",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.householdShow(cmd.Context(), args[0]) },
	}
}

func householdJoinCommand(c *console) *cobra.Command {
	var asked headquarters.HouseholdRequest
	var stdin bool
	command := &cobra.Command{
		Use: "join NUMBER --of NUMBER", Short: "Add a person to the account of another; a running daemon does it",
		Long: `Adds a person to the account of somebody: they share its points, limits, tier and rewards, and each is found by her own
number and cards. A manager keys her PIN for it: a typed number joins no account by itself. At the counter a POS does it
with a card or PIN shown. A number that has an account of its own is refused.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asked.Of == "" {
				return usage(errors.New("member household join needs --of: a number of somebody in the account"))
			}
			asked.ID, asked.Phone = newEntryID(), args[0]
			path := "/till/household/join"
			config, err := c.config()
			if err != nil {
				return err
			}
			if datadir.Look(config.DataDir).PureHeadquarters() {
				path = "/hq/household/join"
			}
			return c.askHousehold(cmd.Context(), path, asked, stdin)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Of, "of", "", "`number` of somebody in the account")
	flags.StringVar(&asked.Name, "name", "", "her `name`")
	flags.IntVar(&asked.BirthMonth, "birth-month", 0, "1 to 12, where she says")
	flags.StringVar(&asked.Manager, "manager", "", "`id` of the manager who approves it")
	pinStdin(command, &stdin)
	return command
}

func householdLeaveCommand(c *console) *cobra.Command {
	var asked headquarters.HouseholdRequest
	var gives []string
	var stdin bool
	command := &cobra.Command{
		Use: "leave NUMBER [--give UNIT=AMOUNT]", Short: "Give a member an account of her own, with what was agreed; a running headquarters does it",
		Long: `Takes a member out of an account that she shares. What she is found by goes with her; of the units what was agreed. What is
set aside for tills, tier, limits and history stay the household's.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			asked.ID, asked.Phone = newEntryID(), args[0]
			if asked.Gives, err = parseGives(gives); err != nil {
				return err
			}
			return c.askHousehold(cmd.Context(), "/hq/household/leave", asked, stdin)
		},
	}
	flags := command.Flags()
	flags.StringSliceVar(&gives, "give", nil, "what goes with her, as `unit=amount`; may be repeated")
	flags.StringVar(&asked.Program, "program", "", "`id` of the program whose units go with her (needed where the chain has several)")
	flags.StringVar(&asked.Manager, "manager", "", "`id` of the manager who approves it")
	pinStdin(command, &stdin)
	return command
}

func parseGives(texts []string) (gives []loyalty.Amount, err error) {
	for _, text := range texts {
		unit, amount, _ := strings.Cut(text, "=")
		n, err := strconv.ParseInt(amount, 10, 64)
		if err != nil || n <= 0 || unit == "" {
			return nil, usage(fmt.Errorf("--give %q: write a unit and an amount above zero, as in points=500", text))
		}
		gives = append(gives, loyalty.Amount{Unit: ledger.Unit(unit), Amount: ledger.Points(n)})
	}
	return gives, nil
}

// askHousehold asks the daemon, with the manager's PIN where one is named.
func (c *console) askHousehold(ctx context.Context, path string, asked headquarters.HouseholdRequest, stdin bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if asked.Manager != "" {
		if asked.PIN, err = c.readPIN(asked.Manager, stdin); err != nil {
			return err
		}
	}
	var done headquarters.HouseholdMember
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, path, asked, &done); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	alone := "alone in her account"
	if done.Household > 0 {
		alone = fmt.Sprintf("one of %d in the account", done.Household)
	}
	fmt.Fprintf(c.out, "%s: %s %s\n", done.Name, alone, done.Account)
	return nil
}

func (c *console) householdShow(ctx context.Context, typed string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if !datadir.Look(config.DataDir).Headquarters() {
		return exit.Fail(exit.Unavailable, "run it where the chain's headquarters is, or ask `loyaltyd member show` how many they are",
			errors.New("this till does not know all who share an account"))
	}
	number, err := phone.Parse(typed, config.Region)
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	look, err := hq.OpenReadOnly(ctx, datadir.HQOptions(config))
	if err != nil {
		return err
	}
	defer look.Close()
	m, err := look.MemberByPhone(ctx, number.E164())
	if errors.Is(err, records.ErrNotFound) {
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(shownHousehold{m.Account, append([]inquiry.Housemate{}, m.Household...)})
	}
	fmt.Fprintf(c.out, "%s, account %s\n", m.Name, m.Account)
	for _, mate := range m.Household {
		fmt.Fprintf(c.out, "    %s %s\n", mate.Member, mate.Name)
	}
	return nil
}

// shownHousehold is `member household show --json`; nobody where she is alone.
type shownHousehold struct {
	Account ledger.AccountID    `json:"account"`
	Members []inquiry.Housemate `json:"members"`
}

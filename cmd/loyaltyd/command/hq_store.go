package command

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

func hqStoresCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "stores", Short: "The chain's stores: their currency, program and tills", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqStores(cmd.Context()) },
	}
}

func (c *console) hqStores(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var stores []headquarters.Store
	if err := desk.Ask(ctx, config.DataDir, http.MethodGet, "/hq/stores", nil, &stores); err != nil {
		return err
	}
	if c.json {
		return c.print(stores)
	}
	if len(stores) == 0 {
		fmt.Fprintln(c.out, "there is no store yet")
	}
	for _, s := range stores {
		c.writeStore(s)
	}
	return nil
}

func (c *console) writeStore(s headquarters.Store) {
	program := "no program yet"
	if s.Program != "" {
		program = "program " + s.Program
	}
	fmt.Fprintf(c.out, "%s, %s: %s, %s, tills: %d\n", s.ID, s.Name, s.Currency, program, s.Terminals)
}

func hqStoreCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "store", Short: "Make a store, or change what it is", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var asked headquarters.StoreRequest
	set := &cobra.Command{
		Use:   "set ID",
		Short: "Make a store, name it, or give it a program of the chain's",
		Long: `Asks the headquarters that runs on the data folder to make a store, or to change one that stands. A store has one program,
in its currency: the chain's first in the configured one unless --program says otherwise. Given another program, its tills
change over when they hear of it and nobody is being served. What members have under the one before stays theirs, in the
stores that have it; what tills hold of it is called back.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.ID = args[0]
			return c.hqStoreSet(cmd.Context(), asked)
		},
	}
	flags := set.Flags()
	flags.StringVar(&asked.Program, "program", "", "`id` of the program that it has")
	flags.StringVar(&asked.Name, "name", "", "what it is called on receipts")
	flags.StringVar(&asked.TimeZone, "time-zone", "", "where its days begin, of a new store (default the configured `zone`)")
	flags.StringVar(&asked.Region, "region", "", "`country` of its phone numbers, of a new store (default the configured one)")
	command.AddCommand(set)
	return command
}

func (c *console) hqStoreSet(ctx context.Context, asked headquarters.StoreRequest) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var store headquarters.Store
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/stores", asked, &store); err != nil {
		return err
	}
	if c.json {
		return c.print(store)
	}
	c.writeStore(store)
	return nil
}

package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

func operatorCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "operator", Short: "Who works at this till, or at headquarters: cashiers and managers, with PINs", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(
		operatorAddCommand(c),
		&cobra.Command{Use: "list", Short: "Who works here, and who is signed on", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.operator(cmd.Context(), operators.List, operators.Request{})
			}},
		withPIN(c, operators.SetPIN, "pin ID", "Give an operator another PIN; wrong tries are forgotten", true),
		&cobra.Command{Use: "remove ID", Short: "Let an operator go", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				return c.operator(cmd.Context(), operators.Remove, operators.Request{ID: args[0]})
			}},
		withPIN(c, operators.SignOn, "sign-on ID", "An operator signs on, until another does or she signs off", false),
		&cobra.Command{Use: "sign-off", Short: "Nobody is signed on any more", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return c.operator(cmd.Context(), operators.SignOff, operators.Request{})
			}},
	)
	return command
}

func operatorAddCommand(c *console) *cobra.Command {
	asked := operators.Request{Role: string(staff.Cashier)}
	var stdin bool
	command := &cobra.Command{
		Use: "add ID --name NAME", Short: "Take an operator in; the PIN is asked for", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if asked.ID = args[0]; asked.Name == "" {
				return usage(errors.New("operator add needs --name"))
			}
			if !slices.Contains(roles, asked.Role) { // before she is asked for a PIN
				return usage(fmt.Errorf("--role %q: choose %s", asked.Role, strings.Join(roles, " or ")))
			}
			if asked.PIN, err = c.newPIN(asked.ID, stdin); err != nil {
				return err
			}
			return c.operator(cmd.Context(), operators.Add, asked)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Name, "name", "", "what she is called")
	flags.StringVar(&asked.Role, "role", asked.Role, "cashier or manager; a manager's PIN approves what a cashier may not do alone")
	flags.StringVar(&asked.Phone, "phone", "", "her own `number`, kept as a keyed hash: sales to it at her till are looked at")
	_ = command.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roles, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	pinStdin(command, &stdin)
	return command
}

var roles = []string{string(staff.Cashier), string(staff.Manager)}

func pinStdin(command *cobra.Command, stdin *bool) {
	command.Flags().BoolVar(stdin, "pin-stdin", false, "read the PIN from the first line of standard input")
}

// withPIN is a command about one operator that wants a PIN.
func withPIN(c *console, action, use, short string, fresh bool) *cobra.Command {
	var stdin bool
	command := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			read := c.readPIN
			if fresh {
				read = c.newPIN
			}
			pin, err := read(args[0], stdin)
			if err != nil {
				return err
			}
			return c.operator(cmd.Context(), action, operators.Request{ID: args[0], PIN: pin})
		},
	}
	pinStdin(command, &stdin)
	return command
}

func (c *console) operator(ctx context.Context, action string, asked operators.Request) error {
	asked.User = whoRuns("")
	config, err := c.config()
	if err != nil {
		return err
	}
	answer, err := operators.Ask(ctx, config, action, asked)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(answer)
	}
	c.writeStaff(answer)
	return nil
}

func (c *console) writeStaff(a operators.Answer) {
	if a.Aside > 0 {
		fmt.Fprintf(c.talk, "%d operators of this folder are not in headquarters' database; they stand aside in %s.aside: add who still works here again\n",
			a.Aside, staff.FileName)
	}
	if len(a.Operators) == 0 {
		fmt.Fprintln(c.out, "nobody is known here: anybody sells")
		return
	}
	var list table
	for _, o := range a.Operators {
		name := o.Name
		if o.ID == a.SignedOn {
			name += ", signed on"
		}
		if o.OwnNumber {
			name += ", own number known"
		}
		if o.Wait != "" {
			name += ", too many wrong PINs: waits " + o.Wait
		}
		list.row(o.ID, string(o.Role), name)
	}
	_ = list.write(c.out) // what fails here fails at its end too
}

// newPIN asks for a PIN twice, where somebody keys it.
func (c *console) newPIN(id string, stdin bool) (string, error) {
	pin, err := c.readPIN(id, stdin)
	if err != nil || stdin {
		return pin, err
	}
	again, err := c.askPIN("the same again: ")
	if err == nil && again != pin {
		err = exit.Fail(exit.Data, "", errors.New("the PINs differ"))
	}
	return pin, err
}

// readPIN asks for a PIN on the terminal, which does not show it.
func (c *console) readPIN(id string, stdin bool) (keyed string, err error) {
	if stdin {
		if keyed, err = c.readLine(); err != nil {
			return "", err
		}
	} else if keyed, err = c.askPIN(fmt.Sprintf("PIN of %s (it is not shown): ", id)); err != nil {
		return "", err
	}
	if _, err := pin.Parse(keyed); err != nil {
		return "", exit.Fail(exit.Data, "", err)
	}
	return keyed, nil
}

func (c *console) askPIN(prompt string) (string, error) {
	in, sits := c.keyboard()
	if !sits {
		return "", usage(errors.New("the PIN is asked for on a terminal: there is none, so say --pin-stdin"))
	}
	fmt.Fprint(c.talk, prompt)
	defer fmt.Fprintln(c.talk)
	return c.readHidden(in)
}

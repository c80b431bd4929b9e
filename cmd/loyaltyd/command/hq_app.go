package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

// appDays is for how many days a certificate of an app holds by default.
const appDays = 30

func hqAppCommand(c *console) *cobra.Command {
	asked := headquarters.AppRequest{Days: appDays}
	command := &cobra.Command{
		Use:   "app-certificate MEMBER --key KEY",
		Short: "Certify that an app's key is a member's, so that tills take its codes offline",
		Long: `Signs, with headquarters' key, that an app's Ed25519 public key is a member's, and prints the certificate, which the app
keeps. From then on the app shows a code that changes every 30 seconds (package ledger/appcode, examples/appcode); tills
check it with headquarters' public key alone, and take it for proof "verified". A member is named by her number, card:NUMBER,
or the id of her account where nobody shares it. Nothing takes a certificate back before its days are over but the member's
erasure, or "hq key rotate --overlap 0": keep the days few where phones get lost.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asked.Key == "" {
				return usage(errors.New("hq app-certificate needs --key, the app's public key"))
			}
			asked.Member, asked.Operator = args[0], whoRuns(asked.Operator)
			return c.hqApp(cmd.Context(), asked)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Key, "key", "", "the app's Ed25519 public `KEY`, 32 bytes in base64url")
	flags.IntVar(&asked.Days, "days", asked.Days, "for how many `days` it holds, up to 90")
	flags.StringVar(&asked.Operator, "operator", "", "`who` does it (default the system's name of who runs the command)")
	return command
}

func (c *console) hqApp(ctx context.Context, asked headquarters.AppRequest) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var answer headquarters.AppAnswer
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/apps", asked, &answer); err != nil {
		return err
	}
	if c.json {
		return c.print(answer)
	}
	text, err := answer.Certificate.MarshalText()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.talk, "for member %s, until %s\n", answer.Member, answer.NotAfter.In(c.zone).Format("2 Jan 2006 15:04"))
	_, err = fmt.Fprintf(c.out, "%s\n", text)
	return err
}

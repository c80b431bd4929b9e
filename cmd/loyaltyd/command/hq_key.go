package command

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/hq"
)

// rotationOverlap is how long a key still signs by default: a till that is away
// for longer asks for the way to the new one.
const rotationOverlap = 30 * 24 * time.Hour

func hqKeyCommand(c *console) *cobra.Command {
	command := &cobra.Command{
		Use: "key", Short: "Headquarters' signing key: which signs, which is to follow, and which tills know", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.hqKey(cmd.Context(), http.MethodGet, nil)
		},
	}
	asked := headquarters.Rotation{Overlap: rotationOverlap}
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Give headquarters another signing key, which tills learn of and go over to by themselves",
		Long: `Makes a successor of the signing key and announces it to the tills, signed by both. Until --overlap has passed the present
key signs on and tills take either; then the successor alone. A till that was away for longer asks for the way from the key
that it knows to the one it meets. Rights, programs and all else that a key signed in its time hold for ever. A till of a
release that knows no rotation sells on and reaches headquarters again once it is upgraded: "hq key" counts them.

The key file (hq.key) changes at once: back it up, and where several machines serve one database, copy it to each before the
overlap ends. A till's own key is not rotated: "terminal replace" gives it another, and with it another id.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.hqKey(cmd.Context(), http.MethodPost, asked)
		},
	}
	rotate.Flags().DurationVar(&asked.Overlap, "overlap", asked.Overlap, "how `long` the present key still signs; 0 where somebody has it who should not")
	command.AddCommand(rotate)
	return command
}

func (c *console) hqKey(ctx context.Context, method string, asked any) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var state hq.KeyState
	if err := desk.Ask(ctx, config.DataDir, method, "/hq/key", asked, &state); err != nil {
		return err
	}
	if c.json {
		return c.print(state)
	}
	c.writeKey(state)
	if method == http.MethodPost {
		fmt.Fprintf(c.talk, "hq.key in %s has the new key now: back it up, and copy it to every machine that serves this database\n", config.DataDir)
	}
	return nil
}

func (c *console) writeKey(s hq.KeyState) {
	for _, old := range s.Retired {
		fmt.Fprintf(c.out, "retired  %s  %s  signed until %s\n", old.KeyID, old.Fingerprint, stamp.Of(old.Until, c.zone))
	}
	if s.Next == "" {
		fmt.Fprintf(c.out, "signs    %s  %s\n", s.KeyID, s.Fingerprint)
	} else {
		fmt.Fprintf(c.out, "signs    %s  %s  until %s\n", s.KeyID, s.Fingerprint, stamp.Of(s.NextFrom, c.zone))
		fmt.Fprintf(c.out, "next     %s  %s\n", s.Next, s.NextFingerprint)
	}
	if s.Next != "" || len(s.Retired) > 0 {
		fmt.Fprintf(c.out, "%d of %d tills have not said that they know the newest\n", s.Unaware, s.Terminals)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// confirmRequest asks headquarters to confirm a sale that stands by itself.
type confirmRequest struct {
	Phone    string `json:"phone"` // as typed
	Sale     string `json:"sale"`  // its entry's id, or the last twelve digits of it
	Reason   string `json:"reason"`
	Operator string `json:"operator"`
}

// confirmed is `member confirm --json`.
type confirmed struct {
	Sale     ledger.EntryID `json:"sale"`
	Operator string         `json:"operator_id"`
}

func memberConfirmCommand(c *console) *cobra.Command {
	var asked confirmRequest
	command := &cobra.Command{
		Use:   "confirm NUMBER --sale ENTRY --reason TEXT",
		Short: "Confirm that a sale is hers which waits for more proof; headquarters does it",
		Long: `A sale with less proof than the program wants waits until she confirms it, for as long as the program says. Whoever has
seen who she is confirms it here, by the entry that its receipt tells: the twelve digits at its end, or the whole id. It is
an entry of its own, with who did it and why. What cannot be confirmed is said, and the exit code is 1.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Phone = args[0]
			if asked.Sale == "" || strings.TrimSpace(asked.Reason) == "" {
				return usage(errors.New("member confirm needs --sale and --reason: the reason is kept, so name nobody in it"))
			}
			asked.Operator = whoRuns(asked.Operator)
			return c.memberConfirm(cmd.Context(), asked)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Sale, "sale", "", "`ENTRY` that stands on the receipt")
	flags.StringVar(&asked.Reason, "reason", "", "how it is known that she is who she says, in a few `words`")
	flags.StringVar(&asked.Operator, "operator", "", "`who` has seen it (default the system's name of who runs the command)")
	return command
}

func (c *console) memberConfirm(ctx context.Context, asked confirmRequest) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var done confirmed
	if err := askDesk(ctx, config.DataDir, http.MethodPost, "/hq/confirm", asked, &done); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	_, err = fmt.Fprintf(c.out, "sale %s is hers; her tills hear of it with the next sync\n", done.Sale)
	return err
}

func (h *headquarters) confirm(r *http.Request) (done confirmed, err error) {
	var asked confirmRequest
	if err := readAsked(r, &asked); err != nil {
		return done, err
	}
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return done, fail(exitData, "", err)
	}
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := ledger.CheckReason(reason); err != nil {
		return done, fail(exitData, "", err)
	}
	done = confirmed{Operator: asked.Operator}
	if done.Sale, err = h.saleNamed(r.Context(), asked.Sale); err != nil {
		return done, err
	}
	verdict, err := h.ConfirmSale(r.Context(), hq.Confirmation{Phone: number.E164(), Sale: done.Sale, Reason: reason, Operator: asked.Operator})
	switch {
	case errors.Is(err, records.ErrNotFound):
		return done, fail(exitFailed, "enroll her first; a sale that names her number is hers to confirm from then on", loyalty.ErrUnknownMember)
	case errors.Is(err, hq.ErrNotYet):
		return done, fail(exitFailed, "once the till that made it has synced, and she is enrolled, ask again", err)
	case err != nil:
		return done, err
	case verdict != ledger.Posted:
		return done, notConfirmed(verdict)
	}
	h.log.Info().Stringer("entry_id", done.Sale).Str("operator_id", done.Operator).Msg("sale confirmed")
	return done, nil
}

// saleNamed reads how a sale is named, by its entry or the end of that.
func (h *headquarters) saleNamed(ctx context.Context, text string) (sale ledger.EntryID, err error) {
	const digits = 12
	text = strings.ToLower(strings.TrimSpace(text))
	if sale.UnmarshalText([]byte(text)) == nil {
		return sale, nil
	}
	if len(text) != digits {
		return sale, fail(exitData, "its receipt says \"Entry\" and twelve digits; the POS's answer has entry_id",
			fmt.Errorf("--sale %q is neither an entry's id nor the last %d digits of one", text, digits))
	}
	sale, err = h.EntryEnding(ctx, text)
	switch {
	case errors.Is(err, records.ErrNotFound):
		err = fail(exitFailed, "check the digits; a till that was offline is heard of later", fmt.Errorf("headquarters has no entry that ends in %s", text))
	case errors.Is(err, hq.ErrManySales):
		err = fail(exitData, "", err)
	}
	return sale, err
}

// notConfirmed says why a sale is not hers, and what to do.
func notConfirmed(v ledger.Verdict) error {
	words := map[ledger.Verdict]struct{ why, next string }{
		ledger.DuplicateClaim: {"the sale was confirmed or claimed before", "it is whose it became first; `member history` tells hers"},
		ledger.NotNamed:       {"the sale was made for somebody else", "ask for the number that was keyed at the till"},
		ledger.TooLate:        {"the sale waited too long: what it earned has ended", "give her the points with `loyaltyd member adjust`"},
		ledger.NotClaimable: {"the sale does not wait to be confirmed: it is somebody's already, names nobody, or was taken back",
			"a receipt without a member is claimed by its code, at a till"},
	}
	w, known := words[v]
	if !known {
		w.why = "the sale is not confirmed: " + strings.ReplaceAll(string(v), "_", " ")
	}
	return fail(exitFailed, w.next, errors.New(w.why))
}

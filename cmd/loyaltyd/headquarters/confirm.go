package headquarters

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// ConfirmRequest asks headquarters to confirm a sale that stands by itself.
type ConfirmRequest struct {
	Phone    string `json:"phone"` // as typed
	Sale     string `json:"sale"`  // its entry's id, or the last twelve digits of it
	Reason   string `json:"reason"`
	Operator string `json:"operator"`
}

// Confirmed is `member confirm --json`.
type Confirmed struct {
	Sale     ledger.EntryID `json:"sale"`
	Operator string         `json:"operator_id"`
}

func (h *Local) confirm(r *http.Request) (done Confirmed, err error) {
	var asked ConfirmRequest
	if err := desk.Read(r, &asked); err != nil {
		return done, err
	}
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return done, exit.Fail(exit.Data, "", err)
	}
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := ledger.CheckReason(reason); err != nil {
		return done, exit.Fail(exit.Data, "", err)
	}
	done = Confirmed{Operator: asked.Operator}
	if done.Sale, err = h.saleNamed(r.Context(), asked.Sale); err != nil {
		return done, err
	}
	verdict, err := h.ConfirmSale(r.Context(), hq.Confirmation{Phone: number.E164(), Sale: done.Sale, Reason: reason, Operator: asked.Operator})
	switch {
	case errors.Is(err, records.ErrNotFound):
		return done, exit.Fail(exit.Failed, "enroll her first; a sale that names her number is hers to confirm from then on", loyalty.ErrUnknownMember)
	case errors.Is(err, hq.ErrNotYet):
		return done, exit.Fail(exit.Failed, "once the till that made it has synced, and she is enrolled, ask again", err)
	case err != nil:
		return done, err
	case verdict != ledger.Posted:
		return done, notConfirmed(verdict)
	}
	h.log.Info().Stringer("entry_id", done.Sale).Str("operator_id", done.Operator).Msg("sale confirmed")
	return done, nil
}

// saleNamed reads how a sale is named, by its entry or the end of that.
func (h *Local) saleNamed(ctx context.Context, text string) (sale ledger.EntryID, err error) {
	const digits = 12
	text = strings.ToLower(strings.TrimSpace(text))
	if sale.UnmarshalText([]byte(text)) == nil {
		return sale, nil
	}
	if len(text) != digits {
		return sale, exit.Fail(exit.Data, "its receipt says \"Entry\" and twelve digits; the POS's answer has entry_id",
			fmt.Errorf("--sale %q is neither an entry's id nor the last %d digits of one", text, digits))
	}
	sale, err = h.EntryEnding(ctx, text)
	switch {
	case errors.Is(err, records.ErrNotFound):
		err = exit.Fail(exit.Failed, "check the digits; a till that was offline is heard of later", fmt.Errorf("headquarters has no entry that ends in %s", text))
	case errors.Is(err, hq.ErrManySales):
		err = exit.Fail(exit.Data, "", err)
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
	return exit.Fail(exit.Failed, w.next, errors.New(w.why))
}

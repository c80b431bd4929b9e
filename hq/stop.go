package hq

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxReason bounds why a rule was stopped, in letters.
const maxReason = 200

// StopRule ends a rule of a program at once: sales that are completed after a
// till has heard of it get nothing by it, in every version published so far.
// Whatever was sold before stands. It is kept who did so, when and why; the
// version and the time of stop are filled in, and its program where only one has
// such a rule. Its error is *NotPublishable where there is no such rule, or no
// reason.
func (h *Headquarters) StopRule(ctx context.Context, stop ledger.Stop) error {
	stop.Reason = strings.TrimSpace(stop.Reason)
	if stop.Reason == "" || utf8.RuneCountInString(stop.Reason) > maxReason {
		return publication.Refused("say in a sentence of at most %d letters why it is stopped", maxReason)
	}
	of, err := h.programs.Load().WithRule(stop.Program, stop.Rule)
	if err != nil {
		return err
	}
	stop.Program, stop.Version, stop.At = of.ID, of.Highest(), ledger.MillisOf(h.now())
	signed, err := ledger.SignStop(h.keys.Private(), stop)
	if err != nil {
		return err
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		done, err := tx.Exec(`
			INSERT INTO rule_stop (program, rule, version, body, signature)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (program, rule, version) DO NOTHING`,
			stop.Program, stop.Rule, stop.Version, signed.Body, signed.Signature)
		if err != nil {
			return fmt.Errorf("keep stop: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return publication.Refused("rule %q of %q is stopped already", stop.Rule, stop.Program)
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.notify(event.Event{What: event.RuleStopped, Rule: stop.Rule, Reason: stop.Reason, Operator: stop.Operator})
	return h.programsChanged(ctx)
}

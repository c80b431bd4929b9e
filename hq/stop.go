package hq

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxReason bounds why a rule was stopped, in letters.
const maxReason = 200

// StopRule ends a rule of the chain's program at once: sales that are completed
// after a till has heard of it get nothing by it, in every version published so
// far. Whatever was sold before stands. It is kept who did so, when and why. Its
// error is *NotPublishable where there is no such rule, or no reason.
func (h *Headquarters) StopRule(ctx context.Context, rule, reason, operator string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return refused("say in a sentence of at most %d letters why it is stopped", maxReason)
	}
	all := h.programs.Load()
	stop := ledger.Stop{Program: all.id(), Rule: rule, Reason: reason, Operator: operator, At: ledger.MillisOf(h.now())}
	known := false
	for _, p := range all.versions {
		stop.Version = max(stop.Version, p.Ref().Version)
		known = known || p.HasRule(rule)
	}
	if !known {
		return refused("program %q has no rule %q", stop.Program, rule)
	}
	signed, err := ledger.SignStop(h.keys.private(), stop)
	if err != nil {
		return err
	}
	err = h.update(ctx, func(tx *sqlitedb.Tx) error {
		done, err := tx.Exec(`
			INSERT INTO rule_stop (program, rule, version, body, signature)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (program, rule, version) DO NOTHING`,
			stop.Program, stop.Rule, stop.Version, signed.Body, signed.Signature)
		if err != nil {
			return fmt.Errorf("keep stop: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return refused("rule %q of %q is stopped already", rule, stop.Program)
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.notify(Event{What: EventRuleStopped, Rule: rule, Reason: reason, Operator: operator})
	return h.programsChanged(ctx)
}

func readSignedStops(tx *sqlitedb.Tx) ([]ledger.SignedStop, error) {
	rows, err := tx.Query(`SELECT body, signature FROM rule_stop ORDER BY program, version, rule`)
	if err != nil {
		return nil, fmt.Errorf("read stops: %w", err)
	}
	defer rows.Close()
	var all []ledger.SignedStop
	for rows.Next() {
		var s ledger.SignedStop
		if err := rows.Scan(&s.Body, &s.Signature); err != nil {
			return nil, fmt.Errorf("read stops: %w", err)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

func readStops(tx *sqlitedb.Tx) ([]ledger.Stop, error) {
	signed, err := readSignedStops(tx)
	if err != nil {
		return nil, err
	}
	stops := make([]ledger.Stop, len(signed))
	for i, s := range signed {
		if stops[i], err = s.Read(); err != nil {
			return nil, err
		}
	}
	return stops, nil
}

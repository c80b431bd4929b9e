package hq

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
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
		return refused("say in a sentence of at most %d letters why it is stopped", maxReason)
	}
	of, err := h.programs.Load().withRule(stop.Program, stop.Rule)
	if err != nil {
		return err
	}
	stop.Program, stop.Version, stop.At = of.id, of.highest(), ledger.MillisOf(h.now())
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
			return refused("rule %q of %q is stopped already", stop.Rule, stop.Program)
		}
		return nil
	})
	if err != nil {
		return err
	}
	h.notify(event.Event{What: event.RuleStopped, Rule: stop.Rule, Reason: stop.Reason, Operator: stop.Operator})
	return h.programsChanged(ctx)
}

// withRule finds the program whose rule is meant.
func (p *programs) withRule(id, rule string) (*program, error) {
	if id == "" && len(p.chain) == 1 {
		id = p.chain[0].id
	}
	var with []*program
	near := ""
	for _, one := range p.chain {
		if (id == "" || one.id == id) && slices.ContainsFunc(one.versions, func(v *loyalty.Program) bool { return v.HasRule(rule) }) {
			with = append(with, one)
		}
		if id == "" || one.id == id {
			near = cmp.Or(near, one.versions[len(one.versions)-1].NearRule(rule))
		}
	}
	switch {
	case len(with) == 1:
		return with[0], nil
	case len(with) > 1:
		return nil, refused("more than one program has a rule %q: say of which it is", rule)
	case id == "":
		return nil, refused("no program has a rule %q; the chain has %s%s", rule, quoted(p.ids()), near)
	case !slices.Contains(p.ids(), id):
		return nil, refused("there is no program %q; the chain has %s", id, quoted(p.ids()))
	}
	return nil, refused("program %q has no rule %q%s", id, rule, near)
}

// highest is the number of the last version.
func (p *program) highest() (number int) {
	for _, v := range p.versions {
		number = max(number, v.Ref().Version)
	}
	return number
}

func readSignedStops(tx *database.Tx) ([]ledger.SignedStop, error) {
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

func readStops(tx *database.Tx) ([]ledger.Stop, error) {
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

package loyalty_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// standing is a member as the program's conditions may find her.
func (w *written) standing(t *rapid.T) *loyalty.Standing {
	s := &loyalty.Standing{
		Statuses: w.some(t, "statuses"), Segments: w.some(t, "segments"), BirthMonth: rapid.IntRange(0, 12).Draw(t, "birth month"),
		Visits: w.someFriends(t), Referrals: w.someFriends(t), Used: map[string]loyalty.Usage{},
	}
	if len(w.levels) > 0 {
		s.Tier = rapid.SampledFrom(w.levels).Draw(t, "tier")
	}
	for _, name := range slices.Sorted(maps.Keys(w.limits)) {
		if rapid.IntRange(0, 3).Draw(t, "drawn") == 0 {
			s.Used[name] = loyalty.Usage{Uses: rapid.Int64Range(0, 2).Draw(t, "uses"), Amount: ledger.Points(rapid.Int64Range(0, 200).Draw(t, "amount"))}
		}
	}
	for _, r := range w.p.Rewards() {
		if r.IsVoucher() && rapid.Bool().Draw(t, "voucher") {
			s.Vouchers = append(s.Vouchers, loyalty.Held{Reward: r.ID, Count: 1})
		}
	}
	return s
}

// The order in which a shipped program's rules stand in its file changes
// nothing at all of any occasion.
func TestShippedShuffled(t *testing.T) {
	for _, w := range allShipped(t) {
		t.Run(w.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				root := parsed(t, w.source)
				rules := valueOf(root, "rules")
				rules.Content = rapid.Permutation(rules.Content).Draw(rt, "rules")
				source, err := yaml.Marshal(root)
				if err != nil {
					rt.Fatal(err)
				}
				shuffled, err := loyalty.Load(source, w.name)
				if err != nil {
					rt.Fatal(err)
				}
				for range 10 {
					o := loyalty.Occasion{Explain: true, At: at(rapid.SampledFrom(w.dates).Draw(rt, "day")), Member: w.standing(rt)}
					if rapid.Bool().Draw(rt, "referred") {
						o.Referrer = w.standing(rt)
					}
					if len(w.events) > 0 && rapid.Bool().Draw(rt, "does") {
						a := w.activity(rt, w.events)
						o.Activity = &a
					} else {
						o.Basket = w.basket(rt)
						o.Basket.Redeem = w.redeems(rt)
					}
					want, wantErr := w.p.Evaluate(o)
					got, gotErr := shuffled.Evaluate(o)
					if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
						rt.Fatalf("%v, %v, %s", wantErr, gotErr, diff)
					}
				}
			})
		})
	}
}

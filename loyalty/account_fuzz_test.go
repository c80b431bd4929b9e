package loyalty_test

import (
	"encoding/json"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// FuzzAccount lets damaged effects and accounts be folded, looked at and passed
// time: whatever they say, nothing panics, and what refuses changes nothing.
func FuzzAccount(f *testing.F) {
	programs := map[bool]*loyalty.Program{true: shipped(f, "tiered-points.yaml"), false: shipped(f, "cash-back.yaml")}
	for which, p := range programs {
		o := member(f, p)
		o.buy("2026-03-10", "S1", lines1(34999)).buy("2026-03-11", "S2", lines1(200000)).back("2026-03-12", "S1", loyalty.Wish{All: true}).pass("2026-05-01")
		f.Add(which, []byte(o.json(o.effects)), []byte(o.json(o.a)))
	}
	f.Fuzz(func(t *testing.T, which bool, effects, account []byte) {
		var all []loyalty.Effect
		var a loyalty.Account
		if json.Unmarshal(effects, &all) != nil || json.Unmarshal(account, &a) != nil {
			return
		}
		p, o := programs[which], member(t, programs[which])
		o.a = &a
		m := o.moment(at("2026-06-01"))
		unchanged := func(err error, before string) {
			if err != nil && o.json(&a) != before {
				t.Errorf("%v, and the account changed", err)
			}
		}
		before := o.json(&a)
		_, err := a.Pass(p, m, o.who)
		unchanged(err, before)
		a.Standing(p, m, o.who)
		a.Ends("points", o.zone)
		a.State.StatusEnds("2026-06-01")
		if len(all) > 0 {
			sold := &loyalty.Sold{Effect: all[0], Backs: all[1:], Sale: &ledger.Sale{Currency: "USD", Lines: lines1(34999)}}
			if rest, err := sold.Rest(); err == nil {
				back, _, _ := rest.Fit(loyalty.Wish{Void: true})
				before := o.json(&a)
				_, err := a.Return(p, loyalty.Returned{Kind: ledger.Voided, Moment: m}, sold, back)
				unchanged(err, before)
			}
		}
		var folded loyalty.Account
		for i := range all {
			if folded.Fold(&all[i]) != nil {
				break
			}
		}
	})
}

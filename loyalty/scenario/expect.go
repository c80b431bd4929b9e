package scenario

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/loyalty/yamlfile"
)

var expectKeys = yamlfile.Keys{
	What: "expect",
	Optional: []string{
		"member", "earned", "clawed", "available", "pending", "receivable", "discount", "lines", "tier", "offers",
		"expires", "vouchers", "statuses", "refused",
	},
}

// expect reads what must be so after a step, one expectation for each number,
// date or list.
func (r *reader) expect(n *yaml.Node, step *Step) {
	values, _ := r.Fields(n, expectKeys)
	if v := values["member"]; v != nil {
		step.About = r.word(v, "member")
	}
	for _, key := range expectKeys.Optional {
		v := values[key]
		if v == nil || key == "member" {
			continue
		}
		switch key {
		case "earned", "clawed", "available", "pending", "receivable", "expires", "statuses":
			r.expectEach(key, v, step)
		case "lines", "offers", "vouchers":
			e := Expectation{Place: placeOf(v), What: key, Lists: r.words(v, key)}
			if key == "vouchers" {
				slices.Sort(e.Lists) // held in no order
			}
			step.Expect = append(step.Expect, e)
		default:
			step.Expect = append(step.Expect, Expectation{Place: placeOf(v), What: key, Want: r.word(v, key)})
		}
	}
	if len(step.Expect) > 0 && step.About == "" && needsMember(step.Expect) {
		r.Fail(n, "expect whose? Write member: NAME in it")
	}
}

// expectEach reads an expectation for each unit or status; an empty mapping
// expects that there is none at all.
func (r *reader) expectEach(key string, n *yaml.Node, step *Step) {
	pairs := r.Pairs(n, key)
	if len(pairs) == 0 {
		step.Expect = append(step.Expect, Expectation{Place: placeOf(n), What: key, Want: "none"})
	}
	for _, p := range pairs {
		e := Expectation{Place: placeOf(p.Value), What: key, Of: p.Key.Value}
		switch key {
		case "expires", "statuses":
			e.Want = r.word(p.Value, key)
			if e.Want != never {
				e.Want = string(r.Date(p.Value, key))
			}
		default:
			e.Want = itoa(r.Whole(p.Value, key, 0))
		}
		step.Expect = append(step.Expect, e)
	}
}

// needsMember reports whether something about a member's account is expected.
func needsMember(all []Expectation) bool {
	return slices.ContainsFunc(all, func(e Expectation) bool {
		switch e.What {
		case "earned", "clawed", "discount", "lines", "refused", "offers":
			return false
		}
		return true
	})
}

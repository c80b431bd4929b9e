package loyalty

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keys are the words a part of a program may have: those this release
// understands, and those of the language that it must refuse, with what they
// are in words.
type keys struct {
	what     string
	required []string
	optional []string
	later    map[string]string
}

var (
	programKeys = keys{
		what:     "the program",
		required: []string{"program", "version", "currency", "announced", "effective", "notice", "proof", "units", "rules"},
		optional: []string{"rewards", "offline"},
		later: map[string]string{
			"eligible": "conditions", "tiers": "tiers", "limits": "limits", "claim": "claims from receipts",
			"detached": "detached sales",
		},
	}
	proofKeys = keys{
		what:     "proof",
		required: []string{"earn", "redeem"},
		later:    map[string]string{"detached": "detached sales"},
	}
	unitKeys = keys{
		what:     "unit",
		optional: []string{"spendable"},
		later: map[string]string{
			"money": "money units", "pending": "pending units", "expires": "units that expire", "round": "other roundings",
		},
	}
	ruleKeys = keys{
		what:     "rule",
		required: []string{"id", "on", "give"},
		optional: []string{"each"},
		later: map[string]string{
			"when": "conditions", "eligible": "conditions", "from": "rules with dates", "until": "rules with dates",
			"limit": "limits", "issue": "vouchers", "status": "statuses", "to": "gifts to a referrer",
			"of": "rules over gross or quantity", "step": "rules over gross or quantity", "round": "other roundings",
		},
	}
	rewardKeys = keys{
		what:     "reward",
		required: []string{"id", "cost", "benefit"},
		optional: []string{"repeat"},
		later: map[string]string{
			"when": "conditions", "limit": "limits", "auto": "rewards issued by themselves",
			"grant_only": "vouchers", "voucher": "vouchers",
		},
	}
	benefitKeys = keys{
		what:     "benefit",
		required: []string{"discount"},
		later: map[string]string{
			"percent": "percentages off", "max": "percentages off", "item": "free items", "gift_card": "gift cards",
			"donate": "donations", "to": "donations", "cash": "cash paid out", "access": "perks",
		},
	}
	offlineKeys = keys{
		what:     "offline",
		optional: []string{"share", "cap", "spend_for", "grace", "max_age", "per_terminal"},
	}
)

// fields returns a mapping's values by key; a key that was refused is absent.
// ok says that the required ones are there.
func (r *reader) fields(n *yaml.Node, known keys) (values map[string]*yaml.Node, ok bool) {
	before := len(r.problems)
	values = map[string]*yaml.Node{}
	for _, p := range r.pairs(n, known.what) {
		if r.knows(p.key, known) {
			values[p.key.Value] = p.value
		}
	}
	if len(r.problems) > before {
		return values, false // what is missing may be what was misspelt
	}
	for _, key := range known.required {
		if values[key] == nil {
			r.fail(n, "%s has no %q", known.what, key)
		}
	}
	return values, len(r.problems) == before
}

func (r *reader) knows(key *yaml.Node, known keys) bool {
	if slices.Contains(known.required, key.Value) || slices.Contains(known.optional, key.Value) {
		return true
	}
	if words, later := known.later[key.Value]; later {
		r.fail(key, "%q: %s are not understood by this release", key.Value, words)
		return false
	}
	all := slices.Concat(known.required, known.optional, slices.Sorted(maps.Keys(known.later)))
	r.fail(key, "%s knows no %q%s", known.what, key.Value, didYouMean(key.Value, all))
	return false
}

// didYouMean names the nearest of the known names, if one is near.
func didYouMean(name string, known []string) string {
	best, least := "", 1+min(2, len(name)/2)
	for _, candidate := range known {
		if d := distance(strings.ToLower(name), candidate); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean \"" + best + "\"?"
}

// distance is Levenshtein's: how many letters to change, add or leave out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

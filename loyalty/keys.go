package loyalty

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keys are the words a part of a program may have.
type keys struct {
	what     string
	required []string
	optional []string
}

var (
	programKeys = keys{
		what:     "the program",
		required: []string{"program", "version", "currency", "announced", "effective", "notice", "proof", "units", "rules"},
		optional: []string{"eligible", "tiers", "limits", "rewards", "claim", "offline"},
	}
	proofKeys = keys{what: "proof", required: []string{"earn", "redeem"}, optional: []string{"detached"}}
	claimKeys = keys{what: "claim", required: []string{"days"}, optional: []string{"limit"}}
	unitKeys  = keys{what: "unit", optional: []string{"spendable", "money", "pending", "expires", "round"}}
	// expiryKeys are one of the first three, and round beside after.
	expiryKeys = keys{what: "expires", optional: []string{"after", "idle", "at", "round"}}
	tiersKeys  = keys{what: "tiers", required: []string{"of", "window", "keep", "levels"}}
	limitKeys  = keys{what: "limit", required: []string{"every"}, optional: []string{"uses", "amount"}}
	ruleKeys   = keys{
		what:     "rule",
		required: []string{"id", "on"},
		optional: []string{
			"each", "when", "eligible", "from", "until", "limit", "to", "of", "step", "give", "issue", "status",
		},
	}
	rewardKeys = keys{
		what:     "reward",
		required: []string{"id", "benefit"},
		optional: []string{"cost", "when", "limit", "repeat", "auto", "grant_only", "voucher"},
	}
	benefitKeys = keys{
		what:     "benefit",
		optional: []string{"discount", "percent", "item", "gift_card", "donate", "cash", "access", "max", "to"},
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
	all := slices.Concat(known.required, known.optional)
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

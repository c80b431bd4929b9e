package loyalty

import "github.com/loyaltyd/loyaltyd/loyalty/yamlfile"

// The words each part of a program may have.
var (
	programKeys = yamlfile.Keys{
		What:     "the program",
		Required: []string{"program", "version", "currency", "announced", "effective", "notice", "proof", "units", "rules"},
		Optional: []string{"eligible", "tiers", "limits", "rewards", "claim", "offline"},
	}
	proofKeys = yamlfile.Keys{What: "proof", Required: []string{"earn", "redeem"}, Optional: []string{"detached"}}
	claimKeys = yamlfile.Keys{What: "claim", Required: []string{"days"}, Optional: []string{"limit"}}
	unitKeys  = yamlfile.Keys{What: "unit", Optional: []string{"spendable", "money", "pending", "expires", "round"}}
	// expiryKeys are one of the first three, and round beside after.
	expiryKeys = yamlfile.Keys{What: "expires", Optional: []string{"after", "idle", "at", "round"}}
	tiersKeys  = yamlfile.Keys{What: "tiers", Required: []string{"of", "window", "keep", "levels"}}
	limitKeys  = yamlfile.Keys{What: "limit", Required: []string{"every"}, Optional: []string{"uses", "amount"}}
	ruleKeys   = yamlfile.Keys{
		What:     "rule",
		Required: []string{"id", "on"},
		Optional: []string{
			"each", "when", "eligible", "from", "until", "limit", "to", "of", "step", "give", "issue", "status",
		},
	}
	rewardKeys = yamlfile.Keys{
		What:     "reward",
		Required: []string{"id", "benefit"},
		Optional: []string{"cost", "when", "limit", "repeat", "auto", "grant_only", "voucher"},
	}
	benefitKeys = yamlfile.Keys{
		What:     "benefit",
		Optional: []string{"discount", "percent", "item", "gift_card", "donate", "cash", "access", "max", "to"},
	}
	offlineKeys = yamlfile.Keys{
		What:     "offline",
		Optional: []string{"share", "cap", "spend_for", "grace", "max_age", "per_terminal"},
	}
)

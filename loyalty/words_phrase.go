package loyalty

// phrase is how a comparison is said; yes of == and has, no of != and hasnot.
type phrase struct{ yes, no string }

// phrases are about names; # stands for them.
var phrases = map[string]phrase{
	"member.tier":                  {"for members at level #", "for members not at level #"},
	"referrer.tier":                {"where the referrer is at level #", "where the referrer is not at level #"},
	"member.statuses":              {"for members with status #", "for members without status #"},
	"referrer.statuses":            {"where the referrer has status #", "where the referrer does not have status #"},
	"member.segments":              {"for members in group #", "for members not in group #"},
	"line.categories":              {"on items in category #", "except items in category #"},
	"line.sku":                     {"on item #", "except item #"},
	anyLine + "line.categories":    {"with an item in category # in the basket", "without an item in category # in the basket"},
	anyLine + "line.sku":           {"with item # in the basket", "without item # in the basket"},
	"tender.type":                  {"paid with #", "not paid with #"},
	"basket.departments":           {"in department #", "not in department #"},
	"basket.partner":               {"at partner #", "not at partner #"},
	"store":                        {"in store #", "not in store #"},
	"event.name":                   {"with the name #", "with another name than #"},
	"now.day":                      {"on day # of the month", ""},
	"now.year":                     {"in #", "not in #"},
	"member.birth_month=now.month": {"in the month of the birthday", "except in the month of the birthday"},
}

// measures are about numbers; # stands for one and how it is compared.
var measures = map[string]struct {
	words string
	money bool
}{
	"basket.net":         {"in a purchase of #", true},
	"basket.gross":       {"in a purchase of #, tax included", true},
	"line.net":           {"on lines of #", true},
	"line.gross":         {"on lines of #, tax included", true},
	"line.quantity":      {"on lines of # pieces", false},
	anyLine + "line.net": {"with a line of # in the basket", true},
	"tender.amount":      {"where # is paid in that way", true},
	"member.visits":      {"for members with # purchases before", false},
	"member.days":        {"for members who joined # days ago", false},
	"member.referrals":   {"for members who brought # friends", false},
	"referrer.referrals": {"where the referrer has brought # friends before", false},
	"event.value":        {"with a value of #", false},
}

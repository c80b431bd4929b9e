package loyalty_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// diffSource is a program of which versions are made by exchanging words.
const diffSource = `
program: diff
version: 1
currency: USD
announced: 2026-01-02
effective: 2026-02-01
notice: P30D
proof: {earn: presented, redeem: verified}
eligible: '!("tobacco" in line.categories)'
claim: {days: 7, limit: once}
units:
  points: {expires: {after: P6M}, pending: P30D}
  spend: {spendable: false}
tiers: {of: spend, window: P12M, keep: P6M, levels: {silver: 0, gold: 10000}}
limits:
  once: {uses: 1, every: calendar_month}
  shared: {amount: 100, every: calendar_year}
rules:
  - {id: base, on: sale, each: line, give: {points: 2/100, spend: 1/1}}
  - {id: gold, on: sale, when: 'member.tier == "gold" && now.month == 4', step: 200, give: {points: 1/100}}
  - {id: app, on: app_download, limit: once, give: {points: 10}}
  - {id: visit, on: check_in, limit: shared, give: {points: 10}}
  - {id: survey, on: survey, limit: shared, give: {points: 10}}
  - {id: plus, on: sale, when: 'basket.net > 5000', status: {plus: P12M}}
  - {id: week, on: sale, from: 2027-03-10, until: 2027-03-20, give: {points: 1/100}}
rewards:
  - {id: five, cost: {points: 500}, benefit: {discount: 500}}
  - {id: tenth, limit: once, benefit: {percent: 1/10, max: 1000}}
  - {id: mug, grant_only: true, benefit: {item: mug, max: 900}, voucher: P2M}
`

const next = "version: 1\ncurrency: USD\nannounced: 2026-01-02\neffective: 2026-02-01\n"

// changed is what exchanging one text for another changes a year later.
func changed(t *testing.T, old, new string) []loyalty.Change {
	t.Helper()
	if strings.Count(diffSource, old) != 1 {
		t.Fatalf("%q stands %d times", old, strings.Count(diffSource, old))
	}
	source := strings.Replace(diffSource, old, new, 1)
	source = strings.Replace(source, next, "version: 2\ncurrency: USD\nannounced: 2027-01-01\neffective: 2027-02-01\n", 1)
	d, err := loyalty.Diff(mustLoad(t, diffSource), mustLoad(t, source))
	if err != nil {
		t.Fatal(err)
	}
	return d.Changes
}

// Each change is told in words, and is better or worse only where that is
// certain.
func TestDiffVerdicts(t *testing.T) {
	for _, c := range []struct {
		old, new, words string
		verdict         loyalty.Verdict
	}{
		{"points: 2/100", "points: 3/100", "3 instead of 2 points for every 1.00 USD and what is spent counts for levels", loyalty.Better},
		{"points: 2/100", "points: 1/100", "1 point instead of 2 points for every", loyalty.Worse},
		{"points: 2/100, spend: 1/1", "points: 4/100, spend: 1/2", "Now: 4 points", ""},
		{"cost: {points: 500}", "cost: {points: 450}", "5.00 USD off for 450 instead of 500 points", loyalty.Better},
		{"cost: {points: 500}", "cost: {points: 600}", "5.00 USD off for 600 instead of 500 points", loyalty.Worse},
		{"{points: 500}, benefit: {discount: 500}", "{points: 600}, benefit: {discount: 600}", "Now: 6.00 USD off for 600 points. Before:", ""},
		{"percent: 1/10, max: 1000", "percent: 1/10", "Now: 10 % off, at no cost", loyalty.Better},
		{"percent: 1/10", "percent: 1/20", "5 instead of 10 % off (up to 10.00 USD)", loyalty.Worse},
		{` && now.month == 4'`, `'`, "Now: 2 more points", loyalty.Better},
		{`'basket.net > 5000'`, `'basket.net > 5000 && now.hour < 9'`, "Now: status plus", loyalty.Worse},
		{`'basket.net > 5000'`, `'basket.net > 4000'`, "in a purchase of more than 40.00 instead of 50.00 USD", ""},
		{"step: 200", "step: 400", "4 more points for every full 4.00 USD", loyalty.Worse},
		{"step: 200", "step: 300", "full 3.00 USD", ""},
		{"plus: P12M", "plus: P1M", "Status plus for 1 month instead of 1 year", loyalty.Worse},
		{"until: 2027-03-20", "until: 2027-03-25", "from 10 March to 24 instead of 19 March 2027", loyalty.Better},
		{"from: 2027-03-10", "from: 2027-03-15", "from 15 instead of 10 March", loyalty.Worse},
		{"after: P6M", "after: P12M", "Points: ends 1 year instead of 6 months after earning", loyalty.Better},
		{"after: P6M", "idle: P6M", "Now: points: ends after 6 months without", ""},
		{"pending: P30D", "pending: P14D", "Points: can be spent 14 instead of 30 days after earning", loyalty.Better},
		{"after: P6M}, pending: P30D", "after: P6M}", "Now: points: can be spent at once", loyalty.Better},
		{"gold: 10000", "gold: 9000", "Level gold: from 90.00 instead of 100.00 USD spent", loyalty.Better},
		{"gold: 10000", "gold: 10000, noir: 20000", "New: level noir: from 200.00 USD spent", ""},
		{"keep: P6M", "keep: P9M", "a level is kept 9 instead of 6 months after", loyalty.Better},
		{"days: 7", "days: 14", "A receipt without a member can be claimed for 14 instead of 7 days", loyalty.Better},
		{"eligible: '!(\"tobacco\" in line.categories)'\n", "", "Now: all goods count", loyalty.Better},
		{"  - {id: app, on: app_download, limit: once, give: {points: 10}}\n", "", "No more: 10 points for each app_download", ""},
		{"  - {id: survey, on: survey, limit: shared, give: {points: 10}}\n", "", "No more: 10 points for each survey", ""}, // leaves more for visits
		{"  - {id: five, cost: {points: 500}, benefit: {discount: 500}}\n", "", "No more: 5.00 USD off for 500 points", loyalty.Worse},
		{"{id: five,", "{id: fiver,", "No more: 5.00 USD off for 500 points", loyalty.Worse},
	} {
		got := changed(t, c.old, c.new)
		i := 0
		for i < len(got) && got[i].Audience != loyalty.ForMembers {
			i++
		}
		if i == len(got) || !strings.Contains(got[i].Words, c.words) || got[i].ForMembers != c.verdict {
			t.Errorf("%s → %s: %+v\nwant %q, %q", c.old, c.new, got, c.words, c.verdict)
		}
	}
	if got := changed(t, "{id: five,", "{id: fiver,"); len(got) != 2 || got[1].Words != "New: 5.00 USD off for 500 points" || got[1].ForMembers != loyalty.Better {
		t.Errorf("a new id: %+v", got)
	}
}

// What managers answer for is told to them.
func TestDiffForManagers(t *testing.T) {
	for _, c := range []struct {
		old, new string
		kind     loyalty.ChangeKind
		words    string
	}{
		{"earn: presented", "earn: verified", loyalty.ProofChange, "Now: to earn: the member has to confirm"},
		{"amount: 100", "amount: 200", loyalty.LimitChange, "Limit shared: at most 200 instead of 100 points a calendar year"},
		{"cost: {points: 500}", "cost: {points: 250}", loyalty.RateChange, "Gives back at most 8 instead of 4 % of what a member spends"},
		{"units:", "offline: {share: 1/4}\nunits:", loyalty.OfflineChange, "Tills together may hold 25 instead of 50 % of a member's balance"},
		{"notice: P30D", "notice: P10D", loyalty.NoticeChange, "Changes are announced 10 instead of 30 days before"},
	} {
		found := false
		got := changed(t, c.old, c.new)
		for _, change := range got {
			found = found || change.Kind == c.kind && change.Audience == loyalty.ForManagers && strings.Contains(change.Words, c.words)
		}
		if !found {
			t.Errorf("%s → %s: %+v\nwant %q", c.old, c.new, got, c.words)
		}
	}
}

// Members were promised the notice of the version they have.
func TestDiffNotice(t *testing.T) {
	old := mustLoad(t, diffSource)
	for _, c := range []struct {
		announced, effective, notice string
		tellBy                       string
		kept                         bool
	}{
		{"2027-01-02", "2027-02-01", "P30D", "2027-01-02", true},
		{"2027-01-03", "2027-02-01", "P0D", "2027-01-02", false},
	} {
		text := strings.NewReplacer("version: 1", "version: 2", "2026-01-02", c.announced, "2026-02-01", c.effective, "notice: P30D", "notice: "+c.notice).Replace(diffSource)
		d, err := loyalty.Diff(old, mustLoad(t, text))
		if err != nil || string(d.TellBy) != c.tellBy || d.Kept != c.kept {
			t.Errorf("%+v: by %s, kept %v, %v", c, d.TellBy, d.Kept, err)
		}
	}
}

// Files that do not follow each other are told apart.
func TestDiffRefuses(t *testing.T) {
	old := mustLoad(t, diffSource)
	for _, c := range []struct{ old, new, says string }{
		{"program: diff", "program: other", `"diff" and "other" are two programs: name two versions of one`},
		{"currency: USD", "currency: EUR", "USD and EUR: a program keeps its currency"},
	} {
		_, err := loyalty.Diff(old, mustLoad(t, strings.Replace(diffSource, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.new, err)
		}
	}
	same, err := loyalty.Diff(old, old)
	if err != nil || len(same.Changes) > 0 || len(same.Warnings) > 0 {
		t.Errorf("the same: %+v, %v", same, err)
	}
	edited := mustLoad(t, strings.Replace(diffSource, "points: 500", "points: 400", 1))
	d, err := loyalty.Diff(old, edited)
	want := []loyalty.Warning{{ID: "version", Text: "both are version 1: give the new one the next number"}}
	if diff := cmp.Diff(want, d.Warnings); diff != "" || err != nil {
		t.Error(diff, err)
	}
	later := mustLoad(t, strings.Replace(diffSource, "version: 1", "version: 2", 1))
	if d, _ := loyalty.Diff(later, old); len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Text, "the old file comes first") {
		t.Errorf("the wrong way round: %+v", d.Warnings)
	}
}

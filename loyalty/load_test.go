package loyalty_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func starterSource(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile("testdata/starter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

func mustLoad(t testing.TB, source string) *loyalty.Program {
	t.Helper()
	p, err := loyalty.Load([]byte(source), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The starter program says what its file says.
func TestLoadStarter(t *testing.T) {
	source := starterSource(t)
	p := mustLoad(t, source)
	if want := (ledger.ProgramRef{ID: "starter", Version: 1, Hash: sha256.Sum256([]byte(source))}); p.Ref() != want {
		t.Errorf("ref %+v, want %+v", p.Ref(), want)
	}
	if p.Currency() != "TRY" || p.Effective() != "2026-02-01" || p.MainUnit() != "points" {
		t.Errorf("currency %q, effective %q, main unit %q", p.Currency(), p.Effective(), p.MainUnit())
	}
	if want := (loyalty.Proofs{Earn: ledger.Claimed, Redeem: ledger.Claimed}); p.Proof() != want {
		t.Errorf("proof %+v, want %+v", p.Proof(), want)
	}
	const day = 24 * time.Hour
	offline := loyalty.Offline{
		Share: loyalty.Rate{Num: 1, Den: 1}, Cap: 2000, SpendFor: 3 * day, Grace: 7 * day, MaxAge: 72 * time.Hour, PerTerminal: 20000,
	}
	if p.Offline() != offline {
		t.Errorf("offline %+v, want %+v", p.Offline(), offline)
	}
	five := loyalty.Reward{ID: "five", Unit: "points", Cost: 500, Benefit: loyalty.Benefit{Kind: loyalty.Discount, Value: 500}}
	if diff := cmp.Diff([]loyalty.Reward{five}, p.Rewards(), cmpopts.IgnoreUnexported(loyalty.Reward{})); diff != "" {
		t.Error(diff)
	}
	if cost, ok := p.CheapestCost("points"); cost != 500 || !ok {
		t.Errorf("cheapest cost %d %v, want 500", cost, ok)
	}
	if _, ok := p.CheapestCost("stars"); ok {
		t.Error("a unit that buys nothing has a cheapest cost")
	}
	if _, ok := p.Reward("six"); ok {
		t.Error("a reward that is not there was found")
	}
}

// A program without an offline section has the documented policy.
func TestOfflineDefaults(t *testing.T) {
	source, _, _ := strings.Cut(starterSource(t), "offline:")
	got := mustLoad(t, source).Offline()
	want := loyalty.Offline{
		Share: loyalty.Rate{Num: 1, Den: 2}, Cap: 2000, SpendFor: 72 * time.Hour, Grace: 168 * time.Hour, MaxAge: 72 * time.Hour, PerTerminal: 20000,
	}
	if got != want {
		t.Errorf("offline %+v, want %+v", got, want)
	}
}

// Each change to the starter program is refused at its place, with words.
func TestLoadRefuses(t *testing.T) {
	cases := []struct{ old, new, want string }{
		{"program: starter", "programm: starter", `2:1: the program knows no "programm": did you mean "program"?`},
		{"program: starter\n", "", `2:1: the program has no "program"`},
		{"program: starter", "program: my starter", `2:10: program "my starter": write 1 to 32 letters`},
		{"program: starter", "program:", `2:9: program is empty`},
		{"version: 1", "version: 1\nversion: 2", `4:1: "version" stands twice in the program`},
		{"version: 1", "version: 1.5", `3:10: version "1.5": write a whole number`},
		{"version: 1", "version: 010", `3:10: version "010": a number does not begin with 0`},
		{"version: 1", "version: 0", `3:10: version 0: at least 1`},
		{"version: 1", "version: -1", `3:10: version -1: at least 1`},
		{"version: 1", "version: !!int 1", `3:10: version has a tag !!int: leave it out`},
		{"version: 1", "version: &a 1\nrewards: *a", `4:10: rewards is an alias: write it out`},
		{"currency: TRY", "currency: try", `4:11: read currency "try"`},
		{"effective: 2026-02-01", "effective: 2026-01-31", `6:12: effective 2026-01-31 is too soon: announced 2026-01-02 with a notice of P30D, not before 2026-02-01`},
		{"effective: 2026-02-01", "effective: 2026-02-30", `6:12: effective: read date "2026-02-30"`},
		{"notice: P30D", "notice: 30d", `7:9: notice: read period "30d": write it in ISO 8601`},
		{"notice: P30D", "notice: P", `7:9: notice: read period "P"`},
		{"notice: P30D", "notice: P1DT", `7:9: notice: read period "P1DT"`},
		{"notice: P30D", "notice: PT720H", `7:9: notice PT720H: write whole days or months`},
		{"notice: P30D", "notice: P9999Y", `6:12: effective 2026-02-01 is too soon`},
		{"earn: claimed", "earn: typed", `8:15: earn "typed": write claimed, presented or verified`},
		{", redeem: claimed", "", `8:8: proof has no "redeem"`},
		{"points: {}", "points: {spendable: false}", `17:23: unit "points" is not spendable: nothing costs it`},
		{"points: {}", "points: {expires: P12M}", `11:21: expires is not keys with values`},
		{"points: {}", "points: {expires: {}}", `11:21: expires: one of {after: P12M}, {idle: P12M} and {at: calendar_year}`},
		{"points: {}", "points: {expires: {after: P1M, idle: P1M}}", `11:21: expires: one of`},
		{"points: {}", "points: {expires: {at: year}}", `11:26: at "year": write calendar_year`},
		{"points: {}", "points: {expires: {idle: P1M, round: month}}", `11:40: round: month goes with after`},
		{"points: {}", "points: {pending: P2M, expires: {after: P59D}}", `11:35: units that vest after P2M and end after P59D could never be spent`},
		{"points: {}", "points: {pending: PT5H}", `11:21: pending PT5H: write whole days or months, as in P30D`},
		{"points: {}", "points: {round: half}", `11:19: round "half": write down, half_even or up`},
		{"points: {}", "voucher.five: {}", `11:3: unit "voucher.five": names that begin with "voucher."`},
		{"points: {}", "points: {spendable: yes}", `11:23: spendable "yes": write true or false`},
		{"  points: {}", "  {}", `11:3: units: at least one`},
		{"{points: 1/100}", "{point: 1/100}", `14:45: unit "point" is not declared under units: did you mean "points"?`},
		{"{points: 1/100}", "{points: 0.01}", `14:53: give: read rate "0.01": write the exact fraction 1/100`},
		{"{points: 1/100}", "{points: 2.5%}", `14:53: give: read rate "2.5%": write the exact fraction 1/40`},
		{"{points: 1/100}", "{points: 1/0}", `14:53: give: read rate "1/0": nothing can be divided by 0`},
		{"{points: 1/100}", "{points: 0/100}", `14:53: give "0/100" gives nothing`},
		{"{points: 1/100}", "{points: 0}", `14:53: give 0: at least 1`},
		{"{points: 1/100}", "{points: 1/2000000000}", `14:53: give: read rate "1/2000000000": numbers go up to 1000000000`},
		{"{points: 1/100}", "{points: 99999999999999999999}", `14:53: give "99999999999999999999": numbers go up to`},
		{"{points: 1/100}", "{}", `14:44: give: at least one unit`},
		{"each: line", "each: row", `14:32: each "row": write basket, line or tender`},
		{"on: sale", "on: check_in", `14:36: each is for sales: an activity has no basket`},
		{"on: sale, each: line", "on: check_in, when: basket.net > 5", `14:36: when reads "basket", which is not there: it may read member, referrer, event, now or store`},
		{"each: line", "when: 'line.net > 5'", `14:32: when reads "line", which is not there`},
		{"each: line", "when: 'member.teir == \"a\"'", `14:40: when: member has no "teir": did you mean "tier"?`},
		{"each: line", "when: basket.net", `14:32: when: `},
		{"each: line", "when: 1.5 < 2.0", `14:32: when: 1.5 is not exact: write a whole number`},
		{"each: line", "limit: once", `14:33: limit "once" is not declared under limits`},
		{"each: line", "from: 2026-05-04, until: 2026-05-04", `14:51: until 2026-05-04 is not after from 2026-05-04`},
		{"each: line", "step: 0", `14:32: step 0: at least 1`},
		{"each: line", "to: friend", `14:30: to "friend": write member or referrer`},
		{"each: line", "to: referrer, status: {a: P1M}", `14:48: a status is the member's`},
		{"each: line", "issue: fiv", `14:33: issue "fiv": there is no such reward: did you mean "five"?`},
		{"each: line", "issue: five", `14:33: issue "five": only a voucher can be issued: write how long it holds at the reward`},
		{", give: {points: 1/100}", "", `14:5: rule "base" gives nothing: write give, issue or status`},
		{"rules:", "limits: {a: {every: ever}}\nrules:", `13:13: limit "a": either uses or amount`},
		{"rules:", "limits: {a: {uses: 1, amount: 1, every: ever}}\nrules:", `13:13: limit "a": either uses or amount`},
		{"rules:", "limits: {a: {uses: 0, every: ever}}\nrules:", `13:20: uses 0: at least 1`},
		{"rules:", "limits: {a: {uses: 1, every: day}}\nrules:", `13:30: every "day": write calendar_day, calendar_month, calendar_year or ever or a period, as in P30D`},
		{"rules:", "tiers: {of: stars, window: ever, keep: P1M, levels: {a: 0}}\nrules:", `13:13: unit "stars" is not declared under units`},
		{"rules:", "tiers: {of: points, window: ever, keep: P1M, levels: {a: 1}}\nrules:", `13:58: level "a" from 1: the first is everybody's and begins at 0`},
		{"rules:", "tiers: {of: points, window: ever, keep: P1M, levels: {a: 0, b: 5, c: 5}}\nrules:", `13:70: level "c" from 5 overlaps "b" from 5`},
		{"rules:", "tiers: {of: points, window: ever, keep: next, levels: {a: 0}}\nrules:", `13:41: keep: read period "next"`},
		{"rules:", "claim: {days: 500}\nrules:", `13:15: days 500: at most 366`},
		{"id: base", "id: base, idd: b", `14:16: rule knows no "idd": did you mean "id"?`},
		{"rewards:", "  - {id: base, on: sale, give: {points: 1}}\nrewards:", `16:10: rule "base" stands twice`},
		{"rewards:", "  - {id: odd, on: sale, give: {points: 1/999999937}}\nrewards:", `16:40: the rates of "points" have no common denominator up to 1000000000`},
		{"rules:\n", "rules: []\nno:\n", `13:8: rules: at least one`},
		{"cost: {points: 500}", "cost: {points: 500, stars: 1}", `17:22: cost: one unit`},
		{"cost: {points: 500}", "cost: {points: -5}", `17:31: cost -5: at least 1`},
		{"cost: {points: 500}", "cost: {stars: 5}", `17:23: unit "stars" is not declared under units`},
		{"cost: {points: 500}", "limit: gift", `17:23: limit "gift" is not declared under limits`},
		{"rewards:", "limits: {a: {amount: 99, every: ever}}\nrewards:\n  - {id: x, cost: {points: 100}, limit: a, benefit: {discount: 1}}\n", `18:41: limit "a" allows 99 and the reward costs 100: it could never be had`},
		{"rewards:", "limits: {a: {amount: 99, every: ever}}\nrewards:\n  - {id: x, limit: a, benefit: {discount: 1}}\n", `18:20: limit "a" is of an amount, and the reward has no cost: give the limit uses`},
		{"benefit:", "when: line.net > 5, benefit:", `17:43: when reads "line", which is not there: it may read basket, member, now or store`},
		{"benefit:", "auto: true, benefit:", `17:5: reward "five": what takes something off a sale cannot come by itself`},
		{"benefit:", "auto: true, voucher: P1M, when: basket.net > 5, benefit:", `17:69: when reads "basket", which is not there: it may read member, now or store`},
		{"benefit:", "grant_only: true, benefit:", `17:5: reward "five": what is only given has no cost`},
		{"cost: {points: 500}", "grant_only: true", `17:5: reward "five": what is only given is a voucher`},
		{"benefit:", "repeat: true, voucher: P1M, benefit:", `17:5: reward "five": repeat is for what is used at once`},
		{"{discount: 500}", "{access: a, discount: 500}", `17:46: benefit: one of discount, percent, item, gift_card, donate, cash and access`},
		{"{discount: 500}", "{donate: 500}", `17:46: donate to whom? Write to: NAME beside it`},
		{"{discount: 500}", "{discount: 500, max: 5}", `17:67: max goes with percent or item`},
		{"{discount: 500}", "{percent: 5/4}", `17:56: percent 5/4: above nothing and at most 1/1`},
		{"{discount: 500}", "{discount: 5.00}", `17:57: discount "5.00": write a whole number; money counts in minor units, 500 for 5.00`},
		{"{discount: 500}", "{percent: 0.03}", `17:56: percent: read rate "0.03": write the exact fraction 3/100`},
		{"offline:", "tiers: {}\noffline:", `19:8: tiers has no "of"`},
		{"offline:", "tires: {}\noffline:", `19:1: the program knows no "tires": did you mean "tiers"?`},
		{"share: 1/1", "share: 2/1", `19:18: share 2/1: at most 1/1`},
		{"spend_for: P3D", "spend_for: P24D", `19:10: spend_for and grace: together at most 30 days`},
		{"spend_for: P3D", "spend_for: P1M", `19:45: spend_for P1M: months differ, write days`},
		{"spend_for: P3D", "spend_for: P0D", `19:45: spend_for P0D: longer than nothing`},
		{"max_age: PT72H", "max_age: 72h", `19:71: max_age: read period "72h"`},
		{"offline:", "---\na: 1\n---\noffline:", `19:1: a second document`},
		{"units:", "units: [", `1: did not find expected`},
	}
	source := starterSource(t)
	for _, c := range cases {
		changed := strings.Replace(source, c.old, c.new, 1)
		if changed == source {
			t.Fatalf("%q is not in the starter program", c.old)
		}
		_, err := loyalty.Load([]byte(changed), "starter.yaml")
		var located *loyalty.LoadError
		if !errors.As(err, &located) {
			t.Errorf("%q: error %v, want a LoadError", c.new, err)
			continue
		}
		if located.File != "starter.yaml" || located.Line < 1 || located.Column < 1 || !strings.Contains(located.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.new, located, c.want)
		}
	}
}

// What is no program at all is refused too.
func TestLoadRefusesOtherFiles(t *testing.T) {
	for _, source := range []string{"", "# nothing\n", "---\n", "42", "- a\n- b\n", "\xff\xfe", "a: *b", strings.Repeat("#", 1<<20)} {
		if p, err := loyalty.Load([]byte(source), "x"); err == nil || p != nil {
			t.Errorf("%.20q was read", source)
		}
	}
}

// All problems of a file are told at once, in its order.
func TestLoadTellsAllProblems(t *testing.T) {
	source := strings.NewReplacer("1/100", "0.01", "TRY", "lira", "cap: 2000", "cap: x", "500}}", "5.0}}").Replace(starterSource(t))
	_, err := loyalty.Load([]byte(source), "p")
	var got []string
	for line := range strings.Lines(err.Error()) {
		place, _, _ := strings.Cut(line, ": ")
		got = append(got, place)
	}
	if diff := cmp.Diff([]string{"p:4:11", "p:14:53", "p:17:57", "p:19:28"}, got); diff != "" {
		t.Error(diff)
	}
}

// Notice is counted in civil months, which end on their last day.
func TestNoticeInMonths(t *testing.T) {
	cases := []struct {
		announced, notice, effective string
		loads                        bool
	}{
		{"2026-01-31", "P1M", "2026-02-28", true},
		{"2026-01-31", "P1M", "2026-02-27", false},
		{"2028-02-29", "P1Y", "2029-02-28", true},
		{"2026-12-31", "P2M", "2027-02-28", true},
		{"2026-12-31", "P2M", "2027-02-27", false},
		{"2026-01-02", "P4W2D", "2026-02-01", true},
		{"2026-01-02", "P4W2D", "2026-01-31", false},
		{"2026-01-02", "P0D", "2026-01-02", true},
		{"2026-01-02", "P0D", "2026-01-01", false},
	}
	for _, c := range cases {
		source := strings.NewReplacer("announced: 2026-01-02", "announced: "+c.announced, "P30D", c.notice,
			"effective: 2026-02-01", "effective: "+c.effective).Replace(starterSource(t))
		if _, err := loyalty.Load([]byte(source), "p"); (err == nil) != c.loads {
			t.Errorf("%s + %s, effective %s: error %v, want it to load: %v", c.announced, c.notice, c.effective, err, c.loads)
		}
	}
}

// Each shipped program is read whole.
func TestLoadShipped(t *testing.T) {
	files, err := filepath.Glob("../configs/programs/*.yaml")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d programs, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".scenario.yaml") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loyalty.Load(source, file); err != nil {
			t.Error(err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	starter := starterSource(f)
	f.Add(starter)
	f.Add(strings.Replace(starter, "1/100}", "1/100, stars: 3/7}", 1))
	f.Add(strings.Replace(starter, "{}", "&a [*a]", 1))
	f.Add("program: {a: [b, {c: d}]}\n<<: *x\n? {a: b}\n: c\n")
	f.Add(strings.Replace(starter, "on: sale", "on: sale, when: '\"vip\" in member.statuses || member.tier != \"\"', status: {vip: P1M}", 1))
	f.Add("units: {points: }\nrules: [{id: a, on: sale, give: {points: 7}}]")
	f.Fuzz(func(t *testing.T, source string) {
		p, err := loyalty.Load([]byte(source), "fuzz.yaml")
		if _, publishedErr := loyalty.LoadPublished([]byte(source), "fuzz.yaml"); err == nil && publishedErr != nil {
			t.Errorf("loads, and once published no more: %v", publishedErr)
		}
		if err != nil {
			checkLoadErrors(t, err)
			return
		}
		// What loads can be evaluated without a panic, and gives the same again.
		basket := loyalty.Basket{Currency: p.Currency(), Lines: []ledger.Line{{Net: 999, Gross: 1999, Quantity: 1}, {Net: 1, Gross: 1}}}
		for _, reward := range p.Rewards() {
			basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: reward.ID, Times: 1})
		}
		first, firstErr := p.Evaluate(sold(basket))
		again, againErr := p.Evaluate(sold(basket))
		if diff := cmp.Diff(first, again); diff != "" || (firstErr == nil) != (againErr == nil) {
			t.Errorf("evaluated twice: %s, %v and %v", diff, firstErr, againErr)
		}
	})
}

// checkLoadErrors demands a place for every problem.
func checkLoadErrors(t *testing.T, err error) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	problems := []error{err}
	if ok {
		problems = joined.Unwrap()
	}
	for _, problem := range problems {
		located, ok := problem.(*loyalty.LoadError)
		if !ok || located.Line < 1 || located.Column < 1 || located.Text == "" {
			t.Errorf("problem without a place: %#v", problem)
		}
	}
}

package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// quote asks for a sale of a member, by the inside of its JSON.
func (s *shop) quote(member, more string) answer {
	s.t.Helper()
	return s.ask("POST", "/v1/quote", `{"currency_code":"TRY","line_items":[{"sku":"milk","extended_amount":1999}],"member":{`+member+`}`+more+`}`)
}

// What complete would refuse by what is known here, a quote refuses in the same
// words.
func TestQuoteRefusesAsComplete(t *testing.T) {
	program := testkit.Program(t, "redeem: claimed", "redeem: presented",
		"\noffline:", "  - {id: dear, cost: {points: 701}, benefit: {discount: 700}}\n\noffline:")
	for member, c := range map[string]struct{ redeem, want string }{
		`"phone":"05321234567"`:                     {"five", "show card or PIN to redeem"},
		`"phone":"05321234567","proof":"presented"`: {"dear", "not enough points to spend here"},
		`"phone":"05059876543","proof":"presented"`: {"five", "not enough points to spend here"},
	} {
		s := newShopOf(t, program)
		redeem := `,"redeem":["` + c.redeem + `"]`
		quote, complete := s.quote(member, redeem), s.complete("s1", sale(`"member":{`+member+`}`+redeem))
		if quote.StatusCode != complete.StatusCode || quote.body != complete.body || !strings.Contains(quote.body, c.want) {
			t.Errorf("%s: quote %d: %s\ncomplete %d: %s", member, quote.StatusCode, quote.body, complete.StatusCode, complete.body)
		}
	}
	s := newShopOf(t, program)
	q := read[api.Quote](s, s.quote(`"phone":"05321234567"`, ""))
	if len(q.Offers) != 0 || !cmp.Equal(q.NotOffered, []api.NotOffered{
		{Reward: "dear", Because: "costs 701 points"}, {Reward: "five", Because: "show card or PIN to redeem"},
	}) {
		t.Errorf("a claim is offered %+v, not %+v", q.Offers, q.NotOffered)
	}
}

// A quote says of points that nobody would have at once what complete says of them,
// and what to do: a card helps nobody whose number is unknown.
func TestQuoteTellsWhatIsUnclaimed(t *testing.T) {
	s := newShopOf(t, testkit.Program(t, "earn: claimed", "earn: presented"))
	sold := 0
	for member, want := range map[string]struct {
		line      string
		unclaimed int64
	}{
		`"phone":"05321234567"`:                     {"Show card for    +19", 19},
		`"phone":"05059876543"`:                     {"Show card for    +19", 19},
		`"phone":"05059876543","proof":"presented"`: {"Not enrolled here   ", 19},
		`"phone":"05321234567","proof":"presented"`: {"***4567          +19", 0},
	} {
		q := read[api.Quote](s, s.quote(member, ""))
		if q.Unclaimed != want.unclaimed || q.DisplayLines[1] != want.line {
			t.Errorf("%s: quote %d, %q", member, q.Unclaimed, q.DisplayLines)
		}
		sold++
		told := read[api.Completed](s, s.complete(fmt.Sprint("s", sold), sale(`"member":{`+member+`}`)))
		if told.Unclaimed != want.unclaimed || want.unclaimed > 0 && told.DisplayLines[1] != want.line {
			t.Errorf("%s: complete %d, %q", member, told.Unclaimed, told.DisplayLines)
		}
	}
}

// A gift under a limit is told at a lookup as a quote offers it, also where
// headquarters must be asked for it; not to nobody, and not against its condition.
func TestLookupTellsGifts(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, strings.Replace(rich, "\nrewards:", `
rewards:
  - {id: cup,   limit: gift, benefit: {discount: 300}}
  - {id: crown, limit: gift, when: 'member.tier == "gold"', benefit: {discount: 300}}`, 1)))
	want := api.Offer{Reward: "cup", Discount: 300, Times: 1, Benefit: "discount", Value: 300}
	gifts := func(offers []api.Offer) (out []api.Offer) {
		for _, o := range offers {
			if o.Reward == "cup" || o.Reward == "crown" {
				out = append(out, o)
			}
		}
		return out
	}
	known := read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"05321234567"}`))
	if diff := cmp.Diff([]api.Offer{want}, gifts(known.Rewards)); diff != "" {
		t.Error(diff)
	}
	q := read[api.Quote](s, s.quote(`"phone":"05321234567"`, ""))
	if diff := cmp.Diff([]api.Offer{want}, gifts(q.Offers)); diff != "" {
		t.Error(diff)
	}
	nobody := read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"05059876543"}`))
	if len(nobody.Rewards) != 0 {
		t.Errorf("nobody has %+v", nobody.Rewards)
	}
}

// A quote tells the store's business day, which need not be the day of the POS's own
// zone.
func TestQuoteTellsTheDay(t *testing.T) {
	s := newShop(t)
	for _, hours := range []int{-14, 14} {
		s.Zone = time.FixedZone("", hours*60*60)
		before := s.Today(time.Now())
		q := read[api.Quote](s, s.quote(`"phone":"05321234567"`, ""))
		if after := s.Today(time.Now()); q.Day != before && q.Day != after {
			t.Errorf("%d hours from Greenwich a quote says %s, want %s", hours, q.Day, after)
		}
	}
}

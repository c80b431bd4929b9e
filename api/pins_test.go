package api_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
)

// verified is a shop whose rewards want more than a card.
func verifiedShop(t *testing.T) *shop {
	return newShopOf(t, testkit.Program(t, "redeem: claimed}", "redeem: verified}"))
}

func (s *shop) setPIN(more string) answer {
	s.t.Helper()
	return s.ask(http.MethodPut, "/v1/members/"+s.ana.String()+"/pin", `{"pin":"2580"`+more+`}`)
}

// withPIN is ana in a request, with what she keyed.
func (s *shop) withPIN(pin string) string {
	return fmt.Sprintf(`{"account":%q,"pin":%q}`, s.ana, pin)
}

// redeemed is a sale with a reward.
func redeemed(member string) string {
	return `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"sku":"a","extended_amount":1999}],
		"redeem":["five-off"],"member":` + member + `}`
}

// A PIN proves a member in the request that it comes with, and in no other: no answer
// has it, and the same request without it is the same request.
func TestPINInRequests(t *testing.T) {
	s := verifiedShop(t)
	reward := s.Programs.At(s.Clock.Now()).Offered(nil)[0]
	sale := func(member string) string { return strings.Replace(redeemed(member), "five-off", reward, 1) }
	s.wants(s.complete("S-1", sale(s.withPIN("2580"))), http.StatusConflict, "no-member-pin")
	if a := s.setPIN(`,"proof":"presented"`); a.StatusCode != http.StatusOK || strings.Contains(a.body, "2580") {
		t.Fatalf("%s: %s", a.Status, a.body)
	}
	s.wants(s.complete("S-1", sale(fmt.Sprintf(`{"account":%q,"proof":"presented"}`, s.ana))), http.StatusConflict, "reward-not-now")
	s.wants(s.complete("S-1", sale(s.withPIN("2581"))), http.StatusForbidden, "wrong-member-pin")
	first := s.complete("S-1", sale(s.withPIN("2580")))
	if first.StatusCode != http.StatusOK || strings.Contains(first.body, "2580") {
		t.Fatalf("%s: %s", first.Status, first.body)
	}
	for _, pin := range []string{"2580", "9999"} { // what stands is told again, whatever is keyed
		if again := s.complete("S-1", sale(s.withPIN(pin))); again.StatusCode != http.StatusOK || again.body != first.body {
			t.Errorf("again with %s: %s: %s", pin, again.Status, again.body)
		}
	}
	if sales := s.sales(); len(sales) != 1 || sales[0].Proof != ledger.Verified {
		t.Errorf("sales %+v", sales)
	}
}

// Quotes, holds, claims and activities take it as well, and after five wrong ones there
// is a wait, which is told.
func TestPINElsewhere(t *testing.T) {
	s := verifiedShop(t)
	s.setPIN(`,"proof":"presented"`)
	quote := func(member string) answer {
		return s.ask(http.MethodPost, "/v1/quote", `{"currency_code":"TRY","line_items":[{"sku":"a","extended_amount":1999}],"member":`+member+`}`)
	}
	var q struct {
		Offers []struct{ Reward string } `json:"offers"`
	}
	a := quote(s.withPIN("2580"))
	if err := json.Unmarshal([]byte(a.body), &q); err != nil || len(q.Offers) == 0 {
		t.Fatalf("%s: %s, %v", a.Status, a.body, err)
	}
	hold := s.ask(http.MethodPost, "/v1/holds", fmt.Sprintf(`{"hold_id":%q,"sale_id":"S-1","reward":%q,"member":%s}`,
		ledger.NewID[int](), q.Offers[0].Reward, s.withPIN("2580")))
	if hold.StatusCode != http.StatusOK {
		t.Errorf("hold: %s: %s", hold.Status, hold.body)
	}
	for range 5 {
		s.wants(quote(s.withPIN("2589")), http.StatusForbidden, "wrong-member-pin")
	}
	a = quote(s.withPIN("2580"))
	s.wants(a, http.StatusTooManyRequests, "too-many-member-pins")
	if a.Header.Get("Retry-After") == "" {
		t.Error("nobody says for how long")
	}
}

// Who may set a PIN, and what is none.
func TestSetPIN(t *testing.T) {
	s := verifiedShop(t)
	s.wants(s.setPIN(``), http.StatusForbidden, "manager")
	s.employ()
	s.wants(s.setPIN(`,"approval":{"operator_id":"9","pin":"4875"}`), http.StatusForbidden, "wrong-pin")
	if a := s.setPIN(`,"approval":{"operator_id":"9","pin":"4895"}`); a.StatusCode != http.StatusOK {
		t.Fatalf("with a manager: %s", a.body)
	}
	s.wants(s.setPIN(`,"proof":"presented"`), http.StatusForbidden, "manager")
	s.wants(s.setPIN(`,"current_pin":"9999"`), http.StatusForbidden, "wrong-member-pin")
	if a := s.setPIN(`,"current_pin":"2580"`); a.StatusCode != http.StatusOK {
		t.Errorf("with the one before: %s", a.body)
	}
	for _, weak := range []string{"0000", "1234", "654321"} {
		s.wants(s.ask(http.MethodPut, "/v1/members/"+s.ana.String()+"/pin", `{"pin":"`+weak+`","proof":"verified"}`), http.StatusUnprocessableEntity, "pin-too-weak")
	}
	bad := s.ask(http.MethodPut, "/v1/members/"+s.ana.String()+"/pin", `{"pin":"25x80"}`)
	if bad.StatusCode != http.StatusUnprocessableEntity || strings.Contains(bad.body, "25x80") {
		t.Errorf("%s: %s", bad.Status, bad.body)
	}
	s.wants(s.ask(http.MethodPut, "/v1/members/"+ledger.NewRandomID[int]().String()+"/pin", `{"pin":"2580","proof":"verified"}`), http.StatusNotFound, "no-such-member")
}

// An app's code that the POS scans is its member, verified; the same call again gets the
// same answer, another sale none, and what is wrong with a code stands in words.
func TestAppOverAPI(t *testing.T) {
	s := verifiedShop(t)
	headquarters, app := ed25519.NewKeyFromSeed(make([]byte, 32)), ed25519.NewKeyFromSeed([]byte(strings.Repeat("a", 32)))
	s.Till.Till.Headquarters = func(context.Context) (ledger.KeyChain, error) {
		return ledger.NewKeyChain(ledger.ChainID{1}, headquarters.Public().(ed25519.PublicKey)), nil
	}
	now := ledger.MillisOf(s.Clock.Now())
	signed, err := appcode.Certificate{
		Account: s.ana, Member: ledger.MemberID(s.ana), Key: app.Public().(ed25519.PublicKey), NotAfter: now.Add(appcode.Step * 100),
	}.Sign(headquarters)
	if err != nil {
		t.Fatal(err)
	}
	identify := func(sale, code string) api.Identified {
		t.Helper()
		return read[api.Identified](s, s.ask(http.MethodPost, "/v1/sales/"+sale+"/identify",
			fmt.Sprintf(`{"business_day_date":"2026-11-22","aim":"]Q1","code":%q}`, code)))
	}
	code := signed.Show(app, now)
	for range 2 {
		if who := identify("S-1", code); who.Kind != "app" || who.Account != s.ana.String() || who.Proof != "verified" || who.Label != "" {
			t.Errorf("identified %+v", who)
		}
	}
	for want, got := range map[string]api.Identified{
		"App code used before": identify("S-2", code),
		"App code not current": identify("S-2", signed.Show(app, now.Add(-appcode.Longest))),
		"App code is forged":   identify("S-2", signed.Show(headquarters, now)),
		"Not a whole app code": identify("S-2", code[:40]),
	} {
		if got.Kind != "app" || got.Say != want || got.Known || got.Proof != "" {
			t.Errorf("%s: %+v", want, got)
		}
	}
}

package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/screen"
)

// A screen with the token presses keys, chooses a reward and sees what comes of it:
// who is here, what she earns and why, the receipt, and how the till stands.
func TestCounterOnAScreen(t *testing.T) {
	s := newShop(t)
	press := func(keys string) screen.Conversation {
		t.Helper()
		return read[screen.Conversation](s, s.ask("POST", "/v1/counter/keys", `{"keys":"`+keys+`"}`))
	}
	if typed := press(ana); typed.Stage != "identifying" || typed.Field != "*******4567" {
		t.Errorf("of a number that is being keyed: %+v", typed)
	}
	now := press("=1999")
	if now.Who.Balance != "700 points" || now.Who.Proof != "claimed" || now.Sum.Earns[0].Whys[0] != "base 19.99 → 19" || now.Primary.Does != "complete" {
		t.Errorf("selling: %+v, %+v, %+v", now, now.Who, now.Sum)
	}
	if len(now.Sum.Offers) != 1 || now.Sum.Offers[0].ID != "five" {
		t.Fatalf("offered %+v", now.Sum.Offers)
	}
	now = read[screen.Conversation](s, s.ask("POST", "/v1/counter/reward", `{"reward":"five"}`))
	if now.Sum.Pay != "14.99" || !now.Sum.Offers[0].Taken {
		t.Errorf("with a reward: %+v", now.Sum)
	}
	if now = press("="); now.Done == nil || now.Done.Total != "14.99" || !strings.Contains(strings.Join(now.Done.Text, "\n"), "TOTAL TRY") {
		t.Errorf("done: %+v", now.Done)
	}
	whole := read[api.Counter](s, s.ask("GET", "/v1/counter", ""))
	if whole.Store != "Corner Shop" || whole.Badge.Unsent != 2 || whole.Badge.Says != "online" || len(whole.Sold) != 1 || whole.Sold[0].Points != "+14 points" {
		t.Errorf("whole: %+v", whole)
	}
}

// What is no key is refused, and nothing is pressed without the token.
func TestKeysRefused(t *testing.T) {
	s := newShop(t)
	for _, bad := range []string{"", "Z", "<script>", strings.Repeat("1", 65)} {
		s.problem(s.ask("POST", "/v1/counter/keys", `{"keys":"`+bad+`"}`), http.StatusUnprocessableEntity)
	}
	r := s.request("POST", "/v1/counter/keys", `{"keys":"1"}`)
	r.Header.Del("Authorization")
	s.problem(s.send(r), http.StatusUnauthorized)
	if got := read[api.Counter](s, s.ask("GET", "/v1/counter", "")); got.Conversation.Stage != "idle" {
		t.Errorf("it waits in stage %q", got.Conversation.Stage)
	}
}

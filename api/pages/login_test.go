package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/staff"
)

// staffed lets a cashier and a manager work here.
func (s *shop) staffed() {
	s.pages.Staff = s.Staffed(
		staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier}, staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager},
	)
}

// Where operators work a stranger sees nothing before she signs on; a cashier
// sees no manager's page.
func TestStrangers(t *testing.T) {
	s := newShop(t)
	s.staffed()
	leads := func(path, to string) {
		t.Helper()
		if a := s.get(path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != to {
			t.Errorf("%s: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
	leads("/checkout", "/login?next=%2Fcheckout")
	leads("/store/operators", "/login?next=%2Fstore")
	part := s.request(http.MethodGet, "/checkout/counter", nil)
	part.Header.Set("HX-Request", "true")
	if a := s.send(part); a.StatusCode != http.StatusUnauthorized || a.Header.Get("HX-Redirect") == "" {
		t.Errorf("a part: %d, %v", a.StatusCode, a.Header)
	}
	s.post("/checkout/keys", "keys", "1").wants(t, http.StatusSeeOther)
	s.get("/v1/events").wants(t, http.StatusUnauthorized)
	s.post("/login", "operator", "7", "pin", "4875").wants(t, http.StatusSeeOther)
	s.get("/checkout").wants(t, http.StatusOK, "Sign off Ali")
	if s.pages.Staff.OnDuty() != "7" {
		t.Error("who signs on at the page is not signed on at the till")
	}
	leads("/store", "/login?next=%2Fstore")
	s.post("/login", "next", "/store", "operator", "7", "pin", "4875").wants(t, http.StatusForbidden, "Only a manager")
	s.post("/login", "next", "/store", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.get("/store").wants(t, http.StatusOK, "Sign off Zeynep")
	if s.pages.Staff.OnDuty() != "7" {
		t.Error("a manager who looks took the cashier's place")
	}
	leads("/checkout", "/login?next=%2Fcheckout") // what she would sell were Ali's
	s.get("/checkout/badge").wants(t, http.StatusOK)
	s.post("/logout").wants(t, http.StatusSeeOther)
	leads("/checkout", "/login?next=%2Fcheckout")
}

// What is sold on a page stands under who is signed on there: once another is on
// duty, by whatever way, the page sells nothing and asks who sells.
func TestAnotherOnDuty(t *testing.T) {
	s := newShop(t)
	s.staffed()
	duties := 0
	s.pages.Staff.DutyChanged = func() { duties++ }
	s.post("/login", "operator", "7", "pin", "4875").wants(t, http.StatusSeeOther)
	alis := s.client
	s.client = s.browser()
	s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.post("/checkout/keys", "keys", "1").wants(t, http.StatusOK)

	zeyneps := s.client
	s.client = alis
	s.post("/checkout/keys", "keys", "1").wants(t, http.StatusSeeOther)
	s.post("/checkout/scan", "code", "1").wants(t, http.StatusSeeOther)
	s.get("/checkout").wants(t, http.StatusSeeOther)
	part := s.request(http.MethodGet, "/checkout/counter", nil)
	part.Header.Set("HX-Request", "true")
	if a := s.send(part); a.StatusCode != http.StatusUnauthorized || a.Header.Get("HX-Redirect") != "/login?next=%2Fcheckout" {
		t.Errorf("the part of who is on duty no more: %d, %v", a.StatusCode, a.Header)
	}
	if err := s.pages.Staff.SignOff(); err != nil {
		t.Fatal(err)
	}
	s.client = zeyneps
	s.get("/checkout").wants(t, http.StatusSeeOther)
	if duties != 3 {
		t.Errorf("%d changes were told, want 3", duties)
	}
}

// Whoever was let go sees nothing any more.
func TestRemovedOperator(t *testing.T) {
	s := newShop(t)
	s.staffed()
	s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.get("/store").wants(t, http.StatusOK)
	if err := s.pages.Staff.Remove("9"); err != nil {
		t.Fatal(err)
	}
	s.get("/store").wants(t, http.StatusSeeOther)
	s.get("/checkout").wants(t, http.StatusSeeOther)
}

// Wrong PINs in a row have to be waited for, and the answer tells nothing of who
// there is.
func TestTries(t *testing.T) {
	s := newShop(t)
	s.staffed()
	for range 3 {
		s.post("/login", "operator", "7", "pin", "0000").wants(t, http.StatusForbidden, "Wrong number or PIN")
	}
	s.post("/login", "operator", "7", "pin", "4875").wants(t, http.StatusTooManyRequests, "Too many wrong PINs")
	s.post("/login", "operator", "nobody", "pin", "0000").wants(t, http.StatusForbidden, "Wrong number or PIN")
	s.post("/login", "operator", "9", "pin", "12").wants(t, http.StatusForbidden, "Wrong number or PIN")
}

// The cookie is for this till's pages alone, and no script reads it.
func TestCookie(t *testing.T) {
	s := newShop(t)
	cookie := s.get("/checkout").Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || !strings.Contains(cookie.Name, s.Terminal.String()) {
		t.Errorf("%+v", cookie)
	}
	for range 70 { // more browsers than are kept
		s.client = s.browser()
		s.get("/checkout").wants(t, http.StatusOK)
	}
	s.post("/checkout/keys", "keys", "1").wants(t, http.StatusOK)
}

// A page of another origin changes nothing, and from another machine, or under
// another name, there are no pages.
func TestElsewhere(t *testing.T) {
	s := newShop(t)
	s.get("/checkout").wants(t, http.StatusOK)
	for _, c := range []struct{ header, value string }{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "http://evil.example"},
	} {
		r := s.request(http.MethodPost, "/checkout/keys", nil)
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Set(c.header, c.value)
		s.send(r).wants(t, http.StatusForbidden)
	}
	r := s.request(http.MethodGet, "/checkout", nil)
	r.Host = "evil.example"
	s.send(r).wants(t, http.StatusForbidden, "unknown-host")
	r = s.request(http.MethodGet, "/v1/events", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	s.send(r).wants(t, http.StatusUnauthorized)
	s.get("/v1/members/x").wants(t, http.StatusUnauthorized) // a visitor of pages is no POS
}

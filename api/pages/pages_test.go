package pages_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/staff"
)

const ana = "05321234567"

// The page is the keypad: what is pressed there becomes a sale, explained, and
// its receipt can be looked at.
func TestCheckout(t *testing.T) {
	s := newShop(t)
	s.get("/").wants(t, http.StatusSeeOther)
	s.get("/checkout").wants(t, http.StatusOK, "Phone number or card", "Corner Shop", "2 wait to be sent", "front: no contact", "Nothing was sold yet")
	a := s.post("/checkout/keys", "keys", ana)
	if a.wants(t, http.StatusOK, "4567"); strings.Contains(a.body, "0532") {
		t.Errorf("a number that is being keyed is told: %s", a.body)
	}
	s.post("/checkout/keys", "keys", "=").wants(t, http.StatusOK, "+905321234567", "Enroll")
	s.post("/checkout/keys", "keys", "C1999").wants(t, http.StatusOK, "19.99", "earns 19 points", "base 19.99 → 19")
	s.post("/checkout/keys", "keys", "=").wants(t, http.StatusOK, "+19 points", "now 19 points", "TOTAL TRY")
	sales := s.get("/checkout/sales")
	sales.wants(t, http.StatusOK, "19.99", "+19 points")
	paper := regexp.MustCompile(`/checkout/papers/[0-9a-f-]+`).FindString(sales.body)
	s.get(paper).wants(t, http.StatusOK, "TOTAL TRY", "19.99", "Return")
	s.get("/checkout/papers/none").wants(t, http.StatusNotFound)
	s.post("/checkout/keys", "keys", "E").wants(t, http.StatusOK, "receipt number")
	for _, bad := range []string{"Z", "<script>", strings.Repeat("1", 65)} {
		s.post("/checkout/keys", "keys", bad).wants(t, http.StatusUnprocessableEntity)
	}
}

// A till that hung does not do what was asked of it meanwhile: the page gave it up.
func TestStale(t *testing.T) {
	s := newShop(t)
	s.get("/checkout")
	now := time.Now()
	s.post("/checkout/keys", "keys", "12", "at", strconv.FormatInt(now.Add(-time.Minute).UnixMilli(), 10)).wants(t, http.StatusOK, "Phone number or card")
	s.post("/checkout/keys", "keys", "12", "at", strconv.FormatInt(now.Add(time.Minute).UnixMilli(), 10)).wants(t, http.StatusOK, "Look up")
	s.get("/checkout/alive").wants(t, http.StatusNoContent)
}

// Each reward she can have is a button; what was chosen is given back by choosing
// it again.
func TestReward(t *testing.T) {
	s := newShop(t)
	s.get("/checkout")
	s.post("/checkout/keys", "keys", ana+"=C")
	account := s.counter.Seen().Member.Account
	s.post("/checkout/keys", "keys", "x")
	s.Give(account, 700)
	s.post("/checkout/keys", "keys", ana+"=").wants(t, http.StatusOK, `data-reward="five"`, "700 points can be spent here")
	s.post("/checkout/reward", "reward", "five").wants(t, http.StatusOK, `aria-pressed="true"`, "−5.00")
	s.post("/checkout/keys", "keys", "1999").wants(t, http.StatusOK, "to pay 14.99", "earns 14 points")
	s.post("/checkout/reward", "reward", "five").wants(t, http.StatusOK, `aria-pressed="false"`, "earns 19 points")
	s.post("/checkout/reward", "reward", "nothing").wants(t, http.StatusOK, "No reward now:")
}

// No page has a script or a style in it, and none may be loaded from elsewhere.
func TestPolicy(t *testing.T) {
	s := newShop(t)
	s.Staffed(staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager})
	s.pages.Staff = s.Till.Till.Staff.(*staff.Book)
	s.post("/login", "next", "/store", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.get("/checkout").wants(t, http.StatusSeeOther)
	s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	for _, path := range []string{"/checkout", "/login", "/store", "/store/members", "/store/operators", "/store/devices", "/store/sync", "/store/reports"} {
		a := s.get(path)
		a.wants(t, http.StatusOK)
		if !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, a.Header)
		}
		for _, tag := range regexp.MustCompile(`<style|<script>| style="| on[a-z]+="|https?://`).FindAllString(a.body, -1) {
			t.Errorf("%s: the policy forbids %q", path, tag)
		}
	}
}

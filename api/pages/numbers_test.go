package pages_test

import (
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/staff"
)

// Money and points are grouped as whoever reads does it.
func TestGrouped(t *testing.T) {
	s := newShop(t)
	s.get("/checkout")
	s.post("/checkout/keys", "keys", ana+"=C123456789").wants(t, http.StatusOK, "1,234,567.89", "earns 1,234,567 points")
	s.get("/checkout?lang=tr")
	s.post("/checkout/keys", "keys", "=").wants(t, http.StatusOK, "1.234.567,89", "+1.234.567 puan")
	s.get("/checkout/sales").wants(t, http.StatusOK, "1.234.567,89")
}

// Before more is taken by hand than a member has the manager is asked, once for what
// she would owe then; a plain form takes nothing.
func TestAdjustMoreThanThere(t *testing.T) {
	s := newShop(t)
	s.post("/checkout/keys", "keys", ana+"=C10000=")
	s.Staffed(staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager})
	s.pages.Staff = s.Till.Till.Staff.(*staff.Book)
	s.post("/login", "next", "/store", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	account := s.NewAccount()
	_, number, _ := s.Identify(t.Context(), "05329876543")
	if err := s.Enroll(t.Context(), s.Clock.Now(), s.NewEntry(), account, number, ""); err != nil {
		t.Fatal(err)
	}
	s.Give(account, 100)
	has := func() (n int64) {
		member, err := s.Store.Member(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		return int64(member.Balance("points").Shown - member.Balance("points").Owed)
	}
	path := "/store/members/" + account.String() + "/adjust"
	id := s.NewEntry().String()
	take := func(amount, sure string) answer {
		return s.post(path, "id", id, "unit", "points", "amount", amount, "reason", "fraud", "pin", "4895", "sure", sure)
	}
	take("-1350", "").wants(t, http.StatusOK, "She would owe 1,250 points", `name="sure" value="1,250 points"`)
	if got := has(); got != 100 {
		t.Fatalf("she has %d", got)
	}
	take("-1360", "1,250 points").wants(t, http.StatusOK, "She would owe 1,260 points")
	if take("-1350", "1,250 points").wants(t, http.StatusSeeOther); has() > 0 {
		t.Errorf("she has %d", has())
	}
}

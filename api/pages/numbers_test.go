package pages_test

import (
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Money and points are written as whoever reads does it, whatever the till speaks: at
// the counter, in the list of sales and in the day's figures.
func TestAmountsInBothLanguages(t *testing.T) {
	read := map[string]struct{ keyed, worth, off, sum, earns, whole, points, turnover string }{
		"en": {"500.00", "−5.00", "495.00", "1,234,567.89", "earns 1,234,567 points", ">1,234,567.89<", "+1,234,567 points", "1,234,567.89 <small>TRY"},
		"tr": {"500,00", "−5,00", "495,00", "1.234.567,89", "1.234.567 puan kazanır", ">1.234.567,89<", "+1.234.567 puan", "1.234.567,89 <small>TL"},
	}
	for _, speaks := range []loyalty.Language{loyalty.English, loyalty.Turkish} {
		for lang, want := range read {
			t.Run("till "+speaks.String()+", page "+lang, func(t *testing.T) {
				s := newShop(t)
				s.Till.Till.Language = speaks
				s.manage()
				s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
				s.get("/checkout?lang=" + lang)
				s.post("/checkout/keys", "keys", ana+"=").wants(t, http.StatusOK, want.worth)
				s.post("/checkout/keys", "keys", "50000").wants(t, http.StatusOK, ">"+want.keyed+"<", want.worth)
				s.post("/checkout/keys", "keys", "A").wants(t, http.StatusOK, ">"+want.keyed+"<", want.off)
				s.post("/checkout/keys", "keys", "x")
				s.post("/checkout/keys", "keys", "x")
				s.post("/checkout/keys", "keys", ana+"=123456789").wants(t, http.StatusOK, want.sum, want.earns)
				s.post("/checkout/keys", "keys", "=").wants(t, http.StatusOK, want.whole, want.points)
				s.get("/checkout/sales").wants(t, http.StatusOK, want.whole, want.points)
				day := string(ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.Zone))
				for _, path := range []string{"/store", "/store/reports?day=" + day} {
					s.get(path).wants(t, http.StatusOK, want.turnover)
				}
			})
		}
	}
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

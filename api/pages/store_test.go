package pages_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// manage signs a manager on, with a member who has 700 points.
func (s *shop) manage() {
	s.t.Helper()
	account := s.NewAccount()
	_, number, err := s.Identify(s.t.Context(), ana)
	if err == nil || s.Enroll(s.t.Context(), s.Clock.Now(), s.NewEntry(), account, number, "") != nil {
		s.t.Fatal(err)
	}
	s.Give(account, 700)
	s.staffed()
	s.post("/login", "next", "/store", "operator", "9", "pin", "4895").wants(s.t, http.StatusSeeOther)
}

// A manager finds a member by her number, which stands in no address, and changes
// what she has: once, with her reason and PIN.
func TestMembers(t *testing.T) {
	s := newShop(t)
	s.manage()
	found := s.post("/store/members", "phone", "0532 123 45 67")
	found.wants(t, http.StatusSeeOther)
	her := found.Header.Get("Location")
	s.get(her).wants(t, http.StatusOK, "700 points", "Adjust")
	s.post("/store/members", "phone", "0532 765 43 21").wants(t, http.StatusUnprocessableEntity, "Nobody here has this number")
	s.post("/store/members", "phone", "12").wants(t, http.StatusUnprocessableEntity, "no phone number")
	s.get("/store/members/none").wants(t, http.StatusUnprocessableEntity, "Nobody here has this number")

	const id = "6c1f8b0e-6f1d-4c7a-9a8e-1d2c3b4a5f61"
	adjust := func(amount, pin string) answer {
		return s.post(her+"/adjust", "id", id, "unit", "points", "amount", amount, "reason", "torn bag", "pin", pin)
	}
	adjust("50", "1234").wants(t, http.StatusUnprocessableEntity, "Wrong PIN", "torn bag")
	adjust("5.5", "4895").wants(t, http.StatusUnprocessableEntity, "whole number")
	for range 2 {
		adjust("+50", "4895").wants(t, http.StatusSeeOther)
	}
	s.get(her+"?done=adjust").wants(t, http.StatusOK, "750 points", "It is adjusted")
	s.get(her+"?done=anything").wants(t, http.StatusOK)
	entries, _ := s.Journal()
	last := entries[len(entries)-1]
	if last.Kind != ledger.Adjust || last.Operator != "9" || last.Adjust.Reason != "torn bag" {
		t.Errorf("the last entry is %+v", last)
	}
	s.post(her+"/name", "name", "Ayşe Yılmaz").wants(t, http.StatusSeeOther)
	s.get(her).wants(t, http.StatusOK, "A*** Y***")
	s.post(her+"/name", "name", "123").wants(t, http.StatusUnprocessableEntity, "no name")
}

// A manager takes operators in, gives them PINs and lets them go, but not herself:
// each with her own PIN, and the diary has it.
func TestOperators(t *testing.T) {
	s := newShop(t)
	s.manage()
	add := func(pin, own string) answer {
		return s.post("/store/operators", "id", "8", "name", "Can", "role", "cashier", "pin", pin, "manager_pin", own)
	}
	add("1111", "4895").wants(t, http.StatusUnprocessableEntity, "tried first", "Can")
	add("4711", "").wants(t, http.StatusUnprocessableEntity, "Wrong PIN")
	add("4711", "4711").wants(t, http.StatusUnprocessableEntity, "Wrong PIN")
	add("4711", "4895").wants(t, http.StatusSeeOther)
	s.get("/store/operators").wants(t, http.StatusOK, "Can", "Zeynep")
	s.post("/store/operators/8/pin", "pin", "4712").wants(t, http.StatusUnprocessableEntity, "Wrong PIN")
	s.post("/store/operators/8/pin", "pin", "4712", "manager_pin", "4895").wants(t, http.StatusSeeOther)
	s.post("/store/operators/5/pin", "pin", "4712", "manager_pin", "4895").wants(t, http.StatusUnprocessableEntity, "no such operator")
	s.post("/store/operators/9/remove", "manager_pin", "4895").wants(t, http.StatusUnprocessableEntity, "another manager")
	s.post("/store/operators/8/remove").wants(t, http.StatusUnprocessableEntity, "Wrong PIN")
	s.post("/store/operators/8/remove", "manager_pin", "4895").wants(t, http.StatusSeeOther)
	want := []string{
		"wrong operator or PIN by 9 of 9", "operator added by 9 of 8", "operator's PIN set by 9 of 8", "operator removed by 9 of 8",
	}
	if !slices.Equal(s.notes, want) {
		t.Errorf("the diary has %q, want %q", s.notes, want)
	}
}

// Wrong PINs and who has to wait stand in the diary; what was keyed that is nobody's
// id does not.
func TestTriesNoted(t *testing.T) {
	s := newShop(t)
	s.staffed()
	s.post("/login", "operator", "4895", "pin", "0000")
	for range 4 {
		s.post("/login", "operator", "7", "pin", "0000")
	}
	want := []string{
		"wrong operator or PIN by  of ", "wrong operator or PIN by 7 of 7", "wrong operator or PIN by 7 of 7", "wrong operator or PIN by 7 of 7",
		"too many wrong PINs: operator has to wait by 7 of 7",
	}
	if !slices.Equal(s.notes, want) {
		t.Errorf("the diary has %q, want %q", s.notes, want)
	}
}

// Another PIN ends what was signed on with the old one.
func TestNewPINEndsSessions(t *testing.T) {
	s := newShop(t)
	s.staffed()
	s.post("/login", "operator", "7", "pin", "4875").wants(t, http.StatusSeeOther)
	alis := s.client
	s.client = s.browser()
	s.post("/login", "next", "/store", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.post("/store/operators/7/pin", "pin", "4712", "manager_pin", "4895").wants(t, http.StatusSeeOther)
	s.get("/store").wants(t, http.StatusOK)
	s.client = alis
	s.get("/checkout").wants(t, http.StatusSeeOther)
}

// How the till stands, and what it sold, can be looked at and taken along.
func TestStore(t *testing.T) {
	s := newShop(t)
	s.manage()
	s.post("/login", "operator", "9", "pin", "4895").wants(t, http.StatusSeeOther)
	s.post("/checkout/keys", "keys", ana+"=1999=").wants(t, http.StatusOK)
	home := s.get("/store")
	if home.wants(t, http.StatusOK, "19.99"); strings.Contains(home.body, "unclaimed") {
		t.Errorf("what is unclaimed is told where nothing is:\n%s", home.body)
	}
	s.get("/store/devices").wants(t, http.StatusOK, "front", "no contact", "gone")
	s.get("/store/sync").wants(t, http.StatusOK, "reached")
	s.post("/store/sync").wants(t, http.StatusSeeOther)
	s.refused = errors.New("headquarters is away")
	s.post("/store/sync").wants(t, http.StatusOK, "headquarters is away")
	day := string(ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.Zone))
	s.get("/store/reports?day="+day).wants(t, http.StatusOK, "19.99", "Zeynep", "day.csv?day="+day)
	csv := s.get("/store/reports/day.csv?day=" + day)
	csv.wants(t, http.StatusOK, "19.99")
	if got := csv.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Error(got)
	}
	s.get("/store/reports/day.json?day="+day).wants(t, http.StatusOK, `"net_minor"`)
	s.get("/store/reports/day.exe?day="+day).wants(t, http.StatusNotFound)
}

// Why an adjustment makes no sense, and that nobody has a number, is said in the reader's
// language; a till that is its own headquarters waits for no network.
func TestMembersRefusedInTurkish(t *testing.T) {
	s := newShop(t)
	s.pages.Journal.(*testkit.Book).Stands.Own = true
	s.manage()
	s.get("/store?lang=tr")
	her := s.post("/store/members", "phone", ana).Header.Get("Location")
	adjust := func(amount, reason string) answer {
		return s.post(her+"/adjust", "id", "one", "unit", "points", "amount", amount, "reason", reason, "pin", "4895")
	}
	for _, large := range []string{"99999999999999999999", "100000001", "0"} {
		adjust(large, "torn bag").wants(t, http.StatusUnprocessableEntity, "çok büyük", "100000000 yazın")
	}
	adjust("5,5", "torn bag").wants(t, http.StatusUnprocessableEntity, "tam sayı değil")
	adjust("5", "called "+ana).wants(t, http.StatusUnprocessableEntity, "Kişilere ait numara yazmayın")
	adjust("5", "").wants(t, http.StatusUnprocessableEntity, "Nedenini en çok")
	s.post("/store/members", "phone", "05327654321").wants(t, http.StatusUnprocessableEntity, "Bu numara kayıtlı değil.")
}

// Of a day that the till cannot know the page says so, and of what is no day, in the
// reader's language; the diary hears nothing of it.
func TestNoReport(t *testing.T) {
	s := newShop(t)
	s.manage()
	today := ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.Zone)
	tomorrow := s.Today(time.Now().AddDate(0, 0, 1))
	for lang, want := range map[string][3]string{
		"en": {"Nothing is known of 2020-01-31: this till’s journal begins on " + string(today), string(tomorrow) + " is still to come: today is", "This is no date."},
		"tr": {"31.01.2020 hakkında bir şey bilinmiyor", loyalty.Turkish.Date(tomorrow) + " henüz gelmedi", "Bu bir tarih değil."},
	} {
		s.get("/store?lang=" + lang)
		for i, day := range []string{"2020-01-31", string(tomorrow), "yesterday"} {
			s.get("/store/reports?day="+day).wants(t, http.StatusUnprocessableEntity, want[i], "<h1>", `name="day"`)
			s.get("/store/reports/day.csv?day="+day).wants(t, http.StatusUnprocessableEntity, want[i])
		}
	}
}

// The report of a day has what all tills of the store told, in the reader's language;
// where the till heard nothing it says nothing of that.
func TestReportOfStore(t *testing.T) {
	s := newShop(t)
	s.manage()
	today := ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.Zone)
	if text := s.get("/store/reports?day=" + string(today)).body; strings.Contains(text, "of the store, as of") {
		t.Errorf("nothing was heard: %s", text)
	}
	totals := fmt.Sprintf(`{"entries":41,"as_of_ms":%d,"sales":4321,"units":[{"program":"starter","unit":"points","earned":98765}]}`, ledger.MillisOf(s.Clock.Now()))
	heard := ledger.Change{
		Position: 1, Kind: ledger.StoreDayChange, Key: string(today),
		StoreDay: &ledger.StoreDay{Day: today, Tills: 3, Totals: json.RawMessage(totals)},
	}
	if err := s.Store.Apply(t.Context(), []ledger.Change{heard}, ledger.Cursor{Incarnation: 1, Position: 1}); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][]string{
		"en": {"3 tills of the store, as of ", "4321", "98,765"},
		"tr": {"Mağazanın 3 kasası, ", " itibarıyla", "4321", "98.765"},
	} {
		s.get("/store?lang=" + lang)
		s.get("/store/reports?day="+string(today)).wants(t, http.StatusOK, want...)
	}
	s.get("/store/reports/day.json?day="+string(today)).wants(t, http.StatusOK, `"all_tills"`, `"tills": 3`)
}

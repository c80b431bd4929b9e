package story_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/demo"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// ayseKeyed is her number as a hand keys it.
const ayseKeyed = "05320000001"

// A day over the pages, in a browser: a customer is enrolled, earns, redeems and
// brings something back while the network is cut and comes back; a manager signs
// on, finds her and adjusts what she has.
func TestPagesDay(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, 30*time.Second)
	if err := s.Open(ctx, "till1"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	page := "http://" + lane.Address
	b := newBrowser(t)
	look := func(name string) {}
	if *fullNumbers {
		checker := axe(t)
		look = func(name string) { b.judge(checker, name); b.picture(name) }
	}

	b.open(page)
	b.see("#badge", "Online")
	b.see("#prompt", "Phone number or card")
	look("idle")
	b.key(ayseKeyed)
	b.see("#counter .field", "0001")
	if strings.Contains(b.text("body"), "0532") {
		t.Error("a number that is being keyed is shown whole")
	}
	look("identifying")
	b.key("\r")
	b.see(".whole", "+905320000001")
	look("unknown")
	b.key("c")
	b.see(".who .balance", "0 points")
	b.key("60000")
	b.see(".earns", "600 points")
	b.see(".why", "base 600 → 600")
	look("selling")
	b.key("\r")
	b.see(".told .earned", "+600 points")
	b.see(".told .paper", "600.00")
	b.see("#sales", "+600 points")
	look("done")

	// The keypad is the same conversation.
	if err := lane.Press(ctx, "\x1b"+ayseKeyed+"\r", "600 points"); err != nil {
		t.Fatal(err)
	}
	b.see(".who .balance", "600 points")
	for !strings.Contains(b.text(".who"), "500 points can be spent here") { // headquarters sets them aside
		b.key("\x1b")
		b.key(ayseKeyed + "\r")
		b.see(".who .balance", "600 points")
	}
	b.see("[data-reward=five]", "5.00")
	s.Network.Cut()
	b.see("#badge", "Offline since")
	b.key("12345")
	b.see(".earns", "123 points")
	b.click("[data-reward=five]")
	b.see(".sum .off", "to pay 118.45")
	look("redeeming")
	b.key("\r")
	b.see(".told .total", "118.45")
	b.see("#badge", "1 waits to be sent")
	look("offline")

	b.click("#sales li:first-child button")
	b.see("#paper", "118.45")
	look("receipt")
	b.click("#paper [data-press*=E]")
	b.see("#prompt", "How much comes back?")
	look("returning")
	b.key("12345\r") // of goods; her reward was a part of it
	b.see(".told", "118.45")
	b.see("#sales", "Return")
	b.see("#sales", "Return")
	if err := s.Network.Restore(); err != nil {
		t.Fatal(err)
	}
	b.see("#badge", "Online")
	look("returned")

	if err := demo.Employ(ctx, s); err != nil {
		t.Fatal(err)
	}
	b.open(page + "/checkout")
	b.see("h1", "Who sells?")
	look("login")
	b.fill("form.card", "operator", "9", "pin", "1111")
	b.see("[role=alert]", "Wrong number or PIN")
	b.fill("form.card", "operator", "9", "pin", "2486")
	b.see(".bar", "Sign off Zeynep")
	b.open(page + "/store")
	b.see("h1", "Today")
	look("today")
	b.open(page + "/store/members")
	look("members")
	b.fill("form.find", "phone", "0532 000 00 01")
	b.see(".member .balance", "600 points")
	look("member")
	b.fill("form[action$=adjust]", "amount", "50", "reason", "torn bag", "pin", "2486")
	b.see(".notice", "It is adjusted")
	b.see(".member .balance", "650 points")
	b.fill("form[action$=name]", "name", "Ayşe Yılmaz")
	b.see(".member .name", "A*** Y***")
	b.fill("form[action$=adjust]", "amount", "-1700", "reason", "lost card", "pin", "2486")
	b.see("[role=alert]", "She would owe 1,050 points")
	look("owes")
	b.click("form[action$=adjust] a")
	b.see(".member .balance", "650 points")
	b.open(page + "/store/operators")
	b.fill("form[action$=operators]", "id", "7", "name", "Ali Rıza Karamanoğlu", "pin", "4875", "manager_pin", "2486")
	b.see("table", "Ali Rıza Karamanoğlu")
	for _, section := range []string{"operators", "devices", "sync", "reports"} {
		b.open(page + "/store/" + section)
		b.see("[aria-current=page]", "")
		if over := ask[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%s is %d pixels too wide", section, over)
		}
		look(section)
	}
	b.open(page + "/chekout")
	b.see("h1", "No such page")
	look("missing")
	b.open(page + "/checkout?lang=tr")
	b.see("#prompt", "Telefon numarası veya kart")
	look("kasa")
	virtualCheckout(t, b, s, look)
	b.calm()
}

// On the virtual checkout the keypad, scanner, display and printer of a till are
// drawn; what is pressed there goes to the till and comes back from it, with and
// without a network.
func virtualCheckout(t *testing.T, b *browser, s *stage.Stage, look func(string)) {
	if err := s.Join(testkit.Within(t, 30*time.Second), "till2", "Till 2", "hq", "--store", "demo"); err != nil {
		t.Fatal(err)
	}
	page, streams := demo.NewVirtual(t.Context(), s), make(chan struct{})
	virtual := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			select {
			case <-streams:
			case <-r.Context().Done(): // the test failed before
			}
		}
		page.ServeHTTP(w, r)
	}))
	t.Cleanup(virtual.Close)
	flip := func() {
		answer, err := http.Post(virtual.URL+"/network", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	b.open(virtual.URL + "/?lang=en")
	b.see(".vfd", stage.Ready)
	for _, part := range []string{".vfd", ".keypad", ".roll"} {
		if top := ask[float64](b, fmt.Sprintf(`document.querySelectorAll(%q)[1].getBoundingClientRect().top`, part)); top > 700 {
			t.Errorf("%s of the second till begins %v pixels from the top", part, top)
		}
	}
	flip() // between the page and its stream
	close(streams)
	b.see("#network", "Network is cut")
	flip()
	b.see("#till1 .badge", "online")
	b.click("[data-press^='0532']")
	b.see(".vfd", "Amount, then ENTER")
	b.click("#network button")
	b.see("#network", "Network is cut")
	b.see("#till1 .badge", "offline")
	b.key("4200")
	b.see(".vfd", "42.00")
	b.key("\r")
	b.see(".vfd", "Earned")
	b.see(".roll .paper .double", "42.00")
	look("virtual")
	b.click("[hx-post$=paper]")
	b.see("[hx-post$=paper]", "Load paper")
	b.click("[hx-post$=paper]")
	b.key("\x1b")
	b.see(".vfd", stage.Ready)
	b.click("[hx-vals*=example]")
	b.see(".vfd", "A web page, no card")
	b.click("#network button")
	b.see("#till1 .badge", "online")
}

package story_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A scanner that is a keyboard types into the page: what it reads is a scan, never
// keys. It undoes no sale, is no amount, and serves whose number it reads.
func TestScanIntoPage(t *testing.T) {
	s := newStage(t)
	if err := s.OpenShop(testkit.Within(t, 30*time.Second), "till"); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	b.open("http://" + s.Lanes[0].Address)
	b.see("#prompt", "Phone number or card")
	b.key(ayseKeyed + "\r")
	b.see(".whole", "+905320000001")
	b.key("c")
	b.see(".who .balance", "0 points")
	b.key("60000\r")
	b.see(".told .earned", "+600 points")

	b.scan("B12")
	b.see(".remark, .told .total", "600.00")
	b.key("\x1b")
	b.see("#prompt", "Phone number or card")
	b.scan("tel:+905320000001")
	b.see(".who .balance", "600 points")
	b.scan("96385074")
	b.see(".remark", "Product: use POS")
	if amount := b.text(".sum .field"); amount != "0" {
		t.Errorf("a scan is the amount %s", amount)
	}
	b.key("100\r")
	b.see(".told .total", "1.00")
	if sales := ask[int](b, `document.querySelectorAll("#sales li").length`); sales > 2 {
		t.Errorf("%d sales", sales)
	}
	b.calm()
}

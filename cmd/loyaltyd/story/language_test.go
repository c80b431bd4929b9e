package story_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till whose language is Turkish speaks it on the customer's pad, on paper and in what
// the POS shows and prints; its diary and problems stay English.
func TestTurkishTill(t *testing.T) {
	ctx := testkit.Within(t, 20*time.Second)
	pad, err := sim.NewPINPad(t.TempDir() + "/pad")
	if err != nil {
		t.Fatal(err)
	}
	defer pad.Close()
	printer, err := sim.NewPrinter(t.TempDir() + "/printer")
	if err != nil {
		t.Fatal(err)
	}
	defer printer.Close()
	config := shop.Config(testkit.Private(t))
	config.Language = "tr"
	config.Keypads = []configs.Keypad{{Name: "pad", Serial: configs.Serial{Port: pad.Path(), Baud: 9600}, Protocol: "z"}}
	config.Printers = []configs.Printer{{Name: "front", Serial: configs.Serial{Port: printer.Path(), Baud: 9600}, Profile: "generic-80"}}
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)

	for _, step := range []struct{ keys, shows string }{
		{"", "Store 1 Telefon, sonra ENTER"},
		{"05320000001#", "***0001 0 puan Tutar, sonra ENTER"},
		{"12345", "***0001 0 puan Tutar 123,45"},
		{"#", "Kazanilan +123 Bakiye 123"},
	} {
		if err := pad.Press(ctx, step.keys); err != nil {
			t.Fatal(err)
		}
		if err := pad.Wait(ctx, step.shows); err != nil {
			t.Errorf("shows %q, want %q", pad.Shown(), step.shows)
		}
	}
	paper := nextPaper(ctx, t, printer, 1)
	for _, words := range []string{"Fis ", "TOPLAM TL", "123,45", "Kazanilan", "123 puan", "Kayit "} {
		if !strings.Contains(paper, words) {
			t.Errorf("no %q on\n%s", words, paper)
		}
	}
	var sold api.Completed
	answer := shop.Asks(t, till, "/v1/sales/S-1/complete", fmt.Sprintf(
		`{"business_day_date":%q,"currency_code":"TRY","line_items":[{"sku":"A","extended_amount":123456}],"member":{"phone":%q}}`, shop.Ago(0), shop.Ayse))
	if err := json.Unmarshal(answer, &sold); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(sold.DisplayLines, "/"); got != "Ödenecek    1.234,56/Bakiye          1357" {
		t.Errorf("the POS shows %q", got)
	}
	if text := strings.Join(sold.ReceiptLines, "\n"); !strings.Contains(text, "TOPLAM TL") || !strings.Contains(text, "1.357 puan") {
		t.Errorf("the POS prints\n%s", text)
	}
}

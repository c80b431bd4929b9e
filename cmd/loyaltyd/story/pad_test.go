package story_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A customer keys her number and the cashier the amount on a pad that speaks Z
// messages; it shows what a display would.
func TestPadStory(t *testing.T) {
	ctx := testkit.Within(t, 20*time.Second)
	pad, err := sim.NewPINPad(t.TempDir() + "/pad")
	if err != nil {
		t.Fatal(err)
	}
	defer pad.Close()
	config := shop.Config(testkit.Private(t))
	config.Keypads = []configs.Keypad{{Name: "pad", Serial: configs.Serial{Port: pad.Path(), Baud: 9600}, Protocol: "z"}}
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)

	for _, step := range []struct{ keys, shows string }{
		{"", "Store 1 Phone, then ENTER"},
		{"053", "Phone, then ENTER 053"},
		{"20000001", "Phone, then ENTER *******0001"},
		{"#", "***0001 0 points Amount, then ENTER"},
		{"12345", "***0001 0 points Amount 123.45"},
		{"#", "Earned +123 Balance 123"},
		{"*", "Store 1 Phone, then ENTER"},
	} {
		if err := pad.Press(ctx, step.keys); err != nil {
			t.Fatal(err)
		}
		if err := pad.Wait(ctx, step.shows); err != nil {
			t.Errorf("shows %q, want %q", pad.Shown(), step.shows)
		}
	}
}

package story_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

// A till's folder is copied (cp -a) while the network is cut, and till and copy both
// spend what they may of what was set aside for the one: all of it, or nothing where
// the copy has no mark. Once headquarters hears of both the id is fenced at both;
// what the later one wrote is held, and once a manager lets it be posted, what it
// spent is booked to the program's loss and reported: no more than the exposure had
// said.
func TestClonedDisk(t *testing.T) {
	for name, forget := range map[string][]string{"whole": nil, "without its mark": {"mark"}} {
		t.Run(name, func(t *testing.T) { clonedDisk(t, forget) })
	}
}

func clonedDisk(t *testing.T, forget []string) {
	c := newChain(t, welcome(t), "till")
	between, till := proxied{c}, c.Lanes[0]
	c.enroll(till)
	between.pos(till).sell("1", 180_000)
	c.until("points set aside", func() (bool, string) {
		has := c.has(till, "points")
		return has == 1500, fmt.Sprint(has, " points")
	})
	c.sent(till)
	between.cut()
	exposure := maySpend(c.rights(), "Till 1", "points")
	till.Process.Stop()
	copied, err := c.Copy("copy", "till")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range forget {
		if err := os.Remove(filepath.Join(c.Folder("copy"), file)); err != nil {
			t.Fatal(err)
		}
	}
	spent, both, atPOS := map[string]int64{}, []*stage.Lane{till, copied}, map[string]*pos{}
	for _, l := range both {
		if err := c.Boot(c.ctx, l); err != nil {
			t.Fatal(err)
		}
		atPOS[l.Name] = newPOS(t, c.Stage, l)
		for n := 0; n < 10; n++ {
			if sale, ok := atPOS[l.Name].sell(fmt.Sprint(l.Name, "-", n), 1000, "five"); ok {
				spent[l.Name] += sale.Redeemed
			}
		}
	}
	between.heal()
	for n, fenced := 0, 0; fenced < len(both); n++ { // each goes on selling until it is
		fenced = 0
		for _, l := range both {
			atPOS[l.Name].sell(fmt.Sprint(l.Name, "-earn-", n), 10_000)
			var status terminal.Status
			c.until(l.Name+" to send", func() (bool, string) {
				c.ask(&status, l.Name, "status")
				return status.Unsent == 0, fmt.Sprint(status.Unsent, " unsent")
			})
			if status.Fenced {
				fenced++
			}
		}
	}
	c.sent()
	var all []inquiry.TerminalState
	c.ask(&all, "hq", "hq", "terminals")
	if len(all) != 1 || all[0].Fenced == "" || all[0].Held == 0 {
		t.Fatalf("headquarters says %+v", all)
	}
	c.release("Till 1")
	loss := max(0, spent["till"]+spent["copy"]-exposure)
	if loss > exposure || loss == 0 && forget == nil || spent["copy"] > 0 && forget != nil {
		t.Errorf("of an exposure of %d %v was spent", exposure, spent)
	}
	var after inquiry.Exposure
	c.until(fmt.Sprintf("a loss of %d", loss), func() (bool, string) {
		after = c.rights()
		return lost(after, "points") == loss, fmt.Sprintf("%+v", after.Losses)
	})
	c.sent()
	for _, l := range after.Losses {
		if !strings.Contains(l.Why, "by a copy or a restored disk") {
			t.Errorf("lost %d: %s", l.Amount, l.Why)
		}
	}
	c.clean()
	t.Logf("exposure %d; till and copy spent %v; the id is fenced, %d entries were held and released: lost %d, of %d entries",
		exposure, spent, all[0].Held, loss, len(after.Losses))
}

// release has a manager let post what is held of a till.
func (c *chain) release(till string) {
	c.t.Helper()
	for _, args := range [][]string{
		{"operator", "add", "9", "--name", "Zeynep", "--role", "manager"},
		{"hq", "release", till, "--yes", "--manager", "9"},
	} {
		args = append(args, "--pin-stdin", "--config", c.Config("hq"), "--data", c.Folder("hq"))
		if code, said := shop.Keyed(c.t, shop.ManagerPIN, args...); code != exit.OK {
			c.t.Fatalf("%v: exit %d: %s", args, code, said)
		}
	}
}

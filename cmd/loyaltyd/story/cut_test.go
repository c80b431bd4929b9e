package story_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/configs"
)

// link is what is between tills and headquarters.
type link interface {
	cut()
	heal()
	// pos is a POS at a till, which is not cut off from it.
	pos(*stage.Lane) *pos
}

// welcome is the starter with a voucher for who spends a lot.
func welcome(t testing.TB) string {
	t.Helper()
	text := strings.NewReplacer(
		"rules:\n", "rules:\n  - {id: welcome, on: sale, when: 'basket.gross >= 80000', issue: coffee}\n",
		"rewards:\n", "rewards:\n  - {id: coffee, grant_only: true, benefit: {discount: 700}, voucher: P90D}\n",
	).Replace(string(configs.Starter))
	file := filepath.Join(t.TempDir(), "program.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Two tills know one member, and the network between them and headquarters is
// cut. Together they spend no more than what was set aside for them, her voucher
// once, and take one receipt back both. When it is healed all three agree, what
// came back twice counts once, and nothing is lost. With -shown each has a network
// namespace of its own and its link is taken down.
func TestTillsCutOff(t *testing.T) {
	c := newChain(t, welcome(t), "one", "two")
	between := c.link()
	one, two := c.Lanes[0], c.Lanes[1]
	c.enroll(one)
	atOne, atTwo := between.pos(one), between.pos(two)
	var balance int64
	sell := func(at *pos, id string, amount int64, rewards ...string) (sale posSale, ok bool) {
		t.Helper()
		sale, ok = at.sell(id, amount, rewards...)
		balance += sale.Earned - sale.Redeemed
		return sale, ok
	}
	setAside := func(one, two int64) {
		t.Helper()
		c.sent(c.Lanes...)
		for lane, points := range map[*stage.Lane]int64{c.Lanes[0]: one, c.Lanes[1]: two} {
			c.until("rights at "+lane.Name, func() (bool, string) {
				has := c.has(lane, "points")
				return has >= points, fmt.Sprint(has, " points")
			})
		}
		c.shows(balance, c.Lanes...)
	}
	sell(atOne, "1", 80_000)
	setAside(500, 0)
	receipt, ok := sell(atOne, "2", 20_000, "five")
	if !ok {
		t.Fatal("online a reward is refused")
	}
	sell(atOne, "3", 70_000)
	setAside(1000, 0)
	sell(atTwo, "4", 70_000)
	sell(atTwo, "5", 70_000)
	setAside(1000, 1000)

	between.cut()
	rights := c.rights()
	redeemed := map[string][2]int{}
	for lane, at := range map[*stage.Lane]*pos{one: atOne, two: atTwo} {
		fives, coffees := 0, 0
		for _, ok := sell(at, "five-0", 1000, "five"); ok && fives < 100; _, ok = sell(at, fmt.Sprint("five-", fives), 1000, "five") {
			fives++
		}
		for _, ok := sell(at, "coffee-0", 1000, "coffee"); ok && coffees < 100; _, ok = sell(at, fmt.Sprint("coffee-", coffees), 1000, "coffee") {
			coffees++
		}
		redeemed[lane.Name] = [2]int{fives, coffees}
		at.takeBack(receipt)
		sell(at, "earn", 10_000)
	}
	if redeemed["one"][1]+redeemed["two"][1] != 1 {
		t.Errorf("one voucher was spent: [fives coffees] %v", redeemed)
	}
	for name, title := range map[string]string{"one": "Till 1", "two": "Till 2"} {
		if may, did := maySpend(rights, title, "points"), int64(500*redeemed[name][0]); did == 0 || did > may {
			t.Errorf("%s spent %d offline and had rights to %d", name, did, may)
		}
	}
	between.heal()
	balance += receipt.Redeemed - receipt.Earned // once
	c.sent(one, two)
	c.shows(balance, one, two)
	after := c.rights()
	if len(after.Losses)+len(after.Unproven) > 0 {
		t.Errorf("lost: %+v, unproven %+v", after.Losses, after.Unproven)
	}
	c.clean()
	t.Logf("cut off, of rights to %d and %d points and one voucher, [rewards, vouchers] were spent: %v; healed, all say %d, nothing lost",
		maySpend(rights, "Till 1", "points"), maySpend(rights, "Till 2", "points"), redeemed, balance)
}

// link returns the links of a chain that stands.
func (c *chain) link() link {
	if *fullNumbers {
		if between := newNamespaces(c); between != nil {
			return between
		}
	}
	return proxied{c}
}

// proxied is the stage's own network.
type proxied struct{ c *chain }

func (p proxied) cut() { p.c.Network.Cut() }

func (p proxied) heal() {
	if err := p.c.Network.Restore(); err != nil {
		p.c.t.Fatal(err)
	}
}

func (p proxied) pos(l *stage.Lane) *pos { return newPOS(p.c.t, p.c.Stage, l) }

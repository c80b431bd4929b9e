package hub_test

import "testing"

const ana = "+905321234567"

// Without internet a customer earns at lane 1 and sees it at lane 2, where she
// spends what stands at the hub. The hub is killed and the lanes go on; the internet
// is back, and all agree.
func TestShopWithoutInternet(t *testing.T) {
	t.Parallel()
	s := newShop(t, 3)
	s.join(0, ana)
	s.sell(0, ana, 120_000) // 1200 points
	s.settle()

	s.cut(true)
	s.sell(0, ana, 10_000) // 100 more
	s.meet()
	s.shows(1, ana, 1300)
	s.shows(2, ana, 1300)
	s.sell(1, ana, 2_000, "five")
	s.meet()
	s.shows(0, ana, s.told[ana])
	s.shows(2, ana, s.told[ana])

	s.hub.Kill()
	s.sell(2, ana, 5_000)
	s.sell(0, ana, 5_000)
	s.refused(s.try(2, ana, 2_000, "five"))

	s.cut(false)
	s.hub.Restart()
	s.settle()
	s.agree()
}

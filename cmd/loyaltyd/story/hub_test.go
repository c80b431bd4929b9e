package story_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A hub is enrolled, its till reaches headquarters through it, and both say so; a
// hub's folder is no till's, nor the other way round. With the full numbers three
// tills tell the story of a shop without internet, and the hub is killed again and
// again.
func TestHub(t *testing.T) {
	tills, rounds := 1, 0
	if *fullNumbers {
		tills, rounds = 3, 40
	}
	ctx := testkit.Within(t, time.Minute+time.Duration(rounds)*10*time.Second)
	h := openHubStage(ctx, t, tills)
	h.sayHow(ctx)
	h.refuse(ctx)
	if rounds > 0 {
		h.story(ctx)
		for range rounds {
			h.round(ctx)
		}
		h.agree(ctx)
	}
}

// hubStage is a store with a hub.
type hubStage struct {
	*testing.T
	*stage.Stage
	tills []*killing
	has   int64 // her balance, as she was told
	sales int
}

func openHubStage(ctx context.Context, t *testing.T, tills int) *hubStage {
	t.Helper()
	h := &hubStage{T: t, Stage: newStage(t)}
	h.must(h.Open(ctx))
	h.must(h.OpenHub(ctx))
	for i, name := range []string{"a", "b", "c"}[:tills] {
		h.must(h.Join(ctx, name, fmt.Sprintf("Till %d", i+1), "hq", "--store", "demo"))
		h.hubReached(ctx, name)
		h.tills = append(h.tills, &killing{t: t, stage: h.Stage, lane: h.Lanes[i]})
	}
	return h
}

func (h *hubStage) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// sayHow looks at what till and hub say of each other.
func (h *hubStage) sayHow(ctx context.Context) {
	h.Helper()
	h.until(ctx, func() (string, bool) {
		_, said, _ := commandtest.Run(h.T, "status", "--config", h.Config("a"))
		return said, strings.Contains(said, ", via the hub\n") && strings.Contains(said, "0 only here")
	})
	_, said, _ := commandtest.Run(h.T, "hub", "status", "--config", h.Config("hub"))
	for _, words := range []string{"hub.address: https://127.0.0.1:", "headquarters answers", "Till 1 ("} {
		if !strings.Contains(said, words) {
			h.Errorf("hub status does not say %q:\n%s", words, said)
		}
	}
}

// refuse wants daemons to refuse each other's folders, and a store a second hub.
func (h *hubStage) refuse(ctx context.Context) {
	h.Helper()
	for _, c := range [][]string{
		{"hub's folder", "run", "--config", h.Config("hub")},
		{"till's folder", "hub", "--config", h.Config("a"), "--data", h.Folder("a") + "-copy"},
	} {
		if c[0] == "till's folder" {
			h.must(os.Mkdir(h.Folder("a")+"-copy", 0o700))
			key, err := os.ReadFile(datadir.KeyFile(h.Folder("a")))
			h.must(err)
			h.must(os.WriteFile(datadir.KeyFile(h.Folder("a")+"-copy"), key, 0o600))
		} else {
			h.Hub.Process.Stop()
		}
		if code, _, talk := commandtest.Run(h.T, c[1:]...); code != exit.Config || !strings.Contains(talk, "loyaltyd") {
			h.Errorf("%s: exit %d, %s", c[0], code, talk)
		}
	}
	h.must(h.BootHub(ctx))
	if code, _, talk := commandtest.Run(h.T, "hq", "code", "--name", "Hub 2", "--store", "demo", "--hub", "--config", h.Config("hq")); code != exit.Data || !strings.Contains(talk, "the store has a hub") {
		h.Errorf("a second hub: exit %d, %s", code, talk)
	}
	for _, till := range h.tills {
		h.hubReached(ctx, till.lane.Name)
	}
}

// story: the uplink is cut. She earns at the first till and sees it at the second,
// where she redeems what stands at the hub; the third sees that. Somebody enrolls at the
// first, and the second knows him. The hub is killed and the tills go on. The uplink is
// back, and all agree.
func (h *hubStage) story(ctx context.Context) {
	h.Helper()
	a, b, c := h.tills[0], h.tills[1], h.tills[2]
	a.press(ctx, "05320000001\r", "New?")
	a.press(ctx, "C", "Amount, then")
	a.press(ctx, "120000\r", "+1200")
	a.press(ctx, "\x1b", stage.Ready)
	h.show(ctx, 1200)
	h.awaitHubRights(ctx)

	h.Network.Cut()
	a.press(ctx, "05320000001\r", "Amount, then")
	a.press(ctx, "10000\r", "+100")
	a.press(ctx, "\x1b", stage.Ready)
	h.show(ctx, 1300)
	b.press(ctx, "05320000001\r", "Amount, then")
	b.press(ctx, "A", "-5.00")
	b.press(ctx, "12345\r", "Pay 118.45")
	b.press(ctx, "\x1b", stage.Ready)
	h.show(ctx, 1300-500+118)
	h.newcomer(ctx)
	h.sayRelayed(ctx)

	h.Hub.Process.Kill()
	c.press(ctx, "05320000001\r", "Amount, then")
	c.press(ctx, "8000\r", "+80")
	c.press(ctx, "\x1b", stage.Ready)

	h.must(h.BootHub(ctx))
	h.must(h.Network.Restore())
	h.show(ctx, 1300-500+118+80)
	h.showOf(ctx, bora, 100)
	h.has = 1300 - 500 + 118 + 80
}

// bora is who comes while the uplink is cut.
const bora = "+905320000077"

// newcomer enrolls at the first till, and headquarters hears nothing of him; the
// second knows him by it, and what he earns at both is his.
func (h *hubStage) newcomer(ctx context.Context) {
	h.Helper()
	a, b := h.tills[0], h.tills[1]
	a.press(ctx, "05320000077\r", "New?")
	a.press(ctx, "C", "Amount, then")
	a.press(ctx, "7000\r", "+70")
	a.press(ctx, "\x1b", stage.Ready)
	h.showOf(ctx, bora, 70)
	b.press(ctx, "05320000077\r", "Amount, then")
	b.press(ctx, "3000\r", "+30")
	b.press(ctx, "\x1b", stage.Ready)
	h.showOf(ctx, bora, 100)
}

// round cuts the uplink, sells at a till, kills the hub while others sell, and lets
// all be heard.
func (h *hubStage) round(ctx context.Context) {
	h.Helper()
	h.Network.Cut()
	for i, till := range h.tills {
		if i == 1 {
			h.Hub.Process.Kill()
		}
		h.sales++
		status, answer, err := newPOS(h.T, h.Stage, till.lane).complete(fmt.Sprintf("H%d", h.sales), 1000, "05320000001")
		if err != nil || status != 200 {
			h.Fatalf("sale: %d %s, %v", status, answer, err)
		}
		h.has += 10
	}
	h.must(h.BootHub(ctx))
	h.show(ctx, h.has)
	h.must(h.Network.Restore())
}

// agree wants all to have been sent, nothing lost, and every folder to be whole.
func (h *hubStage) agree(ctx context.Context) {
	h.Helper()
	h.show(ctx, h.has)
	h.showOf(ctx, bora, 100)
	for _, l := range h.Lanes {
		h.until(ctx, func() (string, bool) {
			var status terminal.Status
			err := h.Ask(ctx, &status, l.Name, "status")
			return l.Name + " has something unsent", err == nil && status.Unsent == 0
		})
	}
	var rights struct {
		Losses []any `json:"losses"`
	}
	if err := h.Ask(ctx, &rights, "hq", "hq", "rights"); err != nil || len(rights.Losses) > 0 {
		h.Errorf("losses %v, %v", rights.Losses, err)
	}
	h.Drain()
	for _, name := range []string{"a", "b", "c", "hub", "hq"} {
		shop.Clean(h.T, h.Folder(name))
	}
}

// show waits until every till shows this balance of her.
func (h *hubStage) show(ctx context.Context, want int64) {
	h.Helper()
	h.showOf(ctx, shop.Ayse, want)
}

// showOf is show of who has a number.
func (h *hubStage) showOf(ctx context.Context, number string, want int64) {
	h.Helper()
	for _, l := range h.Lanes {
		h.until(ctx, func() (string, bool) {
			var shown command.ShownMember
			err := h.Ask(ctx, &shown, l.Name, "member", "show", number)
			return fmt.Sprintf("%s shows %d, want %d, %v", l.Name, balanceOf(shown), want, err), err == nil && balanceOf(shown) == want
		})
	}
}

// until asks until the answer is good.
func (h *hubStage) until(ctx context.Context, good func() (said string, ok bool)) {
	h.Helper()
	for {
		said, ok := good()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			h.Fatalf("at the end: %s", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// awaitHubRights waits until something is set aside at the hub.
func (h *hubStage) awaitHubRights(ctx context.Context) {
	h.Helper()
	h.until(ctx, func() (string, bool) {
		var status terminal.Status
		err := h.Ask(ctx, &status, "hub", "status")
		return "the hub has no rights", err == nil && len(status.OpenRights) > 0
	})
}

// hubReached waits until a till is in conversation with the hub.
func (h *hubStage) hubReached(ctx context.Context, name string) {
	h.Helper()
	h.until(ctx, func() (string, bool) {
		var status terminal.Status
		err := h.Ask(ctx, &status, name, "status")
		return name + " does not reach the hub", err == nil && status.Live != nil && status.Live.Hub != nil && status.Live.Hub.Reached
	})
}

// sayRelayed wants a till and the hub to say what stands where while the uplink is
// cut.
func (h *hubStage) sayRelayed(ctx context.Context) {
	h.Helper()
	h.until(ctx, func() (string, bool) {
		var status terminal.Status
		err := h.Ask(ctx, &status, "b", "status")
		near := err == nil && status.Live != nil && status.Live.Hub != nil
		return "b does not say it", near && status.Live.Hub.Reached && status.Live.Hub.Relayed == status.Unsent
	})
	var hub terminal.HubStatus
	if err := h.Ask(ctx, &hub, "hub", "hub", "status"); err != nil || hub.Relayed == 0 || hub.Introduced != 1 || len(hub.Lanes) != 3 {
		h.Errorf("hub says %+v, %v", hub, err)
	}
}

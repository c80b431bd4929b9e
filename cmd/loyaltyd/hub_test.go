package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// Three tills of a store and its hub, the uplink cut: she earns at the first and
// sees it at the second, where she redeems what stands at the hub; the third sees
// that. The hub is killed and the tills go on. The uplink is back, and all agree;
// nothing was lost.
func TestHub(t *testing.T) {
	if !*fullNumbers {
		t.Skip("processes are for `make shown`: package hub tells the story in one")
	}
	ctx := within(t, 2*time.Minute)
	s := newStage(t)
	if err := s.Open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.OpenHub(ctx); err != nil {
		t.Fatal(err)
	}
	var tills []*killing
	for i, name := range []string{"a", "b", "c"} {
		if err := s.Join(ctx, name, "Till "+string(rune('1'+i)), "hq", "--store", "demo"); err != nil {
			t.Fatal(err)
		}
		hubReached(ctx, t, s, name)
		tills = append(tills, &killing{t: t, stage: s, lane: s.Lanes[i]})
	}
	a, b, c := tills[0], tills[1], tills[2]
	a.press(ctx, "05320000001\r", "New?")
	a.press(ctx, "C", "Amount, then")
	a.press(ctx, "120000\r", "+1200")
	a.press(ctx, "\x1b", stage.Ready)
	show(ctx, t, s, 1200)
	awaitHubRights(ctx, t, s)

	s.Network.Cut()
	a.press(ctx, "05320000001\r", "Amount, then")
	a.press(ctx, "10000\r", "+100")
	a.press(ctx, "\x1b", stage.Ready)
	show(ctx, t, s, 1300)
	b.press(ctx, "05320000001\r", "Amount, then")
	b.press(ctx, "A", "-5.00")
	b.press(ctx, "12345\r", "Pay 118.45")
	b.press(ctx, "\x1b", stage.Ready)
	show(ctx, t, s, 1300-500+118)
	tellStatus(ctx, t, s)

	s.Hub.Process.Kill()
	c.press(ctx, "05320000001\r", "Amount, then")
	c.press(ctx, "8000\r", "+80")
	c.press(ctx, "\x1b", stage.Ready)

	if err := s.BootHub(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Network.Restore(); err != nil {
		t.Fatal(err)
	}
	show(ctx, t, s, 1300-500+118+80)
	allSent(ctx, t, s)
	var rights struct {
		Losses []any `json:"losses"`
	}
	if err := s.Ask(ctx, &rights, "hq", "hq", "rights"); err != nil || len(rights.Losses) > 0 {
		t.Errorf("losses %v, %v", rights.Losses, err)
	}
	s.Drain()
	for _, name := range []string{"a", "b", "c", "hub", "hq"} {
		clean(t, s.Folder(name))
	}
}

// show waits until every till shows this balance of her.
func show(ctx context.Context, t *testing.T, s *stage.Stage, want int64) {
	t.Helper()
	for _, l := range s.Lanes {
		awaitThat(ctx, t, func() (string, bool) {
			var shown shownMember
			err := s.Ask(ctx, &shown, l.Name, "member", "show", ayse)
			return l.Name + ": " + strings.TrimSpace(shown.Name), err == nil && balanceOf(shown) == want
		})
	}
}

// awaitThat asks until the answer is good.
func awaitThat(ctx context.Context, t *testing.T, good func() (said string, ok bool)) {
	t.Helper()
	for {
		said, ok := good()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("it says %s", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// awaitHubRights waits until something is set aside at the hub.
func awaitHubRights(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	awaitThat(ctx, t, func() (string, bool) {
		var status tillStatus
		err := s.Ask(ctx, &status, "hub", "status")
		return "hub without rights", err == nil && len(status.OpenRights) > 0
	})
}

// allSent waits until headquarters acknowledged all of every till.
func allSent(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	for _, l := range s.Lanes {
		awaitThat(ctx, t, func() (string, bool) {
			var status tillStatus
			err := s.Ask(ctx, &status, l.Name, "status")
			return l.Name + " has something unsent", err == nil && status.Unsent == 0
		})
	}
}

// tellStatus wants a till and the hub to say what stands where while the uplink is
// cut.
func tellStatus(ctx context.Context, t *testing.T, s *stage.Stage) {
	t.Helper()
	awaitThat(ctx, t, func() (string, bool) {
		var status tillStatus
		err := s.Ask(ctx, &status, "b", "status")
		near := status.Live != nil && status.Live.Hub != nil
		return "b does not say it", err == nil && near && status.Live.Hub.Reached && status.Live.Hub.Relayed == status.Unsent
	})
	var hub hubStatus
	if err := s.Ask(ctx, &hub, "hub", "hub", "status"); err != nil || hub.Relayed == 0 || len(hub.Lanes) != 3 {
		t.Errorf("hub says %+v, %v", hub, err)
	}
}

// hubReached waits until a till is in conversation with the hub.
func hubReached(ctx context.Context, t *testing.T, s *stage.Stage, name string) {
	t.Helper()
	awaitThat(ctx, t, func() (string, bool) {
		var status tillStatus
		err := s.Ask(ctx, &status, name, "status")
		return name + " does not reach the hub", err == nil && status.Live != nil && status.Live.Hub != nil && status.Live.Hub.Reached
	})
}

package story_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A shop without a server: till A alone serves a member, till B joins it by
// code, both serve her. A is switched off; B earns, and redeems what was set
// aside for it. A comes back, and A, B and the headquarters inside A agree.
func TestSecondTillJoins(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.OpenShop(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	a := &killing{t: t, stage: s, lane: s.Lanes[0]}
	a.press(ctx, "05320000001\r", "New?")
	a.press(ctx, "C", "Amount, then")
	a.press(ctx, "60000\r", "+600")
	a.press(ctx, "\x1b", stage.Ready)
	agree(ctx, t, s, map[string]points{"a": {600, 500}})

	if err := s.Join(ctx, "b", "Till 2", "a"); err != nil {
		t.Fatal(err)
	}
	b := &killing{t: t, stage: s, lane: s.Lanes[1]}
	agree(ctx, t, s, map[string]points{"a": {600, 500}, "b": {600, 0}})
	b.press(ctx, "05320000001\r", "600 points")
	b.press(ctx, "60000\r", "+600")
	b.press(ctx, "\x1b", stage.Ready)
	agree(ctx, t, s, map[string]points{"a": {1200, 500}, "b": {1200, 500}})

	s.Lanes[0].Process.Stop()
	b.press(ctx, "05320000001\r", "Amount, then")
	b.press(ctx, "A", "-5.00")
	b.press(ctx, "12345\r", "Pay 118.45")
	b.press(ctx, "\x1b", stage.Ready)
	b.press(ctx, "05320000001\r", "Amount, then")
	b.press(ctx, "8000\r", "+80")
	b.press(ctx, "\x1b", stage.Ready)

	if err := s.Boot(ctx, s.Lanes[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Point(ctx, "a", s.Lanes[0].Process); err != nil {
		t.Fatal(err)
	}
	const left = 1200 - 500 + 118 + 80
	agree(ctx, t, s, map[string]points{"a": {left, 500}, "b": {left, 0}})
	var status struct {
		Own struct {
			Terminals int `json:"terminals"`
			Held      int `json:"held"`
		} `json:"own_headquarters"`
	}
	if err := s.Ask(ctx, &status, "a", "status"); err != nil || status.Own.Terminals != 2 || status.Own.Held != 0 {
		t.Errorf("A's headquarters is %+v, %v", status.Own, err)
	}
	s.Drain()
	for _, name := range []string{"a", "b"} {
		shop.Clean(t, s.Folder(name))
	}
}

// points are what a till says of her.
type points struct{ balance, spendable int64 }

// agree waits until each till says this of her, and the headquarters inside A
// the same balance.
func agree(ctx context.Context, t *testing.T, s *stage.Stage, want map[string]points) {
	t.Helper()
	for {
		said, all := "", true
		for name, points := range want {
			var shown command.ShownMember
			err := s.Ask(ctx, &shown, name, "member", "show", shop.Ayse)
			text, _ := json.Marshal(shown)
			said += fmt.Sprintf("%s: %s %v\n", name, text, err)
			all = all && err == nil && points.is(shown) && (name != "a" || shown.Headquarters != nil && points.balance == balanceOf(*shown.Headquarters))
		}
		if all {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("want %v; they say\n%s", want, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p points) is(m command.ShownMember) bool {
	return len(m.Balances) == 1 && balanceOf(m) == p.balance && int64(*m.Balances[0].Spendable) == p.spendable
}

func balanceOf(m command.ShownMember) int64 {
	if len(m.Balances) != 1 {
		return -1
	}
	return int64(m.Balances[0].Balance)
}

// A till that carries its own headquarters and is killed again and again, in
// the middle of what both write, loses no sale that was told, and after each
// kill both come to have the same sales.
func TestOwnHeadquartersKilled(t *testing.T) {
	s := newStage(t)
	if err := s.OpenShop(testkit.Within(t, time.Minute), "till"); err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], amount: 10000, told: map[int64]face{}}
	k.press(testkit.Within(t, 10*time.Second), regular+"\r", "New?")
	k.press(testkit.Within(t, 10*time.Second), "C", "Amount, then")
	k.press(testkit.Within(t, 10*time.Second), "\x1b", stage.Ready)
	rounds := 5
	if *fullNumbers {
		rounds = 50
	}
	for round := range rounds {
		k.ownRound(round)
	}
	s.Drain()
	k.bothHave()
	shop.Clean(t, s.Folder("till"))
	t.Logf("killed %d times: %d sales told (%v), in both what was told", rounds, len(k.told), k.faces())
}

// ownRound kills a till that is its own headquarters in the middle of sales
// from all sides, and compares what both have once it runs again.
func (k *killing) ownRound(n int) {
	k.t.Helper()
	ctx := testkit.Within(k.t, time.Minute)
	k.till, k.asked = newPOS(k.t, k.stage, k.lane), map[int64]face{}
	stop, heard := make(chan struct{}), make(chan map[int64]face, 1)
	go func() { heard <- k.till.stream(n, stop) }()
	k.serve(ctx)
	amount := k.begin(ctx)
	if rand.N(2) == 0 {
		k.await(ctx, "Earned")
	}
	time.Sleep(rand.N(30 * time.Millisecond)) // where both write is to be hit, not waited for
	killDaemon(k.t, k.stage, k.lane)
	close(stop)
	maps.Copy(k.told, <-heard)
	if upper, _ := k.lane.Display.Lines(); strings.Contains(upper, "Earned") {
		k.told[amount] = k.asked[amount]
	}
	if err := k.stage.Boot(ctx, k.lane); err != nil {
		k.t.Fatal(err)
	}
	k.sent(ctx)
	k.bothHave()
}

// bothHave compares what a till that is its own headquarters and its
// headquarters have with what was told.
func (k *killing) bothHave() {
	k.t.Helper()
	here, _ := k.journal()
	there, _ := salesIn(k.t, k.stage.Folder("till")+"/hq.db", `SELECT seq, body FROM intake WHERE orig_seq IS NULL`)
	if !maps.Equal(here, there) {
		k.t.Errorf("headquarters has %d sales, the journal %d", len(there), len(here))
	}
	for amount, from := range k.told {
		if here[amount] != 1 {
			k.t.Errorf("sale of %d, told by the %s, stands %d times", amount, from, here[amount])
		}
	}
}

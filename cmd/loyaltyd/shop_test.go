package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
)

// A shop without a server: till A alone serves a member, till B joins it by
// code, both serve her. A is switched off; B earns, and redeems what was set
// aside for it. A comes back, and A, B and the headquarters inside A agree.
func TestSecondTillJoins(t *testing.T) {
	s := newStage(t)
	ctx := within(t, time.Minute)
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
		clean(t, s.Folder(name))
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
			var shown shownMember
			err := s.Ask(ctx, &shown, name, "member", "show", ayse)
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

func (p points) is(m shownMember) bool {
	return len(m.Balances) == 1 && balanceOf(m) == p.balance && int64(*m.Balances[0].Spendable) == p.spendable
}

func balanceOf(m shownMember) int64 {
	if len(m.Balances) != 1 {
		return -1
	}
	return int64(m.Balances[0].Balance)
}

// A till that carries its own headquarters and is killed again and again, in
// the middle of what both write, loses no sale that its display told, and both
// have the same sales.
func TestOwnHeadquartersKilled(t *testing.T) {
	s := newStage(t)
	ctx := within(t, 2*time.Minute)
	if err := s.OpenShop(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], amount: 10000, told: map[int64]string{}, asked: map[int64]string{}}
	k.press(ctx, "05320000001\r", "New?")
	k.press(ctx, "C", "Amount, then")
	k.press(ctx, "\x1b", stage.Ready)
	rounds := 5
	if *fullNumbers {
		rounds = 50
	}
	for range rounds {
		k.serve(ctx)
		amount := k.key(ctx)
		if rand.N(2) == 0 {
			k.await(ctx, "Earned")
			k.told[amount] = "keypad"
		}
		time.Sleep(rand.N(30 * time.Millisecond)) // where both write is to be hit, not waited for
		killDaemon(t, s, k.lane)
		if upper, _ := k.lane.Display.Lines(); strings.Contains(upper, "Earned") {
			k.told[amount] = "keypad"
		}
		if err := s.Boot(ctx, k.lane); err != nil {
			t.Fatal(err)
		}
	}
	k.sent(ctx)
	s.Drain()
	here, _ := k.journal()
	there, _ := salesIn(t, s.Folder("till")+"/hq.db", `SELECT seq, body FROM intake WHERE orig_seq IS NULL`)
	if !maps.Equal(here, there) {
		t.Errorf("headquarters has %d sales, the journal %d", len(there), len(here))
	}
	for amount := range k.told {
		if here[amount] != 1 {
			t.Errorf("sale of %d, told, stands %d times", amount, here[amount])
		}
	}
	clean(t, s.Folder("till"))
}

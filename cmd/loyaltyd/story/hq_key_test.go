package story_test

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Headquarters' key is rotated while a till sells, once with time and once at once;
// it knows, goes over by itself, also in a new process, and doctor finds nothing.
func TestRotateKeyByHand(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	till, stopTill := shop.StoreTill(t, dir, "1", "starter")
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.ComesToShow(t, till, 100)
	if text := shop.Says(t, []string{"signs "}, "hq", "key", "--data", dir); strings.Contains(text, "tills have not") {
		t.Errorf("nothing was rotated: %s", text)
	}
	shop.Says(t, []string{"signs ", "until 20", "next "}, "hq", "key", "rotate", "--overlap", "1h", "--data", dir)
	shop.AwaitsWords(t, []string{"0 of 1 tills have not"}, "hq", "key", "--data", dir)
	if code, _, talk := commandtest.Run(t, "hq", "key", "rotate", "--data", dir); code != exit.Data || !strings.Contains(talk, "has a successor already") {
		t.Errorf("a second successor: exit %d, %s", code, talk)
	}
	if code, _, talk := commandtest.Run(t, "hq", "key", "rotate", "--overlap=-1h", "--data", dir); code != exit.Usage || !strings.Contains(talk, "720h") {
		t.Errorf("an overlap below zero: exit %d, %s", code, talk)
	}
	shop.Sell(t, till, "2", 10_000)
	shop.ComesToShow(t, till, 200)
	stopTill()
	stop()
	shop.Clean(t, dir)
}

// A till that is its own headquarters rotates that's key as well, and opens with it.
func TestRotateOwnKey(t *testing.T) {
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.ComesToShow(t, till, 100)
	shop.Says(t, []string{"retired ", "signs "}, "hq", "key", "rotate", "--overlap", "0s", "--data", dir)
	shop.Sell(t, till, "2", 10_000)
	shop.ComesToShow(t, till, 200)
	stop()
	again, stop := shop.Open(t, shop.Config(dir))
	shop.Sell(t, again, "3", 10_000)
	shop.ComesToShow(t, again, 300)
	shop.Says(t, []string{`"retired"`, `"unaware": 0`}, "hq", "key", "--json", "--data", dir)
	stop()
	shop.Clean(t, dir)
}

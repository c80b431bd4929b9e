package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// Headquarters' key is rotated while a till sells, once with time and once at once;
// it knows, goes over by itself, also in a new process, and doctor finds nothing.
func TestRotateKeyByHand(t *testing.T) {
	dir := private(t)
	config := shopConfig(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := openHQDaemon(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, h)
	till, stopTill := storeTill(t, dir, "1", "starter")
	takeIn(t, till, ayse)
	sell(t, till, "1", 10_000)
	comesToShow(t, till, 100)
	if text := says(t, []string{"signs "}, "hq", "key", "--data", dir); strings.Contains(text, "tills have not") {
		t.Errorf("nothing was rotated: %s", text)
	}
	says(t, []string{"signs ", "until 20", "next "}, "hq", "key", "rotate", "--overlap", "1h", "--data", dir)
	awaitsWords(t, []string{"0 of 1 tills have not"}, "hq", "key", "--data", dir)
	if code, _, talk := command(t, "hq", "key", "rotate", "--data", dir); code != exit.Data || !strings.Contains(talk, "has a successor already") {
		t.Errorf("a second successor: exit %d, %s", code, talk)
	}
	if code, _, talk := command(t, "hq", "key", "rotate", "--overlap=-1h", "--data", dir); code != exit.Usage || !strings.Contains(talk, "720h") {
		t.Errorf("an overlap below zero: exit %d, %s", code, talk)
	}
	sell(t, till, "2", 10_000)
	comesToShow(t, till, 200)
	stopTill()
	stop()
	clean(t, dir)
}

// A till that is its own headquarters rotates that's key as well, and opens with it.
func TestRotateOwnKey(t *testing.T) {
	dir := private(t)
	till, stop := openOwnTill(t, shopConfig(dir))
	takeIn(t, till, ayse)
	sell(t, till, "1", 10_000)
	comesToShow(t, till, 100)
	says(t, []string{"retired ", "signs "}, "hq", "key", "rotate", "--overlap", "0s", "--data", dir)
	sell(t, till, "2", 10_000)
	comesToShow(t, till, 200)
	stop()
	again, stop := openOwnTill(t, shopConfig(dir))
	sell(t, again, "3", 10_000)
	comesToShow(t, again, 300)
	says(t, []string{`"retired"`, `"unaware": 0`}, "hq", "key", "--json", "--data", dir)
	stop()
	clean(t, dir)
}

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

// Headquarters publishes two programs and serves a store of each: a member of both
// has points under both, named where there are several. Then one store is given a
// third.
func TestTwoProgramsTwoStores(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	gold := shop.Version(t, "program: starter", "program: gold", "currency: TRY", "currency: EUR", "points: 1/100", "points: 3/100")
	if code, _, talk := commandtest.Run(t, "hq", "store", "set", "2", "--program", "gold", "--data", dir); code != exit.Data || !strings.Contains(talk, `no program "gold"`) {
		t.Errorf("a program that is not published: exit %d, %s", code, talk)
	}
	shop.Says(t, []string{"version 1 of gold is published\n"}, "program", "publish", gold, "--another", "--yes", "--data", dir)
	shop.Says(t, []string{"version 1 of gold is published already\n"}, "program", "publish", gold, "--yes", "--data", dir)
	shop.Says(t, []string{"2, Airport: EUR, program gold, tills: 0\n"}, "hq", "store", "set", "2", "--program", "gold", "--name", "Airport", "--data", dir)

	lira, stopLira := shop.StoreTill(t, dir, "1", "starter")
	euro, stopEuro := shop.StoreTill(t, dir, "2", "gold")
	shop.Says(t, []string{"1, Store 1: TRY, program starter, tills: 1\n", "2, Airport: EUR, program gold, tills: 1\n"}, "hq", "stores", "--data", dir)
	shop.Says(t, []string{"starter counts in TRY; stores 1\n", "gold counts in EUR; stores 2\n", "gold, version 1: "}, "program", "list", "--data", dir)
	shop.TakeIn(t, lira, shop.Ayse)
	shop.Sell(t, lira, "1", 60_000)
	shop.ComesToShow(t, euro, 0) // she is known there too
	shop.SellIn(t, euro, "EUR", "1", 10_000)
	shop.ComesToShow(t, lira, 600)
	shop.ComesToShow(t, euro, 300)
	shop.AwaitsWords(t, []string{"600 points of starter", "300 points of gold"}, "member", "show", shop.Ayse, "--data", dir)
	shop.Says(t, []string{"    program starter\n", "    program gold\n"}, "member", "history", shop.Ayse, "--data", dir)
	if code, _, talk := commandtest.Run(t, "member", "adjust", shop.Ayse, "--amount", "+50", "--reason", "late", "--data", dir); code != exit.Usage || !strings.Contains(talk, "--program") {
		t.Errorf("of which program? exit %d, %s", code, talk)
	}
	shop.Says(t, nil, "member", "adjust", shop.Ayse, "--amount", "+50", "--reason", "late", "--program", "gold", "--data", dir)
	shop.ComesToShow(t, euro, 350)
	if _, out, _ := commandtest.Run(t, "doctor", "--data", euro.Config.DataDir); !strings.Contains(out, "gold, version 1, in EUR, days end in") {
		t.Errorf("a till of the second program: doctor says\n%s", out)
	}
	shop.ComesToShow(t, lira, 600)

	silver := shop.Version(t, "program: starter", "program: silver", "points: 1/100", "points: 2/100")
	shop.Says(t, nil, "program", "publish", silver, "--another", "--yes", "--data", dir)
	stopLira()
	shop.Says(t, []string{"1, Store 1: TRY, program silver, tills: 1\n"}, "hq", "store", "set", "1", "--program", "silver", "--data", dir)
	lira, stopLira = shop.ChangedOver(t, lira.Config.DataDir, "silver")
	shop.Sell(t, lira, "2", 10_000)
	shop.ComesToShow(t, lira, 200)
	shop.AwaitsWords(t, []string{"600 points of starter", "350 points of gold", "200 points of silver"}, "member", "show", shop.Ayse, "--data", dir)
	stopLira()
	stopEuro()
	stop()
	for _, folder := range []string{dir, lira.Config.DataDir, euro.Config.DataDir} {
		shop.Clean(t, folder)
	}
}

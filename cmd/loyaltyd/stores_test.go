package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// says runs a command that succeeds, and wants words in what it says.
func says(t testing.TB, words []string, args ...string) string {
	t.Helper()
	code, out, talk := command(t, args...)
	if code != exit.OK {
		t.Fatalf("%v: exit %d: %s%s", args, code, out, talk)
	}
	for _, want := range words {
		if !strings.Contains(out, want) {
			t.Errorf("%v: %q is not in\n%s", args, want, out)
		}
	}
	return out
}

// storeTill enrolls a till at a store, and opens it until it works by the store's
// program.
func storeTill(t testing.TB, hq, store, program string) (till *terminal, stop func()) {
	t.Helper()
	dir := private(t)
	code := strings.TrimSpace(says(t, nil, "hq", "code", "--store", store, "--name", "Till of "+store, "--data", hq))
	says(t, nil, "enroll", code, "--data", dir)
	return changedOver(t, dir, program)
}

// changedOver opens a till, which ends once where its store has another program
// than it was opened for.
func changedOver(t testing.TB, dir, program string) (till *terminal, stop func()) {
	t.Helper()
	till, err := openTerminal(t.Context(), shopConfig(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	if till.store.Program() != program {
		if err := till.Run(within(t, 10*time.Second)); !errors.Is(err, errAnotherProgram) {
			t.Fatalf("it ends with %v", err)
		}
		if err := till.Close(); err != nil {
			t.Fatal(err)
		}
		if till, err = openTerminal(t.Context(), shopConfig(dir), zerolog.New(t.Output())); err != nil {
			t.Fatal(err)
		}
	}
	if got := till.store.Program(); got != program {
		t.Fatalf("it works by %s, want %s", got, program)
	}
	return till, runs(t, till)
}

// comesToShow waits until a till's folder says so much of her.
func comesToShow(t testing.TB, till *terminal, balance ledger.Points) {
	t.Helper()
	var got ledger.Points
	for ctx := within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		shown, err := findMember(ctx, till.config, ayse)
		got = 0
		for _, b := range shown.Balances {
			got += b.Balance
		}
		if err == nil && got == balance {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("she has %d, %v; want %d", got, err, balance)
		}
	}
}

// Headquarters publishes two programs and serves a store of each: a member of both
// has points under both, named where there are several. Then one store is given a
// third.
func TestTwoProgramsTwoStores(t *testing.T) {
	dir := private(t)
	config := shopConfig(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := openHQDaemon(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, h)
	gold := version(t, "program: starter", "program: gold", "currency: TRY", "currency: EUR", "points: 1/100", "points: 3/100")
	if code, _, talk := command(t, "hq", "store", "set", "2", "--program", "gold", "--data", dir); code != exit.Data || !strings.Contains(talk, `no program "gold"`) {
		t.Errorf("a program that is not published: exit %d, %s", code, talk)
	}
	says(t, []string{"version 1 of gold is published\n"}, "program", "publish", gold, "--another", "--yes", "--data", dir)
	says(t, []string{"version 1 of gold is published already\n"}, "program", "publish", gold, "--yes", "--data", dir)
	says(t, []string{"2, Airport: EUR, program gold, tills: 0\n"}, "hq", "store", "set", "2", "--program", "gold", "--name", "Airport", "--data", dir)

	lira, stopLira := storeTill(t, dir, "1", "starter")
	euro, stopEuro := storeTill(t, dir, "2", "gold")
	says(t, []string{"1, Store 1: TRY, program starter, tills: 1\n", "2, Airport: EUR, program gold, tills: 1\n"}, "hq", "stores", "--data", dir)
	says(t, []string{"starter counts in TRY; stores 1\n", "gold counts in EUR; stores 2\n", "gold, version 1: "}, "program", "list", "--data", dir)
	takeIn(t, lira, ayse)
	sell(t, lira, "1", 60_000)
	comesToShow(t, euro, 0) // she is known there too
	sellIn(t, euro, "EUR", "1", 10_000)
	comesToShow(t, lira, 600)
	comesToShow(t, euro, 300)
	awaitsWords(t, []string{"600 points of starter", "300 points of gold"}, "member", "show", ayse, "--data", dir)
	says(t, []string{"    program starter\n", "    program gold\n"}, "member", "history", ayse, "--data", dir)
	if code, _, talk := command(t, "member", "adjust", ayse, "--amount", "+50", "--reason", "late", "--data", dir); code != exit.Usage || !strings.Contains(talk, "--program") {
		t.Errorf("of which program? exit %d, %s", code, talk)
	}
	says(t, nil, "member", "adjust", ayse, "--amount", "+50", "--reason", "late", "--program", "gold", "--data", dir)
	comesToShow(t, euro, 350)
	if _, out, _ := command(t, "doctor", "--data", euro.config.DataDir); !strings.Contains(out, "gold, version 1, in EUR, days end in") {
		t.Errorf("a till of the second program: doctor says\n%s", out)
	}
	comesToShow(t, lira, 600)

	silver := version(t, "program: starter", "program: silver", "points: 1/100", "points: 2/100")
	says(t, nil, "program", "publish", silver, "--another", "--yes", "--data", dir)
	stopLira()
	says(t, []string{"1, Store 1: TRY, program silver, tills: 1\n"}, "hq", "store", "set", "1", "--program", "silver", "--data", dir)
	lira, stopLira = changedOver(t, lira.config.DataDir, "silver")
	sell(t, lira, "2", 10_000)
	comesToShow(t, lira, 200)
	awaitsWords(t, []string{"600 points of starter", "350 points of gold", "200 points of silver"}, "member", "show", ayse, "--data", dir)
	stopLira()
	stopEuro()
	stop()
	for _, folder := range []string{dir, lira.config.DataDir, euro.config.DataDir} {
		clean(t, folder)
	}
}

// awaitsWords runs a command until all words are in what it says.
func awaitsWords(t testing.TB, words []string, args ...string) {
	t.Helper()
	for ctx := within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, out, talk := command(t, args...)
		missing := ""
		for _, want := range words {
			if !strings.Contains(out, want) {
				missing = want
			}
		}
		if missing == "" {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%v: %q is not in\n%s%s", args, missing, out, talk)
		}
	}
}

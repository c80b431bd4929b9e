package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
)

// provingShop is a shop whose program wants a card shown, or a PIN.
func provingShop(t *testing.T) (config configs.Config) {
	t.Helper()
	source := bytes.Replace(datadir.Starter("TRY"), []byte("earn: claimed"), []byte("earn: presented"), 1)
	file := filepath.Join(t.TempDir(), "starter.yaml")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	config = shopConfig(filepath.Join(t.TempDir(), "till"))
	config.ProgramFile = file
	return config
}

// A sale that waits for proof is confirmed at headquarters by the digits on its
// receipt; why another is not stands in words, with what to do.
func TestConfirmAtHeadquartersFolder(t *testing.T) {
	config := provingShop(t)
	till, err := openTerminal(t.Context(), config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	stop := runs(t, till)
	const bo = "05329999999"
	takeIn(t, till, ayse)
	takeIn(t, till, bo)
	sell(t, till, "s1", 10_000)
	sale, err := till.store.LastSale(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := sale.ID.String()
	confirms := func(want int, words string, args ...string) {
		t.Helper()
		code, text := keyed(t, "", append([]string{"member", "confirm", "--data", config.DataDir}, args...)...)
		if code != want || !strings.Contains(text, words) {
			t.Errorf("%v: exit %d, want %d with %q: %s", args, code, want, words, text)
		}
	}
	eventually(t, "headquarters:", "member", "show", ayse, "--data", config.DataDir)
	ours := []string{"--reason", "showed her card", "--operator", "zeynep", "--sale"}
	confirms(exit.Usage, "needs --sale and --reason", ayse, "--sale", id)
	confirms(exit.Data, "nor the last 12 digits", append(ours, "17", ayse)...)
	confirms(exit.Failed, "no entry that ends in", append(ours, "000000000000", ayse)...)
	confirms(exit.Failed, "made for somebody else", append(ours, id, bo)...)
	confirms(exit.Failed, "no such member here", append(ours, id, "05551112233")...)
	confirms(exit.Failed, "headquarters has not heard of it", append(ours, "0198b1c2-0000-7000-8000-000000000000", ayse)...)
	confirms(exit.OK, "is hers", append(ours, id[len(id)-12:], ayse)...)
	confirms(exit.OK, "is hers", append(ours, id, ayse)...)
	confirms(exit.Failed, "confirmed or claimed before", append(ours, id, bo)...)
	eventually(t, "sale confirmed by zeynep: showed her card", "member", "history", ayse, "--data", config.DataDir)
	eventually(t, "100 points", "member", "show", ayse, "--data", config.DataDir)
	stop()
	clean(t, config.DataDir)
}

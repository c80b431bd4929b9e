package story_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// provingShop is a shop whose program wants a card shown, or a PIN.
func provingShop(t *testing.T) (config configs.Config) {
	t.Helper()
	source := bytes.Replace(configs.StarterIn("TRY"), []byte("earn: claimed"), []byte("earn: presented"), 1)
	file := filepath.Join(t.TempDir(), "starter.yaml")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	config = shop.Config(filepath.Join(t.TempDir(), "till"))
	config.ProgramFile = file
	return config
}

// A sale that waits for proof is confirmed at headquarters by the digits on its
// receipt; why another is not stands in words, with what to do.
func TestConfirmAtHeadquartersFolder(t *testing.T) {
	config := provingShop(t)
	till, err := terminal.Open(t.Context(), config, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	const bo = "05329999999"
	shop.TakeIn(t, till, shop.Ayse)
	shop.TakeIn(t, till, bo)
	shop.Sell(t, till, "s1", 10_000)
	sale, err := till.Store.LastSale(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := sale.ID.String()
	confirms := func(want int, words string, args ...string) {
		t.Helper()
		code, text := shop.Keyed(t, "", append([]string{"member", "confirm", "--data", config.DataDir}, args...)...)
		if code != want || !strings.Contains(text, words) {
			t.Errorf("%v: exit %d, want %d with %q: %s", args, code, want, words, text)
		}
	}
	shop.Eventually(t, "headquarters:", "member", "show", shop.Ayse, "--data", config.DataDir)
	ours := []string{"--reason", "showed her card", "--operator", "zeynep", "--sale"}
	confirms(exit.Usage, "needs --sale and --reason", shop.Ayse, "--sale", id)
	confirms(exit.Data, "nor the last 12 digits", append(ours, "17", shop.Ayse)...)
	confirms(exit.Failed, "no entry that ends in", append(ours, "000000000000", shop.Ayse)...)
	shop.Eventually(t, "made for somebody else", append([]string{"member", "confirm", "--data", config.DataDir}, append(ours, id, bo)...)...)
	confirms(exit.Failed, "made for somebody else", append(ours, id, bo)...)
	confirms(exit.Failed, "no such member here", append(ours, id, "05551112233")...)
	confirms(exit.Failed, "headquarters has not heard of it", append(ours, "0198b1c2-0000-7000-8000-000000000000", shop.Ayse)...)
	confirms(exit.OK, "is hers", append(ours, id[len(id)-12:], shop.Ayse)...)
	confirms(exit.OK, "is hers", append(ours, id, shop.Ayse)...)
	confirms(exit.Failed, "confirmed or claimed before", append(ours, id, bo)...)
	shop.Eventually(t, "sale confirmed by zeynep: showed her card", "member", "history", shop.Ayse, "--data", config.DataDir)
	shop.Eventually(t, "100 points", "member", "show", shop.Ayse, "--data", config.DataDir)
	stop()
	shop.Clean(t, config.DataDir)
}

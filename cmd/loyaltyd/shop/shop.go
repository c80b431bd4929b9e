// Package shop is for tests: a shop whose till is its own headquarters, opened in this
// process, with who buys there, and what its commands are to say.
package shop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Config is what a shop of one till writes: next to nothing.
func Config(dir string) configs.Config {
	config := configs.Default()
	config.DataDir, config.API.Listen = dir, "127.0.0.1:0"
	return config
}

// Open starts a till that is its own headquarters.
func Open(t testing.TB, config configs.Config) (till *terminal.Terminal, stop func()) {
	t.Helper()
	till, err := terminal.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	return till, testkit.Runs(t, till)
}

// Ayse is a member, by the number that she keys.
const Ayse = "0532 000 00 01"

// TakeIn enrolls a member at the till's counter.
func TakeIn(t testing.TB, till *terminal.Terminal, typed string) {
	t.Helper()
	number, err := phone.Parse(typed, "TR")
	if err != nil {
		t.Fatal(err)
	}
	if err := till.Till.Enroll(t.Context(), time.Now(), till.Till.NewEntry(), till.Till.NewAccount(), number, ""); err != nil {
		t.Fatal(err)
	}
}

// Sell sells to her through the API, in minor units.
func Sell(t testing.TB, till *terminal.Terminal, sale string, amount int) {
	t.Helper()
	SellIn(t, till, "TRY", sale, amount)
}

// SellIn sells to her in a currency.
func SellIn(t testing.TB, till *terminal.Terminal, currency, sale string, amount int) {
	t.Helper()
	Asks(t, till, "/v1/sales/"+sale+"/complete", fmt.Sprintf(
		`{"business_day_date":%q,"currency_code":%q,"line_items":[{"sku":"A","extended_amount":%d}],
		"tenders":[{"tender_type":"cash","amount":%[3]d}],"member":{"phone":%q}}`, Ago(0), currency, amount, Ayse))
}

// Asks sends a request to the till's API as a POS does, which is to be answered
// with 200, and returns the answer.
func Asks(t testing.TB, till *terminal.Terminal, path, body string) []byte {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(till.Config.DataDir, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+till.Address()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v: %s", path, answer.Status, err, said)
	}
	return said
}

// Awaits asks `member show` until the till and its headquarters agree on her
// balance, and the till may spend this much.
func Awaits(t testing.TB, dir string, balance, spendable ledger.Points) {
	t.Helper()
	var shown command.ShownMember
	for ctx := testkit.Within(t, 10*time.Second); ; {
		code, out, talk := commandtest.Run(t, "member", "show", Ayse, "--data", dir, "--json")
		shown = command.ShownMember{}
		if code == exit.OK {
			if err := json.Unmarshal([]byte(out), &shown); err != nil {
				t.Fatal(err)
			}
			own := shown.Headquarters
			if own != nil && len(shown.Balances) == 1 && len(own.Balances) == 1 && shown.Balances[0].Balance == balance && own.Balances[0].Balance == balance &&
				*shown.Balances[0].Spendable == spendable {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("she has %s %s, want %d and %d spendable", out, talk, balance, spendable)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Clean walks a folder that nothing runs on.
func Clean(t testing.TB, dir string) {
	t.Helper()
	if code, out, talk := commandtest.Run(t, "verify", "--data", dir); code != exit.OK {
		t.Errorf("verify: exit %d\n%s%s", code, out, talk)
	}
}

// Mehmet is another.
const Mehmet = "0532 000 00 02"

// Ago is the business day so many days ago.
func Ago(days int) string { return time.Now().UTC().AddDate(0, 0, -days).Format(time.DateOnly) }

// Package shop is for tests: a shop whose till is its own headquarters, opened in this
// process, with who buys there, and what its commands are to say.
package shop

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
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
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/offline"
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

func SellIn(t testing.TB, till *terminal.Terminal, currency, sale string, amount int) {
	t.Helper()
	Asks(t, till, "/v1/sales/"+sale+"/complete", fmt.Sprintf(
		`{"business_day_date":%q,"currency_code":%q,"line_items":[{"sku":"A","extended_amount":%d}],
		"tenders":[{"tender_type":"cash","amount":%[3]d}],"member":{"phone":%q}}`, Ago(0), currency, amount, Ayse))
}

// Asks sends a request to the till's API as a POS does, which is to be answered
// with 200.
func Asks(t testing.TB, till *terminal.Terminal, path, body string) {
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
	if answer.StatusCode != http.StatusOK {
		var said bytes.Buffer
		_, _ = said.ReadFrom(answer.Body)
		t.Fatalf("%s: %s: %s", path, answer.Status, &said)
	}
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

// Program is the starter as a file of one's own.
func Program(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.yaml")
	if err := os.WriteFile(file, configs.Starter, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const Mehmet = "0532 000 00 02"

const (
	CashierPIN = "9081726354"
	ManagerPIN = "4509182736"
)

// Keyed runs a command to whose standard input a line is keyed.
func Keyed(t testing.TB, line string, args ...string) (code int, said string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = command.Run(testkit.Within(t, 30*time.Second), args, strings.NewReader(line+"\n"), &out, &talk)
	return code, out.String() + talk.String()
}

// Says runs a command that succeeds, and wants words in what it says.
func Says(t testing.TB, words []string, args ...string) string {
	t.Helper()
	code, out, talk := commandtest.Run(t, args...)
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

// StoreTill enrolls a till at a store, and opens it until it works by the store's
// program.
func StoreTill(t testing.TB, hq, store, program string) (till *terminal.Terminal, stop func()) {
	t.Helper()
	dir := testkit.Private(t)
	code := strings.TrimSpace(Says(t, nil, "hq", "code", "--store", store, "--name", "Till of "+store, "--data", hq))
	Says(t, nil, "enroll", code, "--data", dir)
	return ChangedOver(t, dir, program)
}

// ChangedOver opens a till, which ends once where its store has another program
// than it was opened for.
func ChangedOver(t testing.TB, dir, program string) (till *terminal.Terminal, stop func()) {
	t.Helper()
	till, err := terminal.Open(t.Context(), Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	if till.Store.Program() != program {
		if err := till.Run(testkit.Within(t, 10*time.Second)); !errors.Is(err, terminal.ErrAnotherProgram) {
			t.Fatalf("it ends with %v", err)
		}
		if err := till.Close(); err != nil {
			t.Fatal(err)
		}
		if till, err = terminal.Open(t.Context(), Config(dir), zerolog.New(t.Output())); err != nil {
			t.Fatal(err)
		}
	}
	if got := till.Store.Program(); got != program {
		t.Fatalf("it works by %s, want %s", got, program)
	}
	return till, testkit.Runs(t, till)
}

// ComesToShow waits until a till's folder says so much of her.
func ComesToShow(t testing.TB, till *terminal.Terminal, balance ledger.Points) {
	t.Helper()
	number, err := phone.Parse(Ayse, till.Identity.Store.Region)
	if err != nil {
		t.Fatal(err)
	}
	var got ledger.Points
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		member, err := till.Store.Find(ctx, ledger.PhoneIdentifier, number.E164())
		got = 0
		for _, b := range member.Balances {
			if _, voucher := b.Unit.Voucher(); !voucher {
				got += b.Shown
			}
		}
		if err == nil && got == balance {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("she has %d, %v; want %d", got, err, balance)
		}
	}
}

// AwaitsWords runs a command until all words are in what it says.
func AwaitsWords(t testing.TB, words []string, args ...string) {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, out, talk := commandtest.Run(t, args...)
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

// Eventually runs a command until it says something: headquarters hears of what
// the till did a moment later.
func Eventually(t *testing.T, want string, args ...string) string {
	t.Helper()
	said := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, said = Keyed(t, "", args...); strings.Contains(said, want) {
			return said
		}
	}
	t.Fatalf("%v does not say %q: %s", args, want, said)
	return ""
}

// CodeFor asks a till that listens for a code for a till of a name.
func CodeFor(t *testing.T, dir, name string) string {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		var code headquarters.CodeAnswer
		err := desk.Ask(ctx, dir, http.MethodPost, "/hq/codes", headquarters.CodeRequest{Name: name}, &code)
		if err == nil {
			return code.Code
		}
		if exit.Code(err) != exit.Unavailable || errors.Is(err, desk.ErrNoDaemon) {
			t.Fatal(err)
		}
	}
}

// Version is the starter with pieces replaced, as a file.
func Version(t testing.TB, edits ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.yaml")
	text := strings.NewReplacer(edits...).Replace(string(configs.Starter))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Ahead makes a till see a later time than it is.
func Ahead(t *testing.T, config configs.Config, by time.Duration) {
	t.Helper()
	id, err := datadir.ReadIdentity(config.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	program, err := datadir.LoadProgram(config)
	if err != nil {
		t.Fatal(err)
	}
	options, err := datadir.StoreOptions(config, id, loyalty.NewVersions(time.UTC, program))
	if err != nil {
		t.Fatal(err)
	}
	options.Now = func() time.Time { return time.Now().Add(by) }
	store, err := offline.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.AcceptClock(t.Context())
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}

// KeptTill is a till that a release enrolled, in a folder of its own; its
// headquarters is not reached.
func KeptTill(t *testing.T) configs.Config {
	t.Helper()
	dir := t.TempDir()
	Unpack(t, "../testdata/release-edf6fc5.tar.gz", dir)
	config := configs.Default()
	config.DataDir, config.API.Listen = filepath.Join(dir, "till1"), "127.0.0.1:0"
	config.Headquarters.URL = "https://127.0.0.1:1"
	return config
}

// Unpack gives a test a copy of its own.
func Unpack(t *testing.T, archive, dir string) {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	for packed := tar.NewReader(zipped); ; {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path, mode := filepath.Join(dir, header.Name), header.FileInfo().Mode()
		if mode.IsDir() {
			err = os.Mkdir(path, mode.Perm())
		} else {
			var body []byte
			if body, err = io.ReadAll(packed); err == nil {
				err = os.WriteFile(path, body, mode.Perm())
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Ago is the business day so many days ago.
func Ago(days int) string { return time.Now().UTC().AddDate(0, 0, -days).Format(time.DateOnly) }

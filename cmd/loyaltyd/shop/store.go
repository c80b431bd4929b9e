package shop

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

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

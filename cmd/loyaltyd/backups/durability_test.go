package backups_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// sellAt sells to nobody at an instant, many times at once.
func sellAt(t testing.TB, till *terminal.Terminal, at time.Time, times int) {
	t.Helper()
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			_, err := till.Till.Complete(t.Context(), at, checkout.Basket{
				Entry: till.Till.NewEntry(), SaleID: fmt.Sprint(at.Unix(), "-", i), Currency: "TRY",
				Lines: []ledger.Line{{Net: 100, Gross: 100, Quantity: 1}},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// durable is up to where status says that a till's entries are durable; zero where
// it says that nothing is.
func (s *saved) durable() (place ledger.Place) {
	s.t.Helper()
	code, out, talk := commandtest.Run(s.t, "status", "--config", s.file, "--json")
	var status struct{ Durable *ledger.Place }
	if code != exit.OK || json.Unmarshal([]byte(out), &status) != nil {
		s.t.Fatalf("status: exit %d, %s", code, talk)
	}
	if status.Durable == nil {
		return place
	}
	return *status.Durable
}

// A shop's till forgets the bodies of what is old and in a backup that was checked,
// while its daemon runs: verify says how many, the day's report says what it said
// before, and status up to where it is durable.
func TestShopForgets(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	defer stop()
	if _, out, _ := commandtest.Run(t, "status", "--config", s.file); !strings.Contains(out, "nothing is forgotten here") {
		t.Errorf("before any backup:\n%s", out)
	}
	old := time.Now().AddDate(0, 0, -40)
	sellAt(t, till, old, 20)
	sellAt(t, till, time.Now(), 5)
	acknowledged(t, till)
	s.backup()
	sellAt(t, till, time.Now().Add(time.Second), 1)
	acknowledged(t, till)
	if up := s.durable(); up.Seq < 25 {
		t.Errorf("durable up to %v", up)
	}
	reporting, err := terminal.ReportedTill(till.Identity)
	s.must(err)
	day := string(ledger.DateAt(ledger.MillisOf(old), reporting.Zone))
	reported := func() report.Day {
		code, out, talk := commandtest.Run(t, "report", "day", day, "--config", s.file, "--json")
		var d report.Day
		if code != exit.OK || json.Unmarshal([]byte(out), &d) != nil {
			t.Fatalf("report: exit %d, %s", code, talk)
		}
		return d
	}
	before := reported()
	for more := true; more; {
		var err error
		if _, more, err = till.Store.Prune(t.Context(), func(ctx context.Context, day ledger.Date) ([]byte, error) {
			return report.Summary(ctx, till.Store, reporting, day, ledger.MillisOf(time.Now()))
		}); err != nil {
			t.Fatal(err)
		}
	}
	after := reported()
	if after.SummedUp == 0 || after.All.Sales != 20 || after.All.Sales != before.All.Sales || after.Unreadable > 0 ||
		after.Entries != before.Entries || after.LastReceipt != before.LastReceipt {
		t.Errorf("the day's report was %+v\nand is %+v", before, after)
	}
	if code, out, _ := commandtest.Run(t, "verify", "--config", s.file); code != exit.OK || !strings.Contains(out, "20 of them without their bodies") {
		t.Errorf("verify: exit %d\n%s", code, out)
	}
	if _, out, _ := commandtest.Run(t, "hq", "status", "--config", s.file); !strings.Contains(out, "durable: what 1 of 1 tills had sent by") {
		t.Errorf("hq status:\n%s", out)
	}
	if _, out, _ := commandtest.Run(t, "doctor", "--config", s.file); !strings.Contains(out, "at headquarters up to 1.") {
		t.Errorf("doctor:\n%s", out)
	}
}

// acknowledged returns once headquarters has all that a till wrote.
func acknowledged(t *testing.T, till *terminal.Terminal) {
	t.Helper()
	for ctx := testkit.Within(t, 20*time.Second); ; time.Sleep(5 * time.Millisecond) {
		if st, err := till.Store.Status(t.Context()); err == nil && st.Unsent == 0 {
			return
		}
		if ctx.Err() != nil {
			t.Fatal("it does not send")
		}
		_ = desk.Ask(ctx, till.Config.DataDir, http.MethodPost, "/till/sync", nil, &terminal.ExchangeReport{}) // the next turn tries again
	}
}

// What a backup has that was changed before it was made is not called durable, by a
// daemon or without one.
func TestTamperedIsNotDurable(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	shop.Sell(t, till, "S1", 100)
	acknowledged(t, till)
	stop()
	durableAt := func() ledger.Millis {
		t.Helper()
		look, err := hq.OpenReadOnly(t.Context(), datadir.HQOptions(s.config))
		s.must(err)
		defer look.Close()
		d, err := look.Durability(t.Context())
		s.must(err)
		return d.At
	}
	s.backup()
	good := durableAt()
	if good == 0 {
		t.Fatal("a backup of a folder at rest makes nothing durable")
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.config.DataDir, hq.DatabaseFile))
	s.must(err)
	_, err = db.Exec(`UPDATE intake SET body = CAST(replace(CAST(body AS TEXT), 'S1', 'S2') AS BLOB)`)
	s.must(err)
	s.must(db.Close())
	code, out, talk := commandtest.Run(t, "backup", "--config", s.file)
	if code != exit.OK || !strings.Contains(talk, "findings") {
		t.Errorf("backup: exit %d\n%s%s", code, out, talk)
	}
	if now := durableAt(); now != good {
		t.Errorf("a tampered copy is called durable: %d, before %d", now, good)
	}
}

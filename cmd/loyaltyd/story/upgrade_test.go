package story_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// What a release wrote is opened by today's code with everything still there;
// it sells on, sends what was unsent, and verifies.
func TestUpgrade(t *testing.T) {
	releases, err := filepath.Glob("../testdata/release-*.tar.gz")
	if err != nil || len(releases) == 0 {
		t.Fatalf("no release is kept: %v", err)
	}
	for _, release := range releases {
		t.Run(filepath.Base(release), func(t *testing.T) {
			u := &upgrade{t: t, ctx: testkit.Within(t, time.Minute), stage: newStage(t)}
			shop.Unpack(t, release, u.stage.Dir)
			u.readTold()
			written := u.written()
			u.refusesNicely()
			if err := u.stage.Reopen(u.ctx, "till1", "till2"); err != nil {
				t.Fatal(err)
			}
			u.asBefore()
			if err := u.stage.Network.Restore(); err != nil {
				t.Fatal(err)
			}
			u.sellOn()
			u.settles()
			u.stage.Drain()
			u.nothingLost(written)
		})
	}
}

// upgrade is a release's shop in today's hands.
type upgrade struct {
	t     *testing.T
	ctx   context.Context
	stage *stage.Stage
	told  struct { // by the release; see command fixture
		Unsent  map[string]int
		Members []struct {
			Number   string
			Settled  int64
			Balances map[string]int64
		}
	}
}

func (u *upgrade) readTold() {
	text, err := os.ReadFile(filepath.Join(u.stage.Dir, "told.json"))
	if err == nil {
		err = json.Unmarshal(text, &u.told)
	}
	if err != nil {
		u.t.Fatal(err)
	}
}

// balance is what a folder says of a member.
func (u *upgrade) balance(folder, number string) (int64, error) {
	var shown struct{ Balances []struct{ Balance int64 } }
	err := u.stage.Ask(u.ctx, &shown, folder, "member", "show", number)
	var sum int64
	for _, b := range shown.Balances {
		sum += b.Balance
	}
	return sum, err
}

func (u *upgrade) unsent(till string) int {
	u.t.Helper()
	var status struct{ Unsent int }
	if err := u.stage.Ask(u.ctx, &status, till, "status"); err != nil {
		u.t.Fatal(err)
	}
	return status.Unsent
}

// journals are where each folder keeps what was written.
var journals = map[string]struct{ file, query string }{
	"till1": {"journal.db", `SELECT body FROM journal`},
	"till2": {"journal.db", `SELECT body FROM journal`},
	"hq":    {"hq.db", `SELECT body FROM intake`},
}

// written are the entries of each folder, verbatim.
func (u *upgrade) written() map[string][]string {
	u.t.Helper()
	all := map[string][]string{}
	for name, journal := range journals {
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(u.stage.Folder(name), journal.file)+"?mode=ro")
		if err != nil {
			u.t.Fatal(err)
		}
		rows, err := db.Query(journal.query)
		if err != nil {
			u.t.Fatal(err)
		}
		for rows.Next() {
			var body string
			if err := rows.Scan(&body); err != nil {
				u.t.Fatal(err)
			}
			all[name] = append(all[name], body)
		}
		if err := errors.Join(rows.Err(), rows.Close(), db.Close()); err != nil {
			u.t.Fatal(err)
		}
	}
	return all
}

// refusesNicely looks before the daemon has started: where it has first to
// bring the files up to date, commands beside it say so.
func (u *upgrade) refusesNicely() {
	u.t.Helper()
	for _, folder := range []string{"till1", "hq"} {
		code, _, talk := commandtest.Run(u.t, "verify", "--data", u.stage.Folder(folder), "--config", os.DevNull)
		if code != exit.OK && !(code == exit.Unavailable && strings.Contains(talk, "older loyaltyd")) {
			u.t.Errorf("verify of %s: exit %d: %s", folder, code, talk)
		}
	}
}

// asBefore holds what the folders say, opened and still apart, against what the
// release said.
func (u *upgrade) asBefore() {
	u.t.Helper()
	for _, member := range u.told.Members {
		for folder, want := range member.Balances {
			if got, err := u.balance(folder, member.Number); got != want || err != nil {
				u.t.Errorf("%s says %d points, %v; the release said %d", folder, got, err, want)
			}
		}
	}
	for till, want := range u.told.Unsent {
		if got := u.unsent(till); got != want || want == 0 {
			u.t.Errorf("%s has %d unsent; the release said %d, and there must be some", till, got, want)
		}
	}
}

// sellOn adds a sale to each member at each till that knows her.
func (u *upgrade) sellOn() {
	u.t.Helper()
	for i, member := range u.told.Members {
		for _, lane := range u.stage.Lanes {
			if _, known := member.Balances[lane.Name]; !known {
				continue
			}
			if err := lane.Press(u.ctx, member.Number+"\r", "Amount"); err != nil {
				u.t.Fatal(err)
			}
			if err := lane.Press(u.ctx, "10000\r", "+100"); err != nil {
				u.t.Fatal(err)
			}
			u.told.Members[i].Settled += 100
		}
	}
}

// settles waits until all three agree.
func (u *upgrade) settles() {
	u.t.Helper()
	for _, member := range u.told.Members {
		for folder := range journals {
			for {
				got, err := u.balance(folder, member.Number)
				if got == member.Settled && err == nil {
					break
				}
				if u.ctx.Err() != nil {
					u.t.Fatalf("%s says %d points, %v; want %d", folder, got, err, member.Settled)
				}
				time.Sleep(50 * time.Millisecond) // other processes are waited for
			}
		}
	}
}

// nothingLost holds every entry against what the release wrote, and walks
// every hash.
func (u *upgrade) nothingLost(before map[string][]string) {
	u.t.Helper()
	after := u.written()
	for folder := range journals {
		kept := map[string]bool{}
		for _, body := range after[folder] {
			kept[body] = true
		}
		var lost []string
		for _, body := range before[folder] {
			if !kept[body] {
				lost = append(lost, body)
			}
		}
		if diff := cmp.Diff([]string(nil), lost); diff != "" {
			u.t.Errorf("%s lost entries: %s", folder, diff)
		}
		var found struct{ Findings []string }
		if err := u.stage.Ask(u.ctx, &found, folder, "verify"); err != nil || len(found.Findings) > 0 {
			u.t.Errorf("%s does not verify: %v %v", folder, found.Findings, err)
		}
	}
	for till := range u.told.Unsent {
		if n := u.unsent(till); n != 0 {
			u.t.Errorf("%s has %d unsent", till, n)
		}
	}
}

package story_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Headquarters' database is dropped and yesterday's backup put back, while two tills
// sell and redeem on. After each of them has exchanged once all entries are back, she
// has what the tills told, and no right was placed twice: what tills may spend is
// what headquarters has set aside for them, and nothing is lost.
func TestYesterdaysBackup(t *testing.T) {
	cluster := postgrestest.Shared(t)
	t.Run("SQLite", func(t *testing.T) { yesterday(t, "", newFolderBackup) })
	t.Run("PostgreSQL", func(t *testing.T) {
		yesterday(t, cluster.Database(t), func(c *chain) dailyBackups { return &dumped{c, cluster} })
	})
}

// dailyBackups are the operator's, of a headquarters.
type dailyBackups interface {
	save()
	// putBack has the database gone and the backup in its place, before
	// headquarters is started again.
	putBack()
}

func yesterday(t *testing.T, database string, backups func(*chain) dailyBackups) {
	c := newChainOn(t, database, "", "one", "two")
	saved := backups(c)
	one, two := c.Lanes[0], c.Lanes[1]
	c.enroll(one)
	atOne, atTwo := newPOS(t, c.Stage, one), newPOS(t, c.Stage, two)
	var balance int64
	sell := func(at *pos, id string, amount int64, rewards ...string) {
		t.Helper()
		sale, ok := at.sell(id, amount, rewards...)
		if !ok {
			t.Fatalf("sale %s with %v is refused", id, rewards)
		}
		balance += sale.Earned - sale.Redeemed
	}
	settles := func(atOne, atTwo int64) {
		t.Helper()
		c.sent(one, two)
		c.shows(balance, one, two)
		c.until(fmt.Sprintf("rights to %d and %d points", atOne, atTwo), func() (bool, string) {
			has := []int64{c.has(one, "points"), c.has(two, "points")}
			return has[0] == atOne && has[1] == atTwo, fmt.Sprint(has)
		})
	}
	sell(atOne, "1", 120_000)
	settles(1000, 0)
	saved.save()
	sell(atOne, "2", 2_000, "five") // of a right from before
	c.sent(one)                     // points go to the lane that headquarters heard of last
	sell(atTwo, "3", 140_000)
	settles(500, 1500)
	sell(atTwo, "4", 2_000, "five") // of one that yesterday does not know
	c.sent(one, two)
	before := c.entries()

	c.HQ.Kill()
	sell(atOne, "5", 2_000, "five")
	sell(atTwo, "6", 2_000, "five")
	saved.putBack()
	var err error
	if c.HQ, err = c.Serve(c.ctx, "hq"); err != nil {
		t.Fatal(err)
	}
	if now := c.entries(); now >= before {
		t.Fatalf("%d entries in the backup, %d before", now, before)
	}
	for _, name := range []string{"one", "two"} {
		var done terminal.ExchangeReport
		c.until(name+" to exchange once", func() (bool, string) {
			err := c.Ask(c.ctx, &done, name, "sync", "now")
			return err == nil, fmt.Sprint(err)
		})
		if done.Unsent > 0 {
			t.Errorf("%s has %d entries after its round", name, done.Unsent)
		}
	}
	if now := c.entries(); now != before+2 {
		t.Errorf("%d entries after one round each, want %d", now, before+2)
	}
	c.sent(one, two)
	c.shows(balance, one, two)
	c.sameRights()
	sell(atOne, "7", 10_000)
	c.sent(one, two)
	c.shows(balance, one, two)
	c.sameRights()
	c.clean()
	t.Logf("%d entries, all back after one round of each till; all say %d, rights are where headquarters says, nothing lost", before+2, balance)
}

// entries is how many came in.
func (c *chain) entries() int {
	c.t.Helper()
	status, err := c.status()
	if err != nil {
		c.t.Fatal(err)
	}
	return status.Entries
}

// sameRights waits until each till has the rights that headquarters placed there, and
// wants nothing lost.
func (c *chain) sameRights() {
	c.t.Helper()
	for i, l := range c.Lanes {
		title := fmt.Sprintf("Till %d", i+1)
		c.until(title+" to have its rights", func() (bool, string) {
			placed, has := maySpend(c.rights(), title, "points"), c.has(l, "points")
			return placed == has, fmt.Sprintf("%d are placed, it has %d", placed, has)
		})
	}
	e := c.rights()
	if len(e.Losses)+len(e.Unproven) > 0 {
		c.t.Errorf("lost: %+v, unproven: %+v", e.Losses, e.Unproven)
	}
	seen := map[ledger.RightID]bool{}
	for _, o := range e.Open {
		if seen[o.Right] {
			c.t.Errorf("right %s is placed twice", o.Right)
		}
		seen[o.Right] = true
	}
}

// folderBackup is of a folder, by our own commands.
type folderBackup struct {
	c         *chain
	key, file string
}

func newFolderBackup(c *chain) dailyBackups {
	c.t.Helper()
	code, out, talk := commandtest.Run(c.t, "backup", "init", "--config", c.Config("hq"), "--target", c.t.TempDir())
	if code != exit.OK {
		c.t.Fatalf("backup init: exit %d: %s", code, talk)
	}
	b := &folderBackup{c: c, key: filepath.Join(c.t.TempDir(), "key")}
	if err := os.WriteFile(b.key, []byte(out), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return b
}

func (b *folderBackup) save() {
	b.c.t.Helper()
	var made command.BackedUp
	b.c.ask(&made, "hq", "backup")
	b.file = made.File
}

func (b *folderBackup) putBack() {
	b.c.t.Helper()
	if err := os.RemoveAll(b.c.Folder("hq")); err != nil {
		b.c.t.Fatal(err)
	}
	code, _, talk := commandtest.Run(b.c.t, "restore", b.file, "--to", b.c.Folder("hq"), "--key-file", b.key)
	if code != exit.OK {
		b.c.t.Fatalf("restore: exit %d: %s", code, talk)
	}
}

// dumped is of a database, by PostgreSQL's own programs.
type dumped struct {
	c       *chain
	cluster *postgrestest.Cluster
}

func (b *dumped) file() string { return filepath.Join(b.c.Dir, "yesterday.sql") }

func (b *dumped) save() { b.cluster.Dump(b.c.t, b.c.Database, b.file()) }

func (b *dumped) putBack() {
	b.c.t.Helper()
	b.cluster.Load(b.c.t, b.c.Database, b.file())
	code, _, talk := commandtest.Run(b.c.t, "hq", "restored", "--begin", "--config", b.c.Config("hq"), "--data", b.c.Folder("hq"))
	if code != exit.OK {
		b.c.t.Fatalf("hq restored --begin: exit %d: %s", code, talk)
	}
}

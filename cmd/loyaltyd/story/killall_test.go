package story_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Two tills and their headquarters are killed with -9 in any order, in the middle of
// sales, while what passes between them is lost, cut, sent twice and sent again
// later. Each sale that was told is in its till's journal and at headquarters, once,
// in one ledger; all agree on what each member has, and all verify.
func TestEverythingKilled(t *testing.T) {
	cluster := postgrestest.Shared(t)
	t.Run("SQLite", func(t *testing.T) { everythingKilled(t, nil) })
	t.Run("PostgreSQL", func(t *testing.T) { everythingKilled(t, cluster) })
}

func everythingKilled(t *testing.T, cluster *postgrestest.Cluster) {
	rounds := 5
	if *fullNumbers {
		rounds = 500
	}
	c := &chain{Stage: newStage(t), t: t, ctx: testkit.Within(t, time.Minute+time.Duration(rounds)*10*time.Second)}
	if cluster != nil {
		c.Database = cluster.Database(t)
	}
	if err := c.Open(c.ctx, "one", "two"); err != nil {
		t.Fatal(err)
	}
	c.enrollAll()
	between := c.disturb()
	told, kills := map[string]map[int64]face{"one": {}, "two": {}}, map[string]int{}
	for round := range rounds {
		victim := []string{"one", "two", "hq"}[rand.N(3)]
		kills[victim]++
		stop, heard := make(chan struct{}), map[string]chan map[int64]face{}
		for i, l := range c.Lanes {
			at, came := newPOS(t, c.Stage, l), make(chan map[int64]face, 1)
			at.buyer = numberOf
			heard[l.Name] = came
			go func() { came <- at.stream(2*round+i, stop) }()
		}
		time.Sleep(rand.N(200 * time.Millisecond)) // anywhere in what they do
		c.kill(victim)
		close(stop)
		for name, came := range heard {
			maps.Copy(told[name], <-came)
		}
	}
	between.calm.Store(true)
	c.sent(c.Lanes...)
	balances, sales := c.onceEach(cluster, told)
	for number, balance := range balances {
		c.showsOf(number, balance, "hq", "one", "two")
	}
	c.clean()
	t.Logf("%d kills (%v), %s: %d sales told, %d stand, each once", rounds, kills, between.counts(), len(told["one"])+len(told["two"]), sales)
}

// numberOf is who bought for an amount: one of many, since a member's ledger is the
// slower the more of her points are left.
func numberOf(amount int64) string { return fmt.Sprintf("05350000%03d", amount%buyers) }

const buyers = 10

// enrollAll takes the buyers in at the first till, until the last knows them.
func (c *chain) enrollAll() {
	c.t.Helper()
	at := newPOS(c.t, c.Stage, c.Lanes[0])
	for i := range int64(buyers) {
		status, answer, err := at.post("members", map[string]any{"enroll_id": uuid.NewString(), "phone": numberOf(i)})
		if err != nil || status >= http.StatusMultipleChoices {
			c.t.Fatalf("enroll: status %d: %s %v", status, answer, err)
		}
	}
	c.sent(c.Lanes...)
	c.until("the other till to know them", func() (bool, string) {
		var shown command.ShownMember
		err := c.Ask(c.ctx, &shown, c.Lanes[1].Name, "member", "show", numberOf(buyers-1))
		return err == nil, fmt.Sprint(err)
	})
}

// disturb puts a disturber between the tills and headquarters.
func (c *chain) disturb() *disturber {
	c.t.Helper()
	between, env := newDisturber(c.t, c.Network.Address())
	c.Env = append(c.Env, env)
	for _, l := range c.Lanes {
		c.rewrite(l.Name, c.Network.Address(), strings.TrimPrefix(between.server.URL, "https://"))
		l.Process.Stop()
		if err := c.Boot(c.ctx, l); err != nil {
			c.t.Fatal(err)
		}
	}
	return between
}

// kill kills a till or headquarters, and starts it again.
func (c *chain) kill(name string) {
	c.t.Helper()
	var err error
	if name == "hq" {
		c.HQ.Kill()
		c.HQ, err = c.Serve(c.ctx, "hq")
	} else {
		l := c.lane(name)
		killDaemon(c.t, c.Stage, l)
		err = c.Boot(c.ctx, l)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *chain) lane(name string) *stage.Lane {
	for _, l := range c.Lanes {
		if l.Name == name {
			return l
		}
	}
	c.t.Fatal("no lane ", name)
	return nil
}

// onceEach wants each told sale once in its till's journal, each journal's once at
// headquarters and no other, and no entry in two ledgers. It returns what they earned
// and how many they are.
func (c *chain) onceEach(cluster *postgrestest.Cluster, told map[string]map[int64]face) (earned map[string]int64, sales int) {
	c.t.Helper()
	all := map[int64]int{}
	for name, hers := range told {
		journal, _ := salesIn(c.t, c.Folder(name)+"/journal.db", `SELECT n, body FROM journal`)
		for amount := range hers {
			if journal[amount] != 1 {
				c.t.Errorf("sale of %d, told at %s, stands %d times in its journal", amount, name, journal[amount])
			}
		}
		maps.Copy(all, journal)
	}
	there, several := c.atHeadquarters(cluster)
	if several != "0" {
		c.t.Errorf("%s entries stand in several ledgers", several)
	}
	if !maps.Equal(all, there) {
		c.t.Errorf("headquarters has %d sales, the journals %d, or not the same", len(there), len(all))
	}
	earned = map[string]int64{}
	for amount, times := range there {
		if times != 1 {
			c.t.Errorf("sale of %d came %d times", amount, times)
		}
		earned[numberOf(amount)] += amount / 100
	}
	return earned, len(there)
}

// atHeadquarters counts the sales that came in, and the entries that stand in more
// than one ledger.
func (c *chain) atHeadquarters(cluster *postgrestest.Cluster) (sales map[int64]int, several string) {
	c.t.Helper()
	const twice = `SELECT count(*) - count(DISTINCT entry) FROM ledger`
	if cluster == nil {
		sales, _ = salesIn(c.t, c.Folder("hq")+"/hq.db", `SELECT seq, body FROM intake WHERE orig_seq IS NULL`)
		return sales, fmt.Sprint(numberIn(c.t, c.Folder("hq")+"/hq.db", twice))
	}
	sales = map[int64]int{}
	for line := range strings.Lines(cluster.Exec(c.t, c.Database, `SELECT convert_from(body, 'UTF8') FROM intake WHERE orig_seq IS NULL`)) {
		e, err := ledger.Decode([]byte(strings.TrimSpace(line)))
		if err != nil {
			c.t.Fatal(err)
		}
		if e.Kind == ledger.Sold {
			sales[int64(e.Sale.Total)]++
		}
	}
	return sales, cluster.Exec(c.t, c.Database, twice)
}

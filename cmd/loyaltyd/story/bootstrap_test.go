package story_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// fed is how many members the headquarters of TestBootstrap has.
var fed = flag.Int("fed", 1000, "how many members the headquarters of TestBootstrap has")

// A till writes what it reads of the feed a few mebibytes at a time, and has two thirds of
// spooledBytes a member; so many members are several times as much.
const (
	spooledMembers = 200_000
	spooledBytes   = 120
	// spooledBatch is the most that is written at once: a kill may fall into it.
	spooledBatch = 5 << 20
	// fedByWork is fewer than headquarters feeds to its stores by one Work, which is bounded.
	fedByWork = 400_000
)

// toldLeft is how many the diary says are left to be read.
var toldLeft = regexp.MustCompile(`"left":(\d+),"time":"[^"]*","message":"members are read from headquarters"`)

// diary is what a daemon has told so far.
func (c *chain) diary(name string) []byte {
	c.t.Helper()
	text, err := os.ReadFile(c.LogFile(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// A new till reads its store's members from headquarters, is killed with -9 while it
// does, goes on from where it was and knows the last of them; meanwhile it says how
// many are left. With -fed of hundreds of thousands it is killed on the way, and asks for
// nothing of what it had written; with a million it prints the goal.
func TestBootstrap(t *testing.T) {
	c := newChain(t, "", "other") // whose store is told of all members
	c.Drain()
	fillHeadquarters(t, c.Config("hq"), *fed)
	c.ctx = testkit.Within(t, 2*time.Minute+time.Duration(*fed)*5*time.Millisecond)
	var err error
	if c.HQ, err = c.Serve(c.ctx, "hq"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := c.Join(c.ctx, "till", "Till 2", "hq", "--store", "demo"); err != nil {
		t.Fatal(err)
	}
	lane := c.Lanes[1]
	knows := func(i int) func() (bool, string) {
		return func() (bool, string) {
			var shown command.ShownMember
			err := c.Ask(c.ctx, &shown, "till", "member", "show", "0"+memberNumber(i)[3:])
			return err == nil, fmt.Sprint(err)
		}
	}
	var status terminal.Status
	if *fed >= terminal.LongRead {
		c.until("the till to say how many are left", func() (bool, string) {
			c.ask(&status, "till", "status")
			return status.Live != nil && status.Live.Reading != nil, fmt.Sprintf("%+v", status.Live)
		})
		t.Logf("on the way: %s", status.Live.Reading.Words())
	}
	spool := filepath.Join(c.Folder("till"), "directory.db.rows")
	if *fed >= spooledMembers {
		c.until("the till to have read a third", func() (bool, string) {
			info, err := os.Stat(spool)
			return err == nil && info.Size() > int64(*fed)*spooledBytes/5, fmt.Sprint(err)
		})
	}
	killDaemon(t, c.Stage, lane)
	before, read := c.diary("till"), 0
	if *fed >= spooledMembers {
		info, err := os.Stat(spool)
		if err != nil {
			t.Fatal(err)
		}
		read = int((info.Size() - spooledBatch) / spooledBytes)
	}
	if err := c.Boot(c.ctx, lane); err != nil {
		t.Fatal(err)
	}
	if read > 0 {
		c.until("the till to go on reading", func() (bool, string) {
			told := toldLeft.FindSubmatch(c.diary("till")[len(before):])
			if told == nil {
				return false, ""
			}
			left, err := strconv.Atoi(string(told[1]))
			if err != nil || left > *fed-read {
				t.Fatalf("%d are left after the kill, of %d of whom %d and more were read: %v", left, *fed, read, err)
			}
			t.Logf("after the kill %d were left", left)
			return true, ""
		})
	}
	if *fed > 2*terminal.LongRead { // to ask takes a process each time, and those half a processor
		c.until("the till to have read all", func() (bool, string) {
			return bytes.Contains(c.diary("till"), []byte("all members were read from headquarters")), ""
		})
	}
	c.until("the till to know the last member", knows(*fed-1))
	took := time.Since(began)
	for _, i := range []int{0, *fed / 3, *fed / 2} {
		c.until("the till to know every member", knows(i))
	}
	t.Logf("%d members read in %v, with a kill on the way", *fed, took.Round(time.Millisecond))
	if *fed >= 1_000_000 {
		testkit.Goal{Number: 5, What: fmt.Sprintf("bootstrap of %d members from headquarters, with a kill -9 on the way", *fed),
			Ours: float64(*fed) / took.Seconds(), Unit: "/s", Limit: 50_000, Least: true}.Print(t)
	}
	c.clean()
}

// fillHeadquarters has a stopped headquarters take in members, and feed them to its
// stores.
func fillHeadquarters(t *testing.T, config string, count int) {
	t.Helper()
	loaded, err := configs.Load([]string{config}, nil)
	if err != nil {
		t.Fatal(err)
	}
	options := datadir.HQOptions(loaded.Config)
	h, err := hq.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	file := hq.ImportFile{Hash: ledger.HashOf([]byte("members")), Program: "starter", Operator: "9"}
	began := time.Now()
	lines := make([]hq.ImportLine, count)
	for i := range lines {
		lines[i] = hq.ImportLine{
			Line: i + 2, Amounts: []loyalty.Amount{{Unit: "points", Amount: 500}},
			Person: ledger.Person{Name: "Fatma Demir", Phone: &ledger.Phone{E164: memberNumber(i)}},
		}
	}
	file.Order(lines)
	for chunk := range slices.Chunk(lines, headquarters.ImportChunk) {
		if _, err := h.Import(t.Context(), file, chunk); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d members imported in %v", count, time.Since(began).Round(time.Millisecond))
	for range 1 + count/fedByWork {
		if err := h.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

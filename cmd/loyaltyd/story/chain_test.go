package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// chain is a headquarters and tills as processes, of which stories are told that
// end with all of them agreeing.
type chain struct {
	*stage.Stage
	t   testing.TB
	ctx context.Context
}

// newChain opens a chain whose program is of this file.
func newChain(t testing.TB, program string, tills ...string) *chain {
	t.Helper()
	return newChainOn(t, "", program, tills...)
}

// newChainOn opens a chain on a PostgreSQL database, with the starter where no other
// program is named.
func newChainOn(t testing.TB, database, program string, tills ...string) *chain {
	t.Helper()
	c := &chain{Stage: newStage(t), t: t, ctx: testkit.Within(t, 2*time.Minute)}
	c.Database, c.Program = database, program
	if err := c.Open(c.ctx, tills...); err != nil {
		t.Fatal(err)
	}
	return c
}

// rewrite replaces words of a configuration.
func (c *chain) rewrite(name string, edits ...string) {
	c.t.Helper()
	text, err := os.ReadFile(c.Config(name))
	if err != nil {
		c.t.Fatal(err)
	}
	next := []byte(strings.NewReplacer(edits...).Replace(string(text)))
	if bytes.Equal(text, next) {
		c.t.Fatalf("nothing of %q is in\n%s", edits, text)
	}
	if err := os.WriteFile(c.Config(name), next, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// enroll takes her in at a till.
func (c *chain) enroll(l *stage.Lane) {
	c.t.Helper()
	for _, step := range [][2]string{{regular + "\r", "New?"}, {"C", "Amount, then"}, {"\x1b", stage.Ready}} {
		if err := l.Press(c.ctx, step[0], step[1]); err != nil {
			c.t.Fatal(err)
		}
	}
}

// ask runs a command against a till or headquarters.
func (c *chain) ask(into any, name string, args ...string) {
	c.t.Helper()
	if err := c.Ask(c.ctx, into, name, args...); err != nil {
		c.t.Fatal(err)
	}
}

// until asks again and again until what it waits for is so.
func (c *chain) until(what string, is func() (bool, string)) {
	c.t.Helper()
	for {
		ok, said := is()
		if ok {
			return
		}
		select {
		case <-c.ctx.Done():
			c.t.Fatalf("waited for %s: %s", what, said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// sent waits until headquarters has acknowledged and posted everything.
func (c *chain) sent(lanes ...*stage.Lane) {
	c.t.Helper()
	for _, l := range lanes {
		c.until(l.Name+" to send", func() (bool, string) {
			var status terminal.Status
			c.ask(&status, l.Name, "status")
			return status.Unsent == 0, fmt.Sprint(status.Unsent, " unsent")
		})
	}
	c.until("headquarters to post", func() (bool, string) {
		status, err := c.status()
		return err == nil && status.Unprojected+status.Quarantined+status.Parked+status.Awaited == 0, fmt.Sprintf("%+v, %v", status, err)
	})
}

// status reads headquarters beside its daemon.
func (c *chain) status() (hq.Status, error) {
	loaded, err := configs.Load([]string{c.Config("hq")}, nil)
	if err != nil {
		return hq.Status{}, err
	}
	look, err := hq.OpenReadOnly(c.ctx, datadir.HQOptions(loaded.Config))
	if err != nil {
		return hq.Status{}, err
	}
	defer look.Close()
	return look.Status(c.ctx)
}

// shows waits until tills and headquarters say the same balance of her.
func (c *chain) shows(balance int64, lanes ...*stage.Lane) {
	c.t.Helper()
	names := []string{"hq"}
	for _, l := range lanes {
		names = append(names, l.Name)
	}
	c.showsOf(shop.Ayse, balance, names...)
}

// showsOf waits until these say the balance of who has a number.
func (c *chain) showsOf(number string, balance int64, names ...string) {
	c.t.Helper()
	for _, name := range names {
		c.until(fmt.Sprintf("%s to show %d", name, balance), func() (bool, string) {
			var shown command.ShownMember
			err := c.Ask(c.ctx, &shown, name, "member", "show", number)
			text, _ := json.Marshal(shown)
			return err == nil && balanceOf(shown) == balance, fmt.Sprintf("%s %v", text, err)
		})
	}
}

// rights is the exposure that headquarters knows.
func (c *chain) rights() (e inquiry.Exposure) {
	c.t.Helper()
	c.ask(&e, "hq", "hq", "rights", "--most", "1000")
	return e
}

// has is what a till itself may spend without asking, of a unit.
func (c *chain) has(l *stage.Lane, unit ledger.Unit) (sum int64) {
	c.t.Helper()
	var status terminal.Status
	c.ask(&status, l.Name, "status")
	for _, o := range status.OpenRights {
		if o.Unit == unit {
			sum += int64(o.Rest)
		}
	}
	return sum
}

// maySpend is what the tills of this name may spend without asking, of a unit.
func maySpend(e inquiry.Exposure, name string, unit ledger.Unit) (sum int64) {
	for _, o := range e.Open {
		if o.Name == name && o.Unit == unit {
			sum += int64(o.Rest)
		}
	}
	return sum
}

// lost is what was booked to the program's loss, of a unit.
func lost(e inquiry.Exposure, unit ledger.Unit) (sum int64) {
	for _, l := range e.Losses {
		if l.Unit == unit {
			sum += int64(l.Amount)
		}
	}
	return sum
}

// clean stops everything and checks it.
func (c *chain) clean() {
	c.t.Helper()
	c.Drain()
	isWhole(c.ctx, c.t, c.Stage, "hq")
	for _, l := range c.Lanes {
		var report json.RawMessage
		if err := c.Ask(c.ctx, &report, l.Name, "verify"); err != nil {
			c.t.Errorf("verify: %v: %s", err, report)
		}
	}
}

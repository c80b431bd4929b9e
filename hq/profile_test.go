package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A name said later is shown by every store; of two the later one is.
func TestProfile(t *testing.T) {
	w, a, b, subject := newcomer(t)
	name := func(t *till, name string) {
		t.Helper()
		cipher, sum := t.person(ayse, name)
		t.append(&ledger.Entry{Kind: ledger.Profile, Subject: subject, Attachment: sum}, cipher, nil)
	}
	shown := func(when, want string) {
		t.Helper()
		a.sync()
		b.pull()
		for _, till := range []*till{a, b} {
			if c := till.rows["account "+string(subject)]; c.Account == nil || c.Account.Name != want {
				t.Errorf("%s: the feed says %+v, want %q", when, c.Account, want)
			}
		}
		if m := w.member(ayse); m.Name != want {
			t.Errorf("%s: %q, want %q", when, m.Name, want)
		}
		w.clean()
	}
	name(b, "Early Name")
	w.pass(1e9)
	name(a, "Later")
	shown("one came", "L***")
	b.push()
	w.work()
	shown("an earlier one came later", "L***")
	w.pass(1e9)
	name(a, "Ayşe Y")
	shown("a third", "A*** Y***")
	name(a, "")
	nobody := ledger.SubjectOf(newAccountID())
	cipher, sum := a.person(ayse, "Nobody")
	a.append(&ledger.Entry{Kind: ledger.Profile, Subject: nobody, Attachment: sum}, cipher, nil)
	shown("no name, and no member", "A*** Y***")
	if s := w.status(); s.Quarantined != 2 {
		t.Errorf("quarantined %d, want 2", s.Quarantined)
	}
	copied := b.clone()
	b.earn(subject, 1)
	b.push()
	copied.earn(subject, 2)
	copied.send(copied.batch(copied.acked, len(copied.lines))) // whatever comes back
	w.pass(1e9)
	name(b, "Of A Copy")
	b.send(b.batch(b.acked, len(b.lines)))
	w.work()
	if m := w.member(ayse); m.Name != "A*** Y***" {
		t.Errorf("a fenced till named her %q", m.Name)
	}
	if s := w.status(); s.Held == 0 {
		t.Error("nothing is held")
	}
}

package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func (w *world) exposure(of inquiry.ExposureOf) inquiry.Exposure {
	w.Helper()
	if of.Most == 0 {
		of.Most = 100
	}
	e, err := w.hq.Exposure(w.Context(), of)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// What terminals may spend is listed by right, with since when and until when, for
// one terminal or one member, and no more than is asked for.
func TestOpenRights(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 100)
	a.sync()
	b := w.newTill("lane 2")
	all := w.exposure(inquiry.ExposureOf{})
	if len(all.Open) == 0 || len(all.Losses)+len(all.Unproven) != 0 || all.More {
		t.Fatalf("%+v", all)
	}
	var rest ledger.Points
	for _, o := range all.Open {
		if rest += o.Rest; o.Name != "lane 1" || o.Account != string(subject) || o.GrantedAt == 0 || o.SpendUntil <= o.GrantedAt || o.ReclaimAt <= o.SpendUntil {
			t.Errorf("%+v", o)
		}
	}
	if want := w.balance(ayse).Escrowed; rest != want {
		t.Errorf("%d are open, %d set aside", rest, want)
	}
	if here := w.exposure(inquiry.ExposureOf{Phone: ayse, Terminal: a.Terminal}); len(here.Open) != len(all.Open) {
		t.Errorf("of her at lane 1: %+v", here)
	}
	if other := w.exposure(inquiry.ExposureOf{Terminal: b.Terminal}); len(other.Open) != 0 {
		t.Errorf("of lane 2: %+v", other)
	}
	if _, err := w.hq.Exposure(t.Context(), inquiry.ExposureOf{Phone: mehmet, Most: 1}); err == nil {
		t.Error("rights of a number that nobody has")
	}
}

// Each loss says which entry of which till it was, how much, and why no right paid.
func TestLossesSayWhy(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 700) // 200 beyond it
	a.spend(subject, newRightID(), 50)
	a.sync()
	b := w.newTill("lane 2")
	b.spend(subject, r.ID, 100)
	b.sync()
	e := w.exposure(inquiry.ExposureOf{})
	want := map[string]ledger.Points{"more than the right had": 200, "there is no such right": 50, "by a copy or a restored disk: the right was another's": 100}
	for _, l := range e.Losses {
		if want[l.Why] != l.Amount || l.Entry.IsZero() || l.At == 0 {
			t.Errorf("%+v", l)
		}
		delete(want, l.Why)
	}
	if len(want) != 0 {
		t.Errorf("not told: %v", want)
	}
	if one := w.exposure(inquiry.ExposureOf{Most: 1}); len(one.Losses) != 1 || !one.More {
		t.Errorf("of one each: %+v", one)
	}
	if there := w.exposure(inquiry.ExposureOf{Terminal: b.Terminal}); len(there.Losses) != 1 || there.Losses[0].Name != "lane 2" {
		t.Errorf("of lane 2: %+v", there.Losses)
	}
}

// A right that was taken back without a word stands there until somebody asks, and
// what its till tells later is a loss after it.
func TestUnprovenIsListed(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 200) // and is silent
	w.workFor(12)
	e := w.exposure(inquiry.ExposureOf{Phone: ayse})
	if len(e.Unproven) != 1 || e.Unproven[0].Right != r.ID || e.Unproven[0].TakenBack != r.Amount || e.Unproven[0].At == 0 {
		t.Fatalf("%+v", e.Unproven)
	}
	a.sync()
	if e = w.exposure(inquiry.ExposureOf{}); len(e.Losses) != 1 || e.Losses[0].Why != "after the right was taken back" || e.Losses[0].Amount != 200 {
		t.Errorf("%+v", e.Losses)
	}
	all, err := w.hq.Terminals(t.Context())
	if err != nil || len(all) != 1 || all[0].Unposted != 0 || all[0].Rights != len(e.Open) {
		t.Errorf("%+v, %v", all, err)
	}
}

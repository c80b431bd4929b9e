package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A store that cannot be made whole is not made at all: one that stood, and was not to be
// told of anybody, would look like any other. Made again, its tills hear of who was there
// before.
func TestStoreHalfMade(t *testing.T) {
	w, _, _ := served(t, 1000)
	second := wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}
	again := w.stop("INSERT", "feed_dirty")
	if err := w.hq.CreateStore(t.Context(), second); err == nil {
		t.Error("nobody was told that it is not whole")
	}
	again()
	w.restart()
	w.work()
	if stores, err := w.hq.Stores(t.Context()); err != nil || len(stores) != 1 {
		t.Errorf("%+v, %v, want one store", stores, err)
	}
	if err := w.hq.CreateStore(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	b := w.newTillAt(second.ID, "lane 1")
	b.sync()
	if told := b.rows["account "+w.member(ayse).Account.String()].Account; told == nil {
		t.Error("its till did not hear of her")
	}
	w.clean()
}

package hq_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// However long the rows of a feed are, its pages have all of them once and in order, and
// none but the one that a page could not be without brings it above a mebibyte.
func TestPagesOfLongRows(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	sizes := []int{2 << 20, 10, 2 << 20}
	for i := range 3000 {
		sizes = append(sizes, []int{10, 10, 10, 6000, 300}[i/600])
	}
	w.feedRows(sizes)
	told := 0
	for more := true; more; {
		p := at.bigPage(t)
		bytes := 0
		for _, c := range p.Changes {
			if told++; c.Position != ledger.Position(told) {
				t.Fatalf("row %d stands where %d should", c.Position, told)
			}
			bytes += len(c.Key)
		}
		if bytes > 1<<20 && len(p.Changes) > 1 {
			t.Errorf("a page of %d rows has %d bytes", len(p.Changes), bytes)
		}
		at.cursor, more = p.Next, p.More
	}
	if told != len(sizes) {
		t.Errorf("told %d rows of %d", told, len(sizes))
	}
}

// A page of long rows costs no more memory than it has room for: what stands behind
// them is not read.
func TestPageReadsNoFurther(t *testing.T) {
	w := newSharedWorld(t)
	at := w.newTill("lane 1")
	sizes := make([]int, wire.MaxPageRows+1)
	for i := range sizes {
		sizes[i] = 20 << 10
	}
	w.feedRows(sizes)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p := at.bigPage(t)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 30<<20 || len(p.Changes) == 0 || !p.More {
		t.Errorf("a page of %d rows took %d KiB of memory", len(p.Changes), took>>10)
	}
}

// bigPage asks for as many rows as a page may have.
func (t *till) bigPage(tb testing.TB) (p wire.Page) {
	tb.Helper()
	target := fmt.Sprintf("%s?cursor=%d.%d&%s=%d", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wire.RowsParam, wire.MaxPageRows)
	if err := t.ask(http.MethodGet, target, nil, &p); err != nil {
		tb.Fatal(err)
	}
	return p
}

// feedRows puts rows with keys of these sizes into the feed of the store, from its first
// position on.
func (w *world) feedRows(sizes []int) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		w.Fatal(err)
	}
	defer tx.Rollback()
	for i, size := range sizes {
		change, _ := json.Marshal(ledger.Change{Position: ledger.Position(i + 1), Kind: ledger.AccountChange, Key: strings.Repeat("k", size)})
		_, err := tx.Exec(`INSERT INTO feed (store, kind, key, version, position, change) VALUES ('0001', 'account', $1, 1, $2, $3)`, fmt.Sprint(i), i+1, change)
		if err != nil {
			w.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		w.Fatal(err)
	}
}

package sync_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till asks for many rows at once as long as it reads the feed from its beginning,
// and for no more than any release gives once it has what there was.
func TestAsksForManyRows(t *testing.T) {
	w := newWorld(t)
	one := w.till()
	w.takeIn(one)
	w.drain(one)
	w.must(w.Work(context.Background()))
	other := w.till()
	first := w.rowsAsked(other)
	if then := w.rowsAsked(other); first != "3000" || then != "" {
		t.Errorf("asked for %q rows, then for %q", first, then)
	}
}

// rowsAsked has a till read one page.
func (w *world) rowsAsked(e *testkit.Enrolled) string {
	w.t.Helper()
	e.Network.Sent()
	_, err := e.Exchange.Pull(context.Background(), 0)
	w.must(err)
	for _, r := range e.Network.Sent() {
		if target, query, _ := strings.Cut(r.Target, "?"); target == wire.FeedPath {
			asked, err := url.ParseQuery(query)
			w.must(err)
			return asked.Get(wire.RowsParam)
		}
	}
	w.t.Fatal("no page was asked for")
	return ""
}

package hq_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A request that comes again as it was, signature and all, gets the same answer,
// or is told what stands by now; once its time is over it is nobody's. Nothing
// counts twice.
func TestReplayedRequest(t *testing.T) {
	b := newBad(t)
	packed := wire.Pack(b.sale())
	signed, err := http.NewRequest(http.MethodPost, b.url+wire.BatchPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce, err := wire.Authorize(signed, packed, b.Terminal, b.Chain, b.key, b.now())
	if err != nil {
		t.Fatal(err)
	}
	signed.Header.Set("Content-Encoding", wire.Zstd)
	send := func() (ack ledger.Ack, err error) {
		r, err := http.NewRequest(http.MethodPost, b.url+wire.BatchPath, bytes.NewReader(packed))
		if err != nil {
			return ack, err
		}
		r.Header = signed.Header.Clone()
		return ack, b.do(r, nonce, &ack)
	}
	first, err := send()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := send(); err != nil || cmp.Diff(first, again) != "" {
		t.Errorf("again: %+v, %v; the first time %+v", again, err, first)
	}
	b.token, b.acked = first.Token, len(b.lines)
	b.sale()
	b.push()
	later, err := send()
	if err != nil || later.UpTo.Seq != first.UpTo.Seq+1 || len(later.Others) != 1 || later.Others[0].Outcome != ledger.Duplicate {
		t.Errorf("after the next one: %+v, %v", later, err)
	}
	b.pass(time.Hour)
	if _, err := send(); code(err) != wire.CodeClock {
		t.Errorf("an hour later: %v", err)
	}
	b.goesOn()
}

// An entry of a kind, version or form that this release does not know is taken and
// kept with the reason; what comes after it is posted.
func TestUnknownEntries(t *testing.T) {
	b := newBad(t)
	id := newEntryID()
	for _, c := range []struct{ body, reason string }{
		{fmt.Sprintf(`{"v":2,"id":%q,"kind":"sale","at_ms":1}`, id), "unknown version"},
		{fmt.Sprintf(`{"v":1,"id":%q,"kind":"hover","at_ms":1,"subject":%q,"store":"0001","operator":"-"}`, id, b.who), "hover"},
		{fmt.Sprintf(`{"v":1,"id":%q,"kind":"sale","at_ms":1,"mood":"good"}`, id), "mood"},
		{fmt.Sprintf(`{"v":1,"id":%q,"kind":"sale","at_ms":1.5}`, id), "fraction"},
		{`no entry`, "json"},
	} {
		b.appendBody([]byte(c.body), nil, nil)
		if ack := b.push(); len(ack.Others) != 0 {
			t.Errorf("%s: %+v", c.reason, ack)
		}
		b.sale()
		b.sync()
		if !strings.Contains(b.lastQuarantined(), c.reason) {
			t.Errorf("the reason is %q, want … %s …", b.lastQuarantined(), c.reason)
		}
	}
	if balance := b.balance(ayse); balance.Available+balance.Escrowed != b.sold {
		t.Errorf("headquarters has %+v, want %d points", balance, b.sold)
	}
	if s := b.status(); s.Quarantined != 5 || s.Unprojected != 0 {
		t.Errorf("%+v", s)
	}
	b.clean()
}

// lastQuarantined is why the entry that came last into quarantine is there.
func (w *world) lastQuarantined() (reason string) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	if err := db.QueryRow(`SELECT reason FROM quarantine ORDER BY seq DESC LIMIT 1`).Scan(&reason); err != nil {
		w.Fatal(err)
	}
	return reason
}

// What is no request of a till is answered too.
func TestNoRequest(t *testing.T) {
	w := newWorld(t)
	client := pinned(w.hq.PublicKey())
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", 404}, {http.MethodGet, "/v1/sync/hello/", 404}, {http.MethodGet, wire.HelloPath, 405},
		{http.MethodPost, wire.KeysPath, 405}, {http.MethodGet, wire.KeysPath, 200}, {http.MethodGet, wire.FeedPath, 401},
		{http.MethodPost, wire.EnrollPath, 400},
	} {
		r, err := http.NewRequest(c.method, w.url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, answer.StatusCode, c.status)
		}
	}
}

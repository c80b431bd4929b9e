package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// bodiesOf are entries of every kind that tills write.
func bodiesOf(t testing.TB) (bodies []string) {
	t.Helper()
	names, err := filepath.Glob("columns/testdata/sample/*.ndjson")
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSuffix(line, "\n"); strings.Contains(line, `"kind":`) {
				bodies = append(bodies, line)
			}
		}
	}
	return bodies
}

// changed gives an entry another id, times, amounts and words.
func changed(t *rapid.T, body string) []byte {
	var e ledger.Entry
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	e.ID = ledger.EntryID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	e.ID[0] |= 1 // never none
	e.At = ledger.Millis(rapid.Int64Range(1, 1<<50).Draw(t, "at"))
	e.Operator = rapid.String().Draw(t, "operator")
	for i := range e.Postings {
		e.Postings[i].Amount = ledger.Points(rapid.Int64Range(1, 1<<62).Draw(t, "amount"))
	}
	if e.Sale != nil {
		e.Sale.ID = rapid.StringMatching(`[ -~]{1,20}`).Draw(t, "sale")
		for i := range e.Sale.Lines {
			e.Sale.Lines[i].Net = ledger.Minor(rapid.Int64().Draw(t, "net"))
		}
	}
	encoded, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// A batch of entries of any kinds comes out of columns as it went in: the same seal,
// and the bodies' canonical bytes, so that every hash and signature is over the same.
func TestColumnsKeepBatches(t *testing.T) {
	bodies := bodiesOf(t)
	rapid.Check(t, func(t *rapid.T) {
		var batch [][]byte
		for range rapid.IntRange(0, 12).Draw(t, "entries") {
			batch = append(batch, changed(t, rapid.SampledFrom(bodies).Draw(t, "body")))
		}
		var attached [][]byte
		for range rapid.IntRange(0, len(batch)).Draw(t, "attachments") {
			attached = append(attached, rapid.SliceOf(rapid.Byte()).Draw(t, "attachment"))
		}
		message, err := wire.EncodeBatch(seal(), keyOf(1), batch, attached)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.Unpack(wire.Columns, wire.PackColumns(message))
		if err != nil || !bytes.Equal(got, message) {
			t.Fatalf("another message, %v:\n%s\n%s", err, got, message)
		}
		for _, body := range batch {
			e, err := ledger.Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := e.Encode(); err != nil || !bytes.Equal(again, body) {
				t.Errorf("%s is written again as %s: %v", body, again, err)
			}
		}
	})
}

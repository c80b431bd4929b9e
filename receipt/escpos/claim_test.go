package escpos_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// A printer that makes QR codes itself is told to make the receipt's; for another
// it is drawn. Both print its groups.
func TestClaimCode(t *testing.T) {
	const code = "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0"
	e := &ledger.Entry{ID: ledger.EntryID{15: 1}, Kind: ledger.Sold, At: 1, Sale: &ledger.Sale{Currency: "TRY"}}
	makes := map[string]bool{"epson-42": true, "epson-48": true, "epson-58": true, "bixolon": true, "citizen": true}
	for _, name := range inESCPOS() {
		job := named(t, name).Bytes(receipt.From(e, receipt.Header{Claim: code + "\x1bp\x00", ClaimUntil: "2026-11-29"}))
		want := "\x1ba\x01\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x04\x1d(k\x03\x001E1\x1d(k" +
			string([]byte{byte(len(code) + 3), 0}) + "1P0" + code + "\x1d(k\x03\x001Q0\n\x1ba\x00"
		if bytes.Contains(job, []byte(want)) != makes[name] || bytes.Contains(job, []byte("\x1d(k")) != makes[name] ||
			bytes.Contains(job, []byte(drawn)) == makes[name] {
			t.Errorf("%s: %q", name, job)
		}
		if !strings.Contains(string(job), "04HMA-SR828") || bytes.Contains(job, []byte("\x1bp")) {
			t.Errorf("%s: %q", name, job)
		}
	}
}

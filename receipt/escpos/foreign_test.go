package escpos_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// Another program's job is taken where its last command is whole and the printer
// goes on listening.
func TestCheckForeign(t *testing.T) {
	plain := named(t, "generic-80")
	for _, job := range []string{
		"", "hello\n", "\x1b@hello\n\x1dV\x00", "\x1b@\x1dVB\x00", "\x1bp\x00\x19\xfa", "\x1b=\x01", "\x1bD\x08\x10\x00x",
		"\x1dv0\x00\x02\x00\x03\x00\x1b\x1d\x10\x1b\x1b\x1b", "\x1dk\x0459012\x00", "\x1dkI\x03{Bx", "\x1b*\x21\x02\x00abcdef",
		"\x1b*\x00\x02\x00ab", "\x1d8L\x02\x00\x00\x000p", "\x1d(k\x03\x001C\x04", "\x10\x04\x01", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
	} {
		if err := plain.CheckForeign([]byte(job)); err != nil {
			t.Errorf("%q: %v", job, err)
		}
	}
	for _, job := range []string{
		"\x1b", "\x1bp\x00\x19", "x\x1dv0\x00\x02\x00\x03\x00abcde", "\x1dk\x045901", "\x1dkI\x09{Bx", "\x1b*\x21\x02\x00abcde", "\x1bD\x08",
		"\x1d(k\xff\xff1P0", "\x1d8L\xff\xff\xff\xff0p", "\x1dV", "\x1dVB", "\x1b=\x00", "\x1b=\x02", "\x10\x14\x02\x01\x08", "\x10\x14\x01",
	} {
		if plain.CheckForeign([]byte(job)) == nil {
			t.Errorf("%q is taken", job)
		}
	}
}

// Our own jobs pass at each printer but those that take none of others, and none of them
// does where its last byte is missing in the midst of a command.
func TestCheckForeignTakesOurs(t *testing.T) {
	e := &ledger.Entry{ID: ledger.EntryID{15: 1}, Kind: ledger.Sold, At: 1, Sale: &ledger.Sale{Currency: "TRY"}}
	for _, name := range escpos.Names() {
		profile := named(t, name)
		job := profile.Bytes(receipt.From(e, receipt.Header{Store: "Köşe", Claim: "LC1-04HMA"}))
		if err := profile.CheckForeign(job); (err != nil) != profile.SpeaksStar() {
			t.Errorf("%s: %v: %q", name, err, job)
		}
		if profile.CheckForeign(job[:len(job)-1]) == nil {
			t.Errorf("%s: without its end it is taken", name)
		}
	}
}

// Lines of a POS come out as they are, a long one on two, and command nothing.
func TestLines(t *testing.T) {
	profile := named(t, "generic-58")
	job := profile.Bytes(receipt.Lines{"  Milk      19.99", "\x1bp\x00\x19drawer\x1d", strings.Repeat("x", 33), "", "Ş"})
	for _, want := range []string{"\n", "  Milk      19.99\n", "pdrawer\n", strings.Repeat("x", 32) + "\nx\n\nS\n"} {
		if !bytes.Contains(job, []byte(want)) {
			t.Errorf("no %q in %q", want, job)
		}
	}
	if bytes.Contains(job, []byte("\x1bp")) {
		t.Errorf("the drawer opens: %q", job)
	}
}

// Whatever the bytes, they are judged without a panic; behind what is taken a
// receipt begins as one.
func FuzzCheckForeign(f *testing.F) {
	for _, seed := range []string{"hello\n", "\x1dv0\x00\x02\x00\x03\x00abcdef", "\x1dk\x0459012\x00", "\x1d8L\xff\xff\xff\xff0p", "\x10\x14\x08"} {
		f.Add([]byte(seed))
	}
	plain := named(f, "generic-80")
	f.Fuzz(func(t *testing.T, job []byte) {
		if plain.CheckForeign(job) != nil {
			return
		}
		if err := plain.CheckForeign(append(append(job[:len(job):len(job)], "\x1b@"...), job...)); err != nil {
			t.Errorf("%q twice: %v", job, err)
		}
	})
}

package loyalty_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// versionText is a version of a small program.
func versionText(version int, effective string) []byte {
	return fmt.Appendf(nil, `program: small
version: %d
currency: TRY
announced: 2026-01-01
effective: %s
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
rules:
  - {id: base, on: sale, each: line, give: {points: 1/100}}
  - {id: more, on: sale, each: line, give: {points: 1/100}}
rewards: []
`, version, effective)
}

func versionOf(t *testing.T, version int, effective string) *loyalty.Program {
	t.Helper()
	p, err := loyalty.Load(versionText(version, effective), "small.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The highest version that has taken effect is in force; what comes next is told
// in the order in which it will be.
func TestVersions(t *testing.T) {
	istanbul, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		t.Fatal(err)
	}
	first, spring, soon := versionOf(t, 1, "2026-01-01"), versionOf(t, 2, "2027-03-01"), versionOf(t, 3, "2027-01-01")
	for _, c := range []struct {
		name          string
		held          []*loyalty.Program
		at            string
		current, next int
	}{
		{"one, before it takes effect", []*loyalty.Program{first}, "2025-01-01T00:00:00Z", 1, 0},
		{"one", []*loyalty.Program{first}, "2026-06-01T00:00:00Z", 1, 0},
		{"the last second", []*loyalty.Program{first, spring}, "2027-02-28T20:59:59Z", 1, 2},
		{"the store's midnight", []*loyalty.Program{spring, first}, "2027-02-28T21:00:00Z", 2, 0},
		{"a higher one that begins sooner", []*loyalty.Program{first, spring, soon}, "2026-06-01T00:00:00Z", 1, 3},
		{"it stays when the lower one would begin", []*loyalty.Program{first, spring, soon}, "2027-03-01T12:00:00Z", 3, 0},
		{"none of them began yet", []*loyalty.Program{spring, soon}, "2026-06-01T00:00:00Z", 2, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			v := loyalty.NewVersions(istanbul, c.held...)
			day := ledger.DateAt(ledger.MillisOf(at), istanbul)
			number := func(p *loyalty.Program) int {
				if p == nil {
					return 0
				}
				return p.Ref().Version
			}
			if got, next := number(v.At(at)), number(v.Next(at)); got != c.current || next != c.next {
				t.Errorf("version %d, next %d; want %d, %d", got, next, c.current, c.next)
			}
			if got, next := number(loyalty.InForce(c.held, day)), number(loyalty.Coming(c.held, day)); got != c.current || next != c.next {
				t.Errorf("by the day version %d, next %d; want %d, %d", got, next, c.current, c.next)
			}
		})
	}
}

// An entry is explained by the version it names, where that is held.
func TestVersionOfEntry(t *testing.T) {
	first, second := versionOf(t, 1, "2026-01-01"), versionOf(t, 2, "2026-02-01")
	v := loyalty.NewVersions(time.UTC, first, second)
	e := &ledger.Entry{At: ledger.MillisOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))}
	if v.Of(e) != second {
		t.Error("an entry that names none is of another version than the one in force")
	}
	if e.Program = new(first.Ref()); v.Of(e) != first {
		t.Error("an entry is not of the version it names")
	}
	if e.Program.Version = 7; v.Of(e) != second {
		t.Error("an entry of a version that is not held is not of the one in force")
	}
}

// A till reads what it needs of what was published: not what lies behind, nor
// what it cannot read, nor another program.
func TestHear(t *testing.T) {
	text := func(version int, effective string) []byte { return versionText(version, effective) }
	broken := []byte(strings.Replace(string(text(9, "2026-01-01")), "rules:", "new_section: {}\nrules:", 1))
	other := []byte(strings.Replace(string(text(1, "2026-01-01")), "program: small", "program: other", 1))
	for _, c := range []struct {
		name      string
		published [][]byte
		versions  string
		unread    int
	}{
		{"nothing", nil, "", 0},
		{"the one before, the one in force, what comes",
			[][]byte{text(1, "2026-01-01"), text(2, "2026-02-01"), text(3, "2026-03-01"), text(4, "2027-01-01")}, "4 3 2", 0},
		{"a newer one that cannot be read", [][]byte{text(1, "2026-01-01"), broken}, "1", 1},
		{"nothing that can be read", [][]byte{broken}, "", 1},
		{"another program before", [][]byte{other, text(1, "2026-01-01")}, "1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := loyalty.Hear(c.published, nil, "2026-06-01")
			var versions []string
			for _, p := range heard.Versions {
				versions = append(versions, fmt.Sprint(p.Ref().Version))
			}
			if got := strings.Join(versions, " "); got != c.versions || len(heard.Unread) != c.unread {
				t.Errorf("versions %q, unread %v", got, heard.Unread)
			}
		})
	}
}

// An entry is of the version that it names, also where that was replaced long ago,
// or is of a program that the store had before; what is remembered under the one
// is no part of the other.
func TestVersionKept(t *testing.T) {
	other := []byte(strings.Replace(string(versionText(7, "2026-01-01")), "program: small", "program: other", 1))
	published := [][]byte{other, versionText(1, "2026-01-01"), versionText(2, "2026-02-01"), versionText(3, "2026-03-01")}
	heard := loyalty.Hear(published, nil, "2026-06-01")
	v := loyalty.NewVersions(time.UTC, heard.Versions...)
	of := func(id string, version int, source []byte) ledger.ProgramRef {
		ref := ledger.ProgramRef{ID: id, Version: version, Hash: ledger.HashOf(source)}
		return v.Of(&ledger.Entry{At: ledger.MillisOf(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)), Program: &ref}).Ref()
	}
	if got := of("other", 7, other); got.ID != "small" || got.Version != 3 {
		t.Errorf("before it is kept: %+v", got)
	}
	v.Keep(heard.Published)
	for range 2 {
		if got := of("other", 7, other); got.ID != "other" || got.Version != 7 {
			t.Errorf("of the program before: %+v", got)
		}
	}
	if got := of("small", 1, versionText(1, "2026-01-01")); got.Version != 1 {
		t.Errorf("of a version before: %+v", got)
	}
	if got := of("small", 2, other); got.ID != "small" || got.Version != 3 {
		t.Errorf("of another's text: %+v", got)
	}
}

// A stopped rule gives nothing and says so, in the versions that it was stopped
// in and no later one.
func TestHearOfStops(t *testing.T) {
	stops := []ledger.Stop{{Program: "small", Rule: "more", Version: 1}, {Program: "other", Rule: "base", Version: 9}}
	heard := loyalty.Hear([][]byte{versionText(1, "2026-01-01"), versionText(2, "2027-01-01")}, stops, "2026-06-01")
	for _, p := range heard.Versions {
		out, err := p.Evaluate(loyalty.Occasion{Explain: true, Basket: &loyalty.Basket{
			Currency: "TRY", Lines: []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}}, Tenders: []ledger.Tender{{Type: "cash", Amount: 1000}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		stopped := len(out.Missed) == 1 && out.Missed[0] == loyalty.Missed{Rule: "more", Reason: "stopped"}
		if want := p.Ref().Version == 1; stopped != want || p.Ref().Hash != ledger.HashOf(p.Source()) {
			t.Errorf("version %d: missed %v", p.Ref().Version, out.Missed)
		}
	}
	if !heard.Versions[1].HasRule("more") || heard.Versions[1].HasRule("none") {
		t.Error("which rules there are")
	}
}

func BenchmarkVersionsAt(b *testing.B) {
	load := func(version int, effective string) *loyalty.Program {
		p, err := loyalty.Load(versionText(version, effective), "small.yaml")
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	v := loyalty.NewVersions(time.UTC, load(1, "2026-01-01"), load(2, "2027-01-01"))
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		v.At(now)
	}
}

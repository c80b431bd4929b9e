package scenario_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/scenario"
)

const programs = "../../configs/programs"

func read(t testing.TB, path string) []byte {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func load(t testing.TB, file string) (*scenario.Scenario, []*loyalty.Program) {
	t.Helper()
	s, err := scenario.Load(read(t, file), filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	var versions []*loyalty.Program
	for _, name := range append([]string{s.Program}, s.Then...) {
		path := filepath.Join(filepath.Dir(file), name)
		p, err := loyalty.Load(read(t, path), path)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, p)
	}
	return s, versions
}

// A story goes on under the versions that follow, and what an earlier one
// promised is kept.
func TestVersionsFollow(t *testing.T) {
	s, versions := load(t, filepath.Join("testdata", "kept.scenario.yaml"))
	for _, f := range s.Run(versions...) {
		t.Error(f)
	}
	if failures := s.Run(versions[0]); len(failures) == 0 {
		t.Error("without the second version the story is true all the same")
	}
}

// The shipped stories are true.
func TestShipped(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(programs, "*.scenario.yaml"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, file := range files {
		s, versions := load(t, file)
		for _, f := range s.Run(versions...) {
			t.Error(f)
		}
	}
}

// Whatever single number, date or word is expected otherwise, the story fails
// there, and nowhere else.
func TestEachExpectationCounts(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(programs, "*.scenario.yaml"))
	for _, file := range files {
		s, versions := load(t, file)
		for i := range s.Steps {
			for k := range s.Steps[i].Expect {
				e := &s.Steps[i].Expect[k]
				was := *e
				if e.Lists != nil {
					e.Lists = append(slices.Clone(e.Lists), "1")
				} else {
					e.Want += "1"
				}
				failures := s.Run(versions...)
				if len(failures) != 1 || failures[0].Place != e.Place {
					t.Errorf("%s:%s: %s made wrong: %v", file, e.Place, e.What, failures)
				}
				*e = was
			}
		}
	}
}

// A scenario that cannot be read says where, and what to write instead.
func TestRefused(t *testing.T) {
	const begin = "program: p.yaml\nsteps:\n"
	cases := []struct{ source, want string }{
		{"steps: []", `1:1: the scenario has no "program"`},
		{begin + "  - {at: 2026-01-02}\n  - {at: 2026-01-01}", `4:5: this step is before the one above it`},
		{begin + "  - {at: yesterday}", `3:10: at "yesterday": write a date`},
		{begin + "  - {at: 2026-01-02, sale: {id: A}}", `3:28: a basket has lines`},
		{begin + "  - {at: 2026-01-02, sale: {id: A, lines: [{net: 1.5}]}}", `3:50: net "1.5": write a whole number`},
		{begin + "  - {at: 2026-01-02, sale: {id: A, lines: [{nett: 1}]}}", `3:45: line knows no "nett": did you mean "net"?`},
		{begin + "  - {at: 2026-01-02, sale: {id: A, lines: [{net: 1}]}, void: {sale: A}}", `3:5: one step is one thing`},
		{begin + "  - {at: 2026-01-02, proof: shown}", `3:29: proof "shown": write claimed, presented or verified`},
		{begin + "  - {at: 2026-01-02, expect: {available: {points: 1}}}", `3:30: expect whose? Write member: NAME in it`},
		{begin + "  - {at: 2026-01-02, expect: {member: a, availabel: {points: 1}}}", `3:42: expect knows no "availabel": did you mean "available"?`},
		{begin + "  - {at: 2026-01-02, expect: {member: a, expires: {points: soon}}}", `3:60: expires: read date "soon"`},
		{"timezone: Europe/Ankara\n" + begin, `1:11: timezone "Europe/Ankara": write one of the IANA database`},
		{"members: {a: {birth_month: 13}}\n" + begin + "  []", `1:28: birth_month 13: write 1 to 12`},
	}
	for _, c := range cases {
		_, err := scenario.Load([]byte(c.source), "s")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q:\n got %v\nwant %s", c.source, err, c.want)
		}
	}
}

// A step that cannot happen ends the story, and is named.
func TestImpossible(t *testing.T) {
	p, err := loyalty.Load(read(t, filepath.Join(programs, "stars.yaml")), "stars.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load([]byte(`program: stars.yaml
steps:
  - {at: 2026-03-01, sale: {id: A, member: a, lines: [{net: 100}]}}
  - {at: 2026-03-02, return: {sale: B}}
  - {at: 2026-03-03, expect: {member: a, tier: gold}}
`), "s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	failures := s.Run(p)
	if len(failures) != 1 || failures[0].String() != "s.yaml:4:5: 2026-03-02, return of B: there is no sale B" {
		t.Errorf("%v", failures)
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join(programs, "*.scenario.yaml"))
	for _, file := range files {
		f.Add(string(read(f, file)))
	}
	p, err := loyalty.Load(read(f, filepath.Join(programs, "stars.yaml")), "stars.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source string) {
		s, err := scenario.Load([]byte(source), "s")
		if err == nil && len(s.Steps) < 100 {
			s.Run(p) // whatever it says, without a panic
		}
	})
}

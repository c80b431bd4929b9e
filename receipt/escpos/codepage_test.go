package escpos_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// rows reads a committed table; a hash begins a comment.
func rows(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all [][]string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "#") {
			all = append(all, strings.Fields(lines.Text()))
		}
	}
	return all
}

// codePages are the letters of each page from 0x80 on, U+FFFD where there is
// none, by Python's names.
func codePages(t testing.TB) map[string][]rune {
	t.Helper()
	pages := make(map[string][]rune)
	for _, row := range rows(t, "pages.txt") {
		for i := 0; i < len(row[1]); i += 4 {
			r, err := strconv.ParseUint(row[1][i:i+4], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			pages[row[0]] = append(pages[row[0]], rune(r))
		}
	}
	return pages
}

// The committed code pages are what Python has.
func TestPagesAreAsInPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("python3 is not installed: make tools-test")
	}
	for name, want := range codePages(t) {
		got, err := exec.Command(python, "-c",
			"import sys; sys.stdout.buffer.write(bytes(range(128, 256)).decode('"+name+"', 'replace').encode())").Output()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// vendors are whose numbers a profile's printers have. Generic printers are
// held against each of them.
var vendors = map[string][]string{
	"generic-80": {"epson", "epson/legacy", "bixolon", "citizen", "star", "pos-5890"},
	"generic-58": {"epson", "epson/legacy", "bixolon", "citizen", "star", "pos-5890"},
	"epson-42":   {"epson"}, "epson-48": {"epson"}, "epson-58": {"epson"}, "epson-old": {"epson/legacy"},
	"bixolon": {"bixolon"}, "citizen": {"citizen"}, "star": {"star"}, "pos-5890": {"pos-5890"},
}

// numbers are a vendor's code pages by number.
func numbers(t testing.TB, vendor string) map[byte][]rune {
	t.Helper()
	pages, found := codePages(t), make(map[byte][]rune)
	for _, row := range rows(t, "numbers.txt") {
		if row[0] != vendor {
			continue
		}
		n, err := strconv.ParseUint(row[1], 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		found[byte(n)] = pages[row[2]]
	}
	return found
}

// Every letter of every code page there is comes out of every printer as
// itself, without its mark, spelled in ASCII, whatever it takes, or drawn; none
// as another letter.
func TestNeverAnotherLetter(t *testing.T) {
	var letters []rune
	for _, page := range codePages(t) {
		for _, letter := range page {
			if !unicode.IsSpace(letter) && !unicode.In(letter, unicode.C) && !slices.Contains(letters, letter) {
				letters = append(letters, letter)
			}
		}
	}
	for name, makers := range vendors {
		profile := named(t, name)
		for _, vendor := range makers {
			pages := numbers(t, vendor)
			for _, letter := range letters {
				if got := noteOn(t, pages, profile, string(letter)); !spells(got, letter) {
					t.Errorf("%s, printer of %s: %q came out as %q", name, vendor, letter, got)
				}
			}
		}
	}
}

// A letter comes out the same whichever code page the one before it chose.
func TestPagesAgree(t *testing.T) {
	for _, name := range []string{"epson-42", "bixolon", "citizen", "pos-5890", "star"} {
		profile, pages := named(t, name), numbers(t, vendors[name][0])
		alone := make(map[rune]string)
		for _, page := range codePages(t) {
			for _, letter := range page {
				if unicode.IsSpace(letter) || unicode.In(letter, unicode.C) {
					continue
				}
				if note := noteOn(t, pages, profile, string(letter)); note != picture {
					alone[letter] = note
				}
			}
		}
		for _, before := range "ãışž€ЯҐώį" {
			for letter, want := range alone {
				if got := noteOn(t, pages, profile, string([]rune{before, '|', letter})); !strings.HasSuffix(got, "|"+want) {
					t.Errorf("%s: %q behind %q came out as %q, want %q", name, letter, before, got, want)
				}
			}
		}
	}
}

// noteOn is what a note comes out as.
func noteOn(t *testing.T, pages map[byte][]rune, profile escpos.Profile, text string) string {
	t.Helper()
	r := receipt.From(&ledger.Entry{}, receipt.Header{Notes: []string{"<" + text + ">"}})
	return printOn(t, pages, profile, profile.Bytes(r)).note(t)
}

// spells reports whether got stands for a letter.
func spells(got string, letter rune) bool {
	return got == string(letter) || strings.HasPrefix(plain(letter), got) || isASCII(got)
}

// plain is a letter with its marks behind it, if it has any.
func plain(letter rune) string {
	switch letter {
	case 'Ґ':
		return "Г"
	case 'ґ':
		return "г"
	}
	return norm.NFD.String(string(letter))
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= unicode.MaxASCII })
}

// A profile's name finds it; another's error says what there is.
func TestNamed(t *testing.T) {
	columns := map[string]int{
		"generic-80": 42, "generic-58": 32, "epson-42": 42, "epson-48": 48, "epson-58": 32, "epson-old": 42,
		"bixolon": 42, "citizen": 48, "star": 48, "star-line": 48, "pos-5890": 32,
	}
	for _, name := range escpos.Names() {
		if got := named(t, name); got.Name != name || got.Columns != columns[name] {
			t.Errorf("%s: %s of %d columns, want %d", name, got.Name, got.Columns, columns[name])
		}
		delete(columns, name)
	}
	if len(columns) > 0 {
		t.Errorf("not named: %v", columns)
	}
	_, err := escpos.Named("epson")
	if err == nil || !strings.Contains(err.Error(), `"epson"`) || !strings.Contains(err.Error(), "epson-42") {
		t.Errorf("error %v", err)
	}
}

// named is a profile on a slow line, where nearly all is told in letters.
func named(t testing.TB, name string) escpos.Profile {
	t.Helper()
	profile, err := escpos.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	profile.Slow = true
	return profile
}

// inESCPOS are the profiles that printOn understands.
func inESCPOS() []string {
	return slices.DeleteFunc(escpos.Names(), func(name string) bool { return name == "star-line" })
}

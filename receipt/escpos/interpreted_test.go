package escpos_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// interpreted is a line of paper as an interpreter of its own read it.
type interpreted struct {
	Text         string
	Bold, Double bool
	Kind, Code   string // of a code that the printer makes
	Width        int    // of a picture, in dots
	Cut          bool
}

// interpret has a job read by a program that shares nothing with ours: the
// makers' commands, Python's codecs. It leaves a page that shows the paper.
func interpret(t *testing.T, profile escpos.Profile, vendor string, job []byte) (paper []interpreted, page string) {
	t.Helper()
	for _, tool := range []string{"python3", "zint", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: make tools-test", tool)
		}
	}
	language := "epson"
	if profile.SpeaksStar() {
		language = "star"
	}
	page = filepath.Join(t.TempDir(), profile.Name+".html")
	program := exec.Command("python3", filepath.Join("testdata", "interpret.py"), language, filepath.Join("testdata", "numbers.txt"),
		vendor, strconv.Itoa(profile.Columns), page)
	program.Stdin = bytes.NewReader(job)
	var told strings.Builder
	program.Stderr = &told
	out, err := program.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", profile.Name, err, told.String())
	}
	for line := range strings.Lines(string(out)) {
		var read interpreted
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatal(err)
		}
		paper = append(paper, read)
	}
	return paper, page
}

// claimed is a sale of nobody's: its paper has a QR code and bars.
func claimed() receipt.Receipt {
	r := shop()
	r.Number, r.Training, r.Copy = "10000017", false, false
	r.Claim, r.ClaimUntil = "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0", "2026-11-29"
	r.Items = append(r.Items, receipt.Item{Text: "سكر أبيض ناعم", Amount: 1250, Quantity: 2}, receipt.Item{Text: "煎茶 100g 한국", Amount: 9900})
	return r
}

// makers are whose printers interpreted papers come from, where the first of
// vendors is not.
var makers = map[string]string{"star-line": "star-line", "generic-58": "pos-5890"}

// Each profile's paper, read by an interpreter of its own with the maker's code
// pages, says line by line what the text layout says; lines that are pictures are
// those that the printer has no letters for. Another program reads the codes from
// pictures of them.
func TestInterpreted(t *testing.T) {
	for _, name := range escpos.Names() {
		profile, vendor := named(t, name), makers[name]
		if vendor == "" {
			vendor = vendors[name][0]
		}
		profile.Slow = false
		paper, page := interpret(t, profile, vendor, profile.Bytes(claimed()))
		sameAsText(t, profile, claimed(), paper)
		if got := readCodes(t, page); !slices.Contains(got, "10000017") || !slices.Contains(got, claimed().Claim) {
			t.Errorf("%s: the codes say %q", name, got)
		}
	}
	slow := named(t, "star-line")
	paper, _ := interpret(t, slow, "star-line", slow.Bytes(claimed()))
	sameAsText(t, slow, claimed(), paper)
}

// sameAsText compares a paper with the layout that it was made of.
func sameAsText(t *testing.T, profile escpos.Profile, r receipt.Receipt, paper []interpreted) {
	t.Helper()
	layout := r.LayoutIn(profile.Columns, profile.Spell)
	if len(paper) < len(layout) || paper[len(paper)-1].Cut != profile.Cuts() {
		t.Fatalf("%s: %d lines, the last %+v", profile.Name, len(paper), paper[len(paper)-1])
	}
	for i, line := range layout {
		got, words := paper[i], strings.Join(strings.Fields(line.Text(profile.Columns)), " ")
		switch {
		case line.Code != "" || line.Bars != "":
			if got.Width == 0 || got.Kind != "" && got.Code != line.Code+line.Bars {
				t.Errorf("%s: %+v in place of the code %q", profile.Name, got, line.Code+line.Bars)
			}
		case got.Width > 0:
			if isASCII(words) || got.Width < profile.Columns*12 {
				t.Errorf("%s: %q is drawn, %d dots wide", profile.Name, words, got.Width)
			}
		case strings.Join(strings.Fields(got.Text), " ") != words || got.Bold != line.Bold || got.Double != line.Double:
			t.Errorf("%s: line %+v, want %q", profile.Name, got, words)
		}
	}
}

// readCodes reads what can be scanned on a paper.
func readCodes(t *testing.T, page string) []string {
	t.Helper()
	pictures, err := filepath.Glob(page + ".*.png")
	if err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("zbarimg", append([]string{"--quiet", "--raw"}, pictures...)...).Output() // what it finds decides
	return strings.Fields(string(out))
}

package escpos_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// printed is one line of paper.
type printed struct {
	text         string
	bold, double bool
}

type paper []printed

const (
	drawn   = "\x1dv0\x00" // GS v 0 begins a picture
	picture = "[picture]"  // what stands on paper for one
)

// printOn is a printer that has a vendor's code pages and knows only what a
// receipt may command, each in its place. All else that is no letter fails.
func printOn(t testing.TB, pages map[byte][]rune, profile escpos.Profile, job []byte) paper {
	t.Helper()
	rest, ok := bytes.CutPrefix(job, []byte("\x1b@\x1c.\x1bR\x00\x1bt"))
	if !ok {
		t.Fatalf("job does not begin with its commands: %q", job)
	}
	page, rest := pages[rest[0]], rest[1:]
	end := "\n\x1dVB\x00"
	if strings.HasSuffix(profile.Name, "58") || profile.Name == "pos-5890" {
		end = "\n\x1bd\x04"
	}
	if rest, ok = bytes.CutSuffix(rest, []byte(end)); !ok {
		t.Fatalf("job does not end with %q: %q", end, job)
	}
	var lines paper
	for raw := range bytes.SplitSeq(rest, []byte("\n")) {
		for bytes.HasPrefix(raw, []byte(drawn)) { // no byte of a picture is a line feed
			size := 8 + (int(raw[4])+int(raw[5])<<8)*(int(raw[6])+int(raw[7])<<8)
			lines, raw = append(lines, printed{text: picture}), raw[size:]
		}
		raw, bold := enclosed(raw, "\x1bE\x01", "\x1bE\x00")
		raw, double := enclosed(raw, "\x1d!\x11", "\x1d!\x00")
		var text []rune
		for len(raw) > 0 {
			c := raw[0]
			switch {
			case bytes.HasPrefix(raw, []byte("\x1bt")) && len(raw) > 2 && pages[raw[2]] != nil:
				page, raw = pages[raw[2]], raw[3:]
				continue
			case c < 0x20 || c == 0x7f:
				t.Fatalf("control %#x from data in %q", c, raw)
			case c < 0x80:
				text = append(text, rune(c))
			default:
				text = append(text, page[c-0x80])
			}
			raw = raw[1:]
		}
		columns := profile.Columns
		if double {
			columns /= 2
		}
		if len(text) > columns || double && !bold {
			t.Fatalf("line of %d letters, want at most %d: %q", len(text), columns, string(text))
		}
		lines = append(lines, printed{string(text), bold, double})
	}
	return lines
}

func enclosed(line []byte, on, off string) ([]byte, bool) {
	inner, ok := bytes.CutPrefix(line, []byte(on))
	if !ok {
		return line, false
	}
	inner, ok = bytes.CutSuffix(inner, []byte(off))
	return inner, ok
}

func (p paper) String() string {
	var b strings.Builder
	for _, line := range p {
		b.WriteString(line.text)
		b.WriteByte('\n')
	}
	return b.String()
}

// note is what stands between < and >, once on the paper; a picture where there
// is one.
func (p paper) note(t testing.TB) string {
	t.Helper()
	if strings.Contains(p.String(), picture) {
		return picture
	}
	_, rest, _ := strings.Cut(p.String(), "<")
	note, _, ok := strings.Cut(rest, ">\n")
	if !ok {
		t.Fatalf("no note on\n%s", p)
	}
	return note
}

package escpos_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/receipt/escpos"
)

// turkish is a sale of nobody's in Turkish, but for what a member is told.
func turkish() receipt.Receipt {
	r := claimed()
	r.Language = loyalty.Turkish
	r.Items = r.Items[:2]
	r.Notes = []string{receipt.FriendCode(r.Language, "PSR2Y-DVRDS"), receipt.NewRules(r.Language, "2027-02-01")}
	return r
}

// turkishPages are the profiles with a code page that has all of Turkish.
var turkishPages = map[string]bool{
	"epson-42": true, "epson-48": true, "epson-58": true, "bixolon": true, "citizen": true, "star-line": true, "pos-5890": true,
}

// A receipt in Turkish has its own letters on each printer that has a page for them.
// On any other it is spelled in Latin ones where a picture takes seconds, and where it
// does not each line that lacks one is drawn.
func TestTurkish(t *testing.T) {
	for _, name := range escpos.Names() {
		for _, slow := range []bool{true, false} {
			profile, vendor := named(t, name), makers[name]
			if vendor == "" {
				vendor = vendors[name][0]
			}
			profile.Slow = slow
			paper, page := interpret(t, profile, vendor, profile.Bytes(turkish()))
			sameAsText(t, profile, turkish(), paper)
			says := writtenOn(paper, turkish().LayoutIn(profile.Columns, profile.Spell))
			if slow {
				golden(t, "tr/"+name+".txt", says)
			} else if *pictures != "" {
				picturePage(t, "turkish-"+name, page)
			}
			own, latin := strings.Contains(says, "Kazanılan "), strings.Contains(says, "Kazanilan ") && strings.Contains(says, "degil misiniz?")
			switch {
			case turkishPages[name] && (!own || strings.Contains(says, drawnLine)):
				t.Errorf("%s, slow %t: has the letters and does not use them:\n%s", name, slow, says)
			case !turkishPages[name] && slow && (!latin || strings.Contains(says, drawnLine)):
				t.Errorf("%s: is not spelled in Latin letters:\n%s", name, says)
			case !turkishPages[name] && !slow && !strings.Contains(says, drawnLine):
				t.Errorf("%s: nothing is drawn:\n%s", name, says)
			}
		}
	}
}

// drawnLine stands in a golden file for a line that is a picture.
const drawnLine = "[picture]"

// writtenOn is a paper as text, made of a layout.
func writtenOn(paper []interpreted, layout []receipt.Line) string {
	var b strings.Builder
	for i, line := range paper {
		switch {
		case i < len(layout) && layout[i].Code+layout[i].Bars != "":
			b.WriteString("[code]")
		case line.Width > 0:
			b.WriteString(drawnLine)
		default:
			b.WriteString(strings.TrimRight(line.Text, " "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

package escpos

import (
	"fmt"
	"strings"
)

// Profile is what is known of a make of printers: which letters it has, and
// whether it cuts.
type Profile struct {
	// Name is what the configuration calls it.
	Name string
	// Columns is how many characters of font A stand on a line: the usual of
	// this make, to be set for other paper.
	Columns int
	pages   []numbered
	end     string // what follows the last line
	// qr says that the printer makes QR codes itself, by GS ( k.
	qr bool
}

// numbered is a code page with the number this make gave it, the n of ESC t n.
type numbered struct {
	number byte
	*codePage
}

// The tables of code pages, each in the order in which pages are tried. First
// is 437, which printers are switched on with, so that what it has is right
// even where another number is not known. A page is left out where sources
// disagree on its number; what then has no letter is transliterated. Sources:
// the makers' command references by way of receipt-printer-encoder 4.0.1 and
// escpos-printer-db.
var (
	common = []numbered{{0, cp437}, {2, cp850}}

	epson = []numbered{{0, cp437}, {2, cp850}, {13, cp857}, {19, cp858}, {16, cp1252}, {48, cp1254}, {18, cp852},
		{17, cp866}, {46, cp1251}, {45, cp1250}, {47, cp1253}, {51, cp1257}}
	// TM-T88II to IV and TM-T70. Others build after them: Star's emulation
	// has these numbers too.
	epsonOld = []numbered{{0, cp437}, {2, cp850}, {19, cp858}, {16, cp1252}, {18, cp852}, {17, cp866}}

	bixolon = []numbered{{0, cp437}, {2, cp850}, {37, cp857}, {19, cp858}, {16, cp1252}, {25, cp1254}, {18, cp852},
		{17, cp866}, {28, cp1251}, {47, cp1250}, {24, cp1253}, {26, cp1257}}
	// By model, 2 is 850 or 858; they differ in the letter that is not used.
	citizen = []numbered{{0, cp437}, {2, cp850}, {8, cp857}, {16, cp1252}, {6, cp852}, {7, cp866}}
	zjiang  = []numbered{{0, cp437}, {2, cp850}, {61, cp857}, {19, cp858}, {16, cp1252}, {91, cp1254}, {18, cp852},
		{17, cp866}, {72, cp1250}, {90, cp1253}, {25, cp1257}}
)

// profiles are all there are; the first is for a printer nothing is known of.
// One that is not known to make QR codes would print the commands' bytes.
var profiles = []Profile{
	{"generic-80", 42, common, cutPaper, false}, // 42 fit on paper of 48 too
	{"generic-58", 32, common, feedPaper, false},
	{"epson-42", 42, epson, cutPaper, true}, // 180 dpi: TM-T88V and later, TM-T70II
	{"epson-48", 48, epson, cutPaper, true}, // 203 dpi: TM-T20II and later, TM-m30
	{"epson-58", 32, epson, feedPaper, true},
	{"epson-old", 42, epsonOld, cutPaper, false},
	{"bixolon", 42, bixolon, cutPaper, true}, // SRP-350III
	{"citizen", 48, citizen, cutPaper, true}, // CT-S310II
	{"star", 48, epsonOld, cutPaper, false},  // set to ESC/POS emulation
	{"pos-5890", 32, zjiang, feedPaper, false},
}

// Named returns the profile of a name. The error names those there are.
func Named(name string) (Profile, error) {
	for _, p := range profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("no printer profile %q: want one of %s", name, strings.Join(Names(), ", "))
}

// Names returns the names of all profiles, the most general first.
func Names() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

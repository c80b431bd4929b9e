package evdev

import "fmt"

// Layout is the keyboard that a device is set to ("keyboard country" in scanners'
// manuals): which character each key is.
type Layout struct {
	plain, shift, third map[uint16]rune // by key code; third is with AltGr
}

// Named returns the layout of a name: us, de, fr or tr-q.
func Named(name string) (Layout, error) {
	rows, known := layouts[name]
	if !known {
		return Layout{}, fmt.Errorf("no keyboard layout is named %q: write us, de, fr or tr-q", name)
	}
	return Layout{plain: byCode(rows.plain), shift: byCode(rows.shift), third: byCode(rows.third)}, nil
}

// written is a layout as it is seen on a keyboard: four rows from the key left of 1,
// that left of Q's to the one above ENTER, A's, and that right of the left shift key.
// A space is a key without a character.
type written struct{ plain, shift, third [4]string }

// positions are the key codes of the four rows.
var positions = [4][]uint16{
	{41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
	{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 43},
	{30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40},
	{86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53},
}

// Accents that wait for their letter are written as combining ones.
const (
	grave      = "\u0300"
	acute      = "\u0301"
	circumflex = "\u0302"
	tilde      = "\u0303"
	diaeresis  = "\u0308"
)

// spacing is what an accent is by itself: with a space behind it.
var spacing = map[rune]rune{'\u0300': '`', '\u0301': '´', '\u0302': '^', '\u0303': '~', '\u0308': '¨'}

// layouts are Windows', which scanners are made for.
var layouts = map[string]written{
	"us": {
		plain: [4]string{"`1234567890-=", `qwertyuiop[]\`, "asdfghjkl;'", `\zxcvbnm,./`},
		shift: [4]string{"~!@#$%^&*()_+", "QWERTYUIOP{}|", `ASDFGHJKL:"`, "|ZXCVBNM<>?"},
	},
	"de": {
		plain: [4]string{circumflex + "1234567890ß" + acute, "qwertzuiopü+#", "asdfghjklöä", "<yxcvbnm,.-"},
		shift: [4]string{`°!"§$%&/()=?` + grave, "QWERTZUIOPÜ*'", "ASDFGHJKLÖÄ", ">YXCVBNM;:_"},
		third: [4]string{`  ²³   {[]}\ `, "@ €        ~ ", "           ", "|      µ   "},
	},
	"fr": {
		plain: [4]string{`²&é"'(-è_çà)=`, "azertyuiop" + circumflex + "$*", "qsdfghjklmù", "<wxcvbn,;:!"},
		shift: [4]string{" 1234567890°+", "AZERTYUIOP" + diaeresis + "£µ", "QSDFGHJKLM%", ">WXCVBN?./§"},
		third: [4]string{"  " + tilde + "#{[|" + grave + `\^@]}`, "  €        ¤ ", "           ", "           "},
	},
	"tr-q": {
		plain: [4]string{`"1234567890*-`, "qwertyuıopğü,", "asdfghjklşi", "<zxcvbnmöç."},
		shift: [4]string{"é!'" + circumflex + "+%&/()=?_", "QWERTYUIOPĞÜ;", "ASDFGHJKLŞİ", ">ZXCVBNMÖÇ:"},
		third: [4]string{`<>£#$½ {[]}\|`, "@ € ₺  i  " + diaeresis + tilde + grave, "æß       " + acute + " ", "|          "},
	},
}

// byCode gives each code its character; without rows there is none.
func byCode(rows [4]string) map[uint16]rune {
	characters := map[uint16]rune{}
	for i, row := range rows {
		for j, character := range []rune(row) {
			if character != ' ' {
				characters[positions[i][j]] = character
			}
		}
	}
	return characters
}

// same are keys that are the same in every layout: those that are no characters on a
// keyboard and are ones to us, and the block of digits.
var same = map[uint16]rune{
	1: '\x1b', 14: '\b', 15: '\t', 28: '\r', 57: ' ', 111: '\x7f',
	96: '\r', 98: '/', 55: '*', 74: '-', 78: '+', 83: '.', 117: '=', 121: ',',
	71: '7', 72: '8', 73: '9', 75: '4', 76: '5', 77: '6', 79: '1', 80: '2', 81: '3', 82: '0',
}

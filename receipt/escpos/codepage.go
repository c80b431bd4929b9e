package escpos

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
)

// codePage is a set of 256 letters. The lower half of each is ASCII.
type codePage struct {
	name   string // as Python's codecs have it
	codes  interface{ EncodeRune(rune) (byte, bool) }
	unused string // letters that are in it, but better not used
}

// The code pages that profiles choose from: those that are written from left
// to right without joining letters, and whose every letter takes one cell.
var (
	// Of 437's Greek there is not enough to write Greek.
	cp437 = &codePage{"cp437", charmap.CodePage437, "αΓπΣσΘΦΩδφετ"}
	// Where 850 has the dotless i, many printers have a euro sign.
	cp850  = &codePage{"cp850", charmap.CodePage850, "ı"}
	cp852  = &codePage{"cp852", charmap.CodePage852, ""}
	cp857  = &codePage{"cp857", table857(), ""}
	cp858  = &codePage{"cp858", charmap.CodePage858, ""}
	cp866  = &codePage{"cp866", charmap.CodePage866, ""}
	cp1250 = &codePage{"cp1250", charmap.Windows1250, ""}
	cp1251 = &codePage{"cp1251", charmap.Windows1251, ""}
	cp1252 = &codePage{"cp1252", charmap.Windows1252, ""}
	cp1253 = &codePage{"cp1253", charmap.Windows1253, ""}
	cp1254 = &codePage{"cp1254", charmap.Windows1254, ""}
	cp1257 = &codePage{"cp1257", charmap.Windows1257, ""}
)

// code returns the byte that prints a letter; none of them is a control.
func (p *codePage) code(r rune) (byte, bool) {
	if unicode.IsControl(r) || r == unicode.ReplacementChar || strings.ContainsRune(p.unused, r) {
		return 0, false
	}
	c, ok := p.codes.EncodeRune(r)
	return c, ok && c >= 0x20 && c != 0x7f
}

// upper857 is code page 857, Turkish, from 0x80 on; U+FFFD where it has no
// letter. Package charmap lacks it.
const upper857 = "" +
	"ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş" +
	"áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐" +
	"└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\ufffdÍÎÏ┘┌█▄¦Ì▀" +
	"ÓßÔÒõÕµ\ufffd×ÚÛÙìÿ¯´\u00ad±\ufffd¾¶§÷¸°¨·¹³²■\u00a0"

type table map[rune]byte

func table857() table {
	codes := make(table)
	for c := rune(0); c < 0x80; c++ {
		codes[c] = byte(c)
	}
	c := 0x80
	for _, r := range upper857 {
		codes[r] = byte(c)
		c++
	}
	return codes
}

// EncodeRune has the form that package charmap gave it.
func (t table) EncodeRune(r rune) (byte, bool) {
	c, ok := t[r]
	return c, ok
}

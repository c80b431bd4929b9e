package command

import (
	"strings"
	"testing"
)

// Columns stand below each other, whatever the names are written in.
func TestTable(t *testing.T) {
	var list table
	list.row("STORE", "TILL", "STATE")
	list.row("kadıköy", "Çarşı", "in step")
	list.row("東京", "レジ 1", "in step")
	list.row("القاهرة", "مُحَمَّد", "")
	var text strings.Builder
	if err := list.write(&text); err != nil {
		t.Fatal(err)
	}
	const want = `STORE    TILL    STATE
kadıköy  Çarşı   in step
東京     レジ 1  in step
القاهرة  مُحَمَّد
`
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
}

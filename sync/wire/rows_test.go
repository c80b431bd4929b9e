package wire_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A page has as many rows as is asked for, within what every release takes and what
// is the most.
func TestReadRows(t *testing.T) {
	for text, want := range map[string]int{
		"": wire.PageRows, "0": wire.PageRows, "-1": wire.PageRows, "700": 700,
		"3000": wire.MaxPageRows, "1000000": wire.MaxPageRows,
	} {
		if rows, err := wire.ReadRows(text); err != nil || rows != want {
			t.Errorf("%q: %d, %v, want %d", text, rows, err, want)
		}
	}
	for _, text := range []string{"x", "1.5", "99999999999999999999"} {
		if rows, err := wire.ReadRows(text); err == nil {
			t.Errorf("%q is %d", text, rows)
		}
	}
}

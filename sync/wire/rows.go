package wire

import (
	"fmt"
	"strconv"
)

// RowsParam of a request for the feed is how many rows its terminal takes at once,
// where that is more than PageRows. A headquarters of the release before does not look,
// and tells at most PageRows.
const RowsParam = "rows"

// PageRows bounds the rows of a page of the feed, and MaxPageRows those of a page for
// who takes more at once.
const (
	PageRows    = 500
	MaxPageRows = 3000
)

// ReadRows reads the value of RowsParam: how many rows a page has at most.
func ReadRows(text string) (int, error) {
	if text == "" {
		return PageRows, nil
	}
	rows, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("rows %q: write a number", text)
	}
	return min(max(rows, PageRows), MaxPageRows), nil
}

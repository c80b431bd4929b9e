package custody

import (
	"fmt"
	"strings"
)

// copying is a table that is copied as it is. Its names are those of the schema that
// both sides have, no value among them: written out for each table they would be a
// second schema, and a table that a later migration adds would be left behind.
type copying struct {
	table   string
	columns []string
}

func (c copying) read() string {
	return fmt.Sprintf(`SELECT %s FROM %s`, strings.Join(c.columns, ", "), c.table)
}

func (c copying) write() string {
	places := make([]string, len(c.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, c.table, strings.Join(c.columns, ", "), strings.Join(places, ", "))
}

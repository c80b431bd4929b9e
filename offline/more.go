package offline

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// more is what a member's row has besides, where any of it is not zero.
type more struct {
	escrowed, pending ledger.Points // of the main unit
	epoch             int64         // a number of applied_epoch, 0 for none
	seq               ledger.Seq
}

// column is m as its row has it.
func (m more) column() any {
	if m == (more{}) {
		return nil
	}
	return fmt.Sprintf("[%d,%d,%d,%d]", m.escrowed, m.pending, m.epoch, m.seq)
}

func readMore(column string) (m more, err error) {
	list := [...]any{&m.escrowed, &m.pending, &m.epoch, &m.seq}
	if err := json.Unmarshal([]byte(column), &list); err != nil {
		return m, fmt.Errorf("read directory: what a row has besides: %w", err)
	}
	return m, nil
}

package offline

import (
	"encoding/binary"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// seen knows which accounts came before. It takes one of 500 for another when
// there are ten million, and forgets none.
type seen struct{ words [1 << 21]uint64 } // 16 MiB

// before reports whether an account came before, and that it has come.
func (s *seen) before(account ledger.AccountID) bool {
	at, step := binary.BigEndian.Uint64(account[:8]), binary.BigEndian.Uint64(account[8:])|1
	known := true
	for range 6 {
		word, bit := at>>43, uint64(1)<<(at>>37&63)
		known = known && s.words[word]&bit != 0
		s.words[word] |= bit
		at += step
	}
	return known
}

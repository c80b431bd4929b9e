package offline

import (
	"encoding/binary"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// seen knows which accounts came before. It takes one of 300 for another when
// there are ten million, and forgets none. All that it has of an account stands in one
// line of the processor's cache, of which a scattered one would cost six.
type seen struct{ lines [1 << 18][8]uint64 } // 16 MiB

// before reports whether an account came before, and that it has come.
func (s *seen) before(account ledger.AccountID) bool {
	// In either half some bits may be alike in all ids; an odd factor spreads the others.
	h := binary.BigEndian.Uint64(account[:8])*0x9e3779b97f4a7c15 + binary.BigEndian.Uint64(account[8:])*0xc2b2ae3d27d4eb4f
	line := &s.lines[h>>46]
	known := true
	for range 5 {
		word, bit := h>>6&7, uint64(1)<<(h&63)
		known = known && line[word]&bit != 0
		line[word] |= bit
		h >>= 9
	}
	return known
}

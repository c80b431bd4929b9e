package offline

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	idBits = 1 << 20 // 128 KiB; 10,000 ids make 1 of 100 others look taken
	// idsRead is how many rows are read at start, a few milliseconds: those of the
	// latest days.
	idsRead = 5_000
)

// ids remembers under which ids sales, returns and voids of late business days may
// stand, so that the journal need not be asked about each new one. It knows too many,
// never too few: a bit is set before what it stands for is committed, and never taken
// back. Readers wait for nothing.
type ids struct {
	seed  maphash.Seed
	from  ledger.Date // the first day of which all are known
	words [idBits / 64]atomic.Uint64
}

// loadIDs reads those of the latest days.
func loadIDs(ctx context.Context, journal reader) (*ids, error) {
	known := &ids{seed: maphash.MakeSeed()}
	read := 0
	var oldest ledger.Date
	err := journal.Lookup(ctx, func(v *sqlitedb.Values) error {
		read++
		oldest = ledger.Date(v.Text(0))
		known.add(saleKey{oldest, v.Text(1)})
		return nil
	}, `
		SELECT business_day_date, sale_id
		FROM sale
		WHERE business_day_date < 'ever'
		ORDER BY business_day_date DESC
		LIMIT ?`, int64(idsRead))
	if err != nil {
		return nil, fmt.Errorf("read which ids are taken: %w", err)
	}
	if read == idsRead {
		known.from = oldest + "~" // of the oldest day itself some may be missing
	}
	return known, nil
}

func (i *ids) bitOf(key saleKey) (word, bit uint64) {
	at := maphash.Comparable(i.seed, key) % idBits
	return at / 64, 1 << (at % 64)
}

func (i *ids) add(key saleKey) {
	if i != nil {
		word, bit := i.bitOf(key)
		i.words[word].Or(bit)
	}
}

// may reports whether something may stand under a key; always where nobody keeps
// account of it.
func (i *ids) may(key saleKey) bool {
	if i == nil || key.day < i.from || key.day == everyDay {
		return true
	}
	word, bit := i.bitOf(key)
	return i.words[word].Load()&bit != 0
}

package offline

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// recent is where rows of members stood when they were last read: who was found by a
// number is asked for by her account next, and those who come to a shop come again. It
// may be wrong, so whoever looks there asks for her account too.
type recent struct {
	rows [4096]atomic.Pointer[recentRow]
}

type recentRow struct {
	account ledger.AccountID
	key     int64
}

func (r *recent) of(account ledger.AccountID) *atomic.Pointer[recentRow] {
	return &r.rows[binary.BigEndian.Uint64(account[8:])%uint64(len(r.rows))]
}

func (r *recent) note(account ledger.AccountID, key int64) {
	at := r.of(account)
	if row := at.Load(); row == nil || *row != (recentRow{account, key}) {
		at.Store(&recentRow{account, key})
	}
}

// keys gives the one key where an account's row stood; false where none is known.
func (r *recent) keys(account ledger.AccountID) (keyRange, bool) {
	row := r.of(account).Load()
	if row == nil || row.account != account {
		return keyRange{}, false
	}
	return keyRange{row.key, row.key}, true
}

package offline

import (
	"context"
	"encoding/binary"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	mentionBits = 1 << 20 // 128 KiB; 10,000 accounts make 1 of 100 others look mentioned
	// mentionsRead is how many rows are read at start, some ten milliseconds; a
	// journal that has more is asked each time.
	mentionsRead = 20_000
)

// mentions remembers of whom the journal may say anything, by account and by
// keyed hash, so that it need not be asked about all the others; and of whom more
// than what own entries add to her balances, as of most who bought here it does not.
// It knows too many, never too few: a bit is set before what it stands for is
// committed, and never taken back. Readers wait for nothing.
type mentions struct {
	any, more mentioned
}

// mentioned has a bit for each id that may be there.
type mentioned [mentionBits / 64]atomic.Uint64

// mentionOf gives the bit of an id, whose second half is random in every kind.
func mentionOf(id [16]byte) (word, bit uint64) {
	at := binary.BigEndian.Uint64(id[8:]) % mentionBits
	return at / 64, 1 << (at % 64)
}

func (m *mentioned) add(id [16]byte) {
	word, bit := mentionOf(id)
	m[word].Or(bit)
}

func (m *mentioned) has(id [16]byte) bool {
	word, bit := mentionOf(id)
	return m[word].Load()&bit != 0
}

func (m *mentions) add(id [16]byte) {
	m.any.add(id)
	m.more.add(id)
}

// has reports whether the journal may say something of an id; always where
// nobody keeps account of it.
func (m *mentions) has(id [16]byte) bool { return m == nil || m.any.has(id) }

// hasMore reports whether that may be more than rows of unsettled.
func (m *mentions) hasMore(id [16]byte) bool { return m == nil || m.more.has(id) }

func (m *mentions) addAll() {
	for i := range m.any {
		m.any[i].Store(^uint64(0))
		m.more[i].Store(^uint64(0))
	}
}

// load adds what the journal has.
func (m *mentions) load(ctx context.Context, journal reader) error {
	read := 0
	err := journal.Lookup(ctx, func(v *sqlitedb.Values) error {
		read++
		switch {
		case !v.Null(1):
			var hash ledger.KeyedHash
			copy(hash[:], v.Blob(1)) // which a damaged row may have too little of
			m.add(hash)
		case v.Int64(2) != 0:
			m.addUnsettled(v.Text(0))
		default:
			m.addText(v.Text(0))
		}
		return nil
	}, `
		SELECT account, NULL, 1 FROM unsettled
		UNION ALL SELECT account, NULL, 0 FROM rights WHERE closed IS NULL
		UNION ALL SELECT account, NULL, 0 FROM hold
		UNION ALL SELECT account, NULL, 0 FROM forward
		UNION ALL SELECT account, hash, 0 FROM local
		UNION ALL SELECT account, NULL, 0 FROM local
		UNION ALL SELECT account, NULL, 0 FROM named
		UNION ALL SELECT account, NULL, 0 FROM member_pin
		UNION ALL SELECT account, NULL, 0 FROM detached WHERE confirmed = 0
		LIMIT ?`, int64(mentionsRead))
	if read == mentionsRead {
		m.addAll()
	}
	return err
}

// addText adds an account as the journal writes it; one that is no id cannot
// be asked for.
func (m *mentions) addText(account string) {
	var id ledger.AccountID
	if id.UnmarshalText([]byte(account)) == nil {
		m.add(id)
	}
}

// addUnsettled adds an account of which a row of unsettled is written.
func (m *mentions) addUnsettled(account string) {
	var id ledger.AccountID
	if id.UnmarshalText([]byte(account)) == nil {
		m.any.add(id)
	}
}

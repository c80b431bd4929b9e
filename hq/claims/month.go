package claims

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// sealMonth seals the month a person was born in under her key; nil where it is
// not known.
func sealMonth(data keys.DataKey, of books.Holder, month int) []byte {
	if month < 1 || month > 12 {
		return nil
	}
	return data.SealField(string(of), "birth_month", records.MonthVersion, []byte{byte(month)})
}

package ledger

import (
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ClaimCode is what stands on the receipt of a sale without a member: who shows
// it may have what the sale earned, once. It is sealed under a key that all tills
// of a store have, and headquarters: tills of another store cannot tell whether
// it is good.
type ClaimCode struct {
	Sale   EntryID
	Day    Date   // of the sale
	Last   Date   // on which it can be claimed
	Earned Points // of the program's main unit
}

// Sealing makes the seal of a code: a keyed hash under the store's key.
type Sealing func(data []byte) Hash

// ClaimSeal is the kind under which codes are sealed with a store's key.
const ClaimSeal = "claim"

const (
	// claimPrefix begins each code; scanners tell by it what they read.
	claimPrefix = "LC1"
	claimGroup  = 5 // characters between dashes, for whoever keys it
	// Bytes of a code: which key, the sale's entry, two days, the seal; what it
	// earned stands between the last two.
	claimTag, claimSeal = 4, 12
	claimFixed          = claimTag + len(EntryID{}) + 2 + 2
	maxClaimBytes       = claimFixed + binary.MaxVarintLen64 + claimSeal
)

// claimLetters are Crockford's base 32: no letter is taken for another, and a QR
// code has all of them in its small alphabet.
var claimLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

var (
	// ErrNoCode says that a text is no code of a receipt.
	ErrNoCode = errors.New("not a receipt's code")
	// ErrForgedCode says that a code of this store was not made by it.
	ErrForgedCode = errors.New("a receipt's code that no till of the store made")
)

// Text writes a code in groups. Days outside 1970 to 2149 are ErrNoCode.
func (c ClaimCode) Text(seal Sealing) (string, error) {
	day, okDay := dayNumber(c.Day)
	last, okLast := dayNumber(c.Last)
	if !okDay || !okLast || c.Earned < 0 || c.Sale.IsZero() {
		return "", ErrNoCode
	}
	data := claimTagOf(seal)
	data = append(data, c.Sale[:]...)
	data = binary.BigEndian.AppendUint16(data, day)
	data = binary.BigEndian.AppendUint16(data, last)
	data = binary.AppendUvarint(data, uint64(c.Earned))
	data = append(data, claimSealOf(seal, data)...)
	text := claimPrefix
	for letters := claimLetters.EncodeToString(data); letters != ""; {
		n := min(claimGroup, len(letters))
		text, letters = text+"-"+letters[:n], letters[n:]
	}
	return text, nil
}

// IsClaimCode reports whether a text says of itself that it is a receipt's code.
func IsClaimCode(text string) bool {
	return len(text) > len(claimPrefix)+claimFixed && strings.EqualFold(text[:len(claimPrefix)], claimPrefix)
}

// ReadClaimCode reads a code as it was scanned or keyed: in any case, with or
// without its dashes. Known says that the key is its store's, and then that the
// seal is right; what is not known may be another store's, and is headquarters'
// to judge. Its errors are ErrNoCode and ErrForgedCode.
func ReadClaimCode(text string, seal Sealing) (c ClaimCode, known bool, err error) {
	data, err := claimBytes(text)
	if err != nil {
		return ClaimCode{}, false, err
	}
	body, sealed := data[:len(data)-claimSeal], data[len(data)-claimSeal:]
	copy(c.Sale[:], body[claimTag:])
	at := claimTag + len(c.Sale)
	c.Day, c.Last = dateOfNumber(binary.BigEndian.Uint16(body[at:])), dateOfNumber(binary.BigEndian.Uint16(body[at+2:]))
	earned, n := binary.Uvarint(body[claimFixed:])
	if n <= 0 || n != len(body)-claimFixed || earned > 1<<63-1 || c.Sale.IsZero() ||
		len(binary.AppendUvarint(nil, earned)) != n {
		return ClaimCode{}, false, ErrNoCode
	}
	c.Earned = Points(earned)
	if known = string(body[:claimTag]) == string(claimTagOf(seal)); !known {
		return c, false, nil
	}
	if subtle.ConstantTimeCompare(sealed, claimSealOf(seal, body)) != 1 {
		return ClaimCode{}, false, ErrForgedCode
	}
	return c, true, nil
}

// claimBytes takes a code's letters for bytes. Only one spelling of them, but
// for case, dashes, spaces and letters that look alike, is a code.
func claimBytes(text string) ([]byte, error) {
	if len(text) > maxCode || !IsClaimCode(text) {
		return nil, ErrNoCode
	}
	letters := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text[len(claimPrefix):]))
	data, err := claimLetters.DecodeString(letters)
	if err != nil || len(data) <= claimFixed+claimSeal || len(data) > maxClaimBytes || claimLetters.EncodeToString(data) != letters {
		return nil, ErrNoCode
	}
	return data, nil
}

func claimTagOf(seal Sealing) []byte {
	sum := seal([]byte("key"))
	return append([]byte(nil), sum[:claimTag]...)
}

func claimSealOf(seal Sealing, body []byte) []byte {
	sum := seal(append([]byte("code:"), body...))
	return sum[:claimSeal]
}

// dayNumber counts days from 1970-01-01.
func dayNumber(d Date) (uint16, bool) {
	day, err := time.Parse(time.DateOnly, string(d))
	n := day.Unix() / (24 * 60 * 60)
	return uint16(n), err == nil && n >= 0 && n < 1<<16
}

func dateOfNumber(n uint16) Date {
	return Date(time.Unix(int64(n)*24*60*60, 0).UTC().Format(time.DateOnly))
}

// String tells that it is one, and not which.
func (c ClaimCode) String() string { return fmt.Sprintf("receipt's code of %s", c.Day) }

package ledger

import (
	"encoding/binary"
	"errors"
	"strings"
)

// ReferralCode is what a member gives to a friend: the first 45 bits of her
// account's id, which are random, and a check letter, as "K7M3Q-9XP4T". It says
// nothing of her; whoever knows her account knows her code, without a table. Of
// ten million members about one in three million shares hers with another: such a
// code is nobody's.
type ReferralCode string

// ErrNoReferralCode says that a text is no code of a member: a letter of it is
// wrong, or two have changed places.
var ErrNoReferralCode = errors.New("not a member's code")

const (
	// referralLetters are those that nobody takes for another, read or heard as
	// a digit: no 0, O, 1 and I.
	referralLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	referralGroup   = 5 // letters on each side of the dash
	referralSize    = 2 * referralGroup
	referralBits    = 5 * (referralSize - 1) // of the account's id
)

// ReferralCodeOf is the code that an account has for ever. What it becomes by a
// merge has another; both lead to who survives.
func ReferralCodeOf(account AccountID) ReferralCode {
	bits := binary.BigEndian.Uint64(account[:8]) >> (64 - referralBits)
	var symbols [referralSize]byte
	for i := range referralSize - 1 {
		symbols[i] = byte(bits>>(referralBits-5*(i+1))) & 31
	}
	symbols[referralSize-1] = checkSymbol(symbols[:referralSize-1])
	return writeReferralCode(symbols)
}

func writeReferralCode(symbols [referralSize]byte) ReferralCode {
	var b strings.Builder
	for i, s := range symbols {
		if i == referralGroup {
			b.WriteByte('-')
		}
		b.WriteByte(referralLetters[s])
	}
	return ReferralCode(b.String())
}

// ReadReferralCode reads a code as it was said, keyed or scanned: in any case,
// with or without dashes and blanks. Its error is ErrNoReferralCode.
func ReadReferralCode(text string) (ReferralCode, error) {
	var symbols [referralSize]byte
	n := 0
	for _, letter := range []byte(strings.ToUpper(text)) {
		if letter == '-' || letter == ' ' {
			continue
		}
		symbol := strings.IndexByte(referralLetters, letter)
		if symbol < 0 || n == referralSize {
			return "", ErrNoReferralCode
		}
		symbols[n] = byte(symbol)
		n++
	}
	if n < referralSize || checkSymbol(symbols[:n-1]) != symbols[n-1] {
		return "", ErrNoReferralCode
	}
	return writeReferralCode(symbols), nil
}

// IsReferralCode reports whether a text is a code in the one form that
// ReferralCodeOf writes.
func IsReferralCode(text string) bool {
	code, err := ReadReferralCode(text)
	return err == nil && string(code) == text
}

// Accounts are the first and the last account whose code it can be; a code that
// ReadReferralCode did not return has none, and both are zero.
func (c ReferralCode) Accounts() (first, last AccountID) {
	if !IsReferralCode(string(c)) {
		return first, last
	}
	var bits uint64
	for _, letter := range []byte(strings.ReplaceAll(string(c), "-", ""))[:referralSize-1] {
		bits = bits<<5 | uint64(strings.IndexByte(referralLetters, letter))
	}
	const rest = 64 - referralBits
	binary.BigEndian.PutUint64(first[:8], bits<<rest)
	for i := range last {
		last[i] = 0xff
	}
	binary.BigEndian.PutUint64(last[:8], bits<<rest|(1<<rest-1))
	return first, last
}

// checkSymbol is the sum, in the field of 32 elements, of each symbol times a
// weight of its own: no single wrong symbol leaves it as it is, nor do any two
// that change places.
func checkSymbol(symbols []byte) (sum byte) {
	weight := byte(1)
	for _, s := range symbols {
		weight = times(weight, 2)
		sum ^= times(weight, s)
	}
	return sum
}

// times multiplies in that field, modulo x^5 + x^2 + 1, in which 2 generates all
// but 0.
func times(a, b byte) (product byte) {
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		if a <<= 1; a&32 != 0 {
			a ^= 0b100101
		}
	}
	return product
}

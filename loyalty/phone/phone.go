// Package phone knows what a typed number means: one spelling, E.164, for all
// the ways in which people key one telephone number.
//
// It is the only user of the phone library. That library unpacks its metadata
// when the program starts (some 10 to 30 ms, which cannot be put off); our
// own code calls it only when a number is parsed, and then only for those that
// no plan made of its tables reads. A Number prints its last four digits,
// wherever it is printed.
package phone

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// MetadataVersion is the release of the phone library whose tables decide.
// Another release may read a number differently, so it is kept with each
// number as typed.
const MetadataVersion = "v1.8.1"

// What a cashier reads when a number is not taken. None holds the number.
var (
	ErrEmpty      = errors.New("no number was keyed")
	ErrCharacters = errors.New("a phone number has digits and at most a + in front")
	ErrTooShort   = errors.New("the number is too short: key it with its area or network code")
	ErrTooLong    = errors.New("the number is too long")
	ErrInvalid    = errors.New("there is no such phone number: check the digits")
)

// ErrRegion says that the configured region is none the library knows.
var ErrRegion = errors.New("unknown region: want a country's two capital letters, such as TR")

const (
	maxTypedBytes = 64
	maxDigits     = 20     // 15 of E.164, an international prefix, and some slack
	maxE164Bytes  = 1 + 15 // ITU-T E.164 §6.2.1
	minE164Bytes  = 1 + 7  // no telephone in the tables has fewer digits; a few pagers and switchboards do
)

// Number is a valid telephone number. Its zero value is no number.
type Number struct {
	parts *parts // behind a pointer: fmt follows none inside another value
}

type parts struct{ e164, raw, region string }

// Parse reads what was typed in a region (ISO 3166, two letters), which decides
// what a number without country code means. Digits may be Arabic-Indic, and
// spaces ( ) - . / may stand between them.
func Parse(typed, region string) (Number, error) {
	if len(typed) > maxTypedBytes {
		return Number{}, ErrTooLong
	}
	digits, err := plain(typed)
	if err != nil {
		return Number{}, err
	}
	e164, ok := planOf(region).read(digits)
	if !ok {
		if e164, err = byLibrary(digits, region); err != nil {
			return Number{}, err
		}
	}
	switch {
	case len(e164) > maxE164Bytes: // the tables have Germany's own digits one longer than fits behind +49
		return Number{}, ErrTooLong
	case len(e164) < minE164Bytes:
		return Number{}, ErrTooShort
	}
	return Number{&parts{e164: e164, raw: typed, region: region}}, nil
}

// byLibrary asks the library, which knows every number and refusal.
func byLibrary(digits, region string) (e164 string, err error) {
	if err := CheckRegion(region); err != nil {
		return "", err
	}
	number, err := phonenumbers.Parse(digits, region)
	if err != nil {
		return "", refusal(err)
	}
	if err := check(number); err != nil {
		return "", err
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// CheckRegion gives ErrRegion for a region in which no number can be read.
func CheckRegion(region string) error {
	if phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return fmt.Errorf("region %q: %w", region, ErrRegion)
	}
	return nil
}

// plain leaves digits and a leading +. The library by itself takes letters for
// the digits of an old telephone's keys.
func plain(typed string) (string, error) {
	var out strings.Builder
	out.Grow(len(typed))
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case r >= '٠' && r <= '٩':
			out.WriteRune('0' + r - '٠')
		case r >= '۰' && r <= '۹':
			out.WriteRune('0' + r - '۰')
		case r == '+' && out.Len() == 0:
			out.WriteRune(r)
		case !strings.ContainsRune(" ()-./", r):
			return "", ErrCharacters
		}
	}
	switch digits := out.Len(); {
	case digits == 0:
		return "", ErrEmpty
	case digits > maxDigits:
		return "", ErrTooLong
	}
	return out.String(), nil
}

func refusal(err error) error {
	switch {
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return ErrTooLong
	case errors.Is(err, phonenumbers.ErrTooShortAfterIDD),
		errors.Is(err, phonenumbers.ErrTooShortNSN),
		errors.Is(err, phonenumbers.ErrNotANumber): // fewer than three digits
		return ErrTooShort
	}
	return ErrInvalid
}

func check(number *phonenumbers.PhoneNumber) error {
	switch phonenumbers.IsPossibleNumberWithReason(number) {
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return ErrTooShort
	case phonenumbers.TOO_LONG:
		return ErrTooLong
	}
	if !phonenumbers.IsValidNumber(number) {
		return ErrInvalid
	}
	return nil
}

// E164 gives the number in the clear, "+905321234567".
func (n Number) E164() string { return n.get().e164 }

// Raw gives in the clear what was typed.
func (n Number) Raw() string { return n.get().raw }

// Region gives the region in which it was read.
func (n Number) Region() string { return n.get().region }

// Last4 gives the last four digits, which may be shown.
func (n Number) Last4() string {
	e164 := n.E164()
	return e164[max(0, len(e164)-4):]
}

func (n Number) get() parts {
	if n.parts == nil {
		return parts{}
	}
	return *n.parts
}

// String gives "…4567".
func (n Number) String() string { return "…" + n.Last4() }

// Format is part of fmt.Formatter: no verb shows more than String.
func (n Number) Format(s fmt.State, _ rune) { io.WriteString(s, n.String()) }

// MarshalText is part of encoding.TextMarshaler; it gives what String gives.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

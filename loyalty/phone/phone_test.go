package phone_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// All the ways to key one number are one number.
func TestSpellings(t *testing.T) {
	for _, c := range []struct {
		typed, region, want string
	}{
		{"0532 123 45 67", "TR", "+905321234567"},
		{"+90 532 1234567", "TR", "+905321234567"},
		{"905321234567", "TR", "+905321234567"},
		{"00905321234567", "TR", "+905321234567"},
		{"5321234567", "TR", "+905321234567"},
		{"05321234567", "TR", "+905321234567"},
		{"(0532) 123-45.67/", "TR", "+905321234567"},
		{"(+90) 532 123 45 67", "TR", "+905321234567"},
		{"٠٥٣٢١٢٣٤٥٦٧", "TR", "+905321234567"},
		{"۰۵۳۲۱۲۳۴۵۶۷", "TR", "+905321234567"},
		{"+905321234567", "DE", "+905321234567"},
		{"00905321234567", "DE", "+905321234567"},
		{"07911123456", "GB", "+447911123456"},
		{"0212345678", "IT", "+390212345678"},
		{"2015550123", "US", "+12015550123"},
	} {
		got, err := phone.Parse(c.typed, c.region)
		if err != nil || got.E164() != c.want {
			t.Errorf("%q in %s: %q, %v", c.typed, c.region, got.E164(), err)
			continue
		}
		if got.Raw() != c.typed || got.Region() != c.region {
			t.Errorf("%q in %s: kept as %q in %s", c.typed, c.region, got.Raw(), got.Region())
		}
	}
}

// What is no number is refused in words that do not repeat it.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		typed, region string
		want          error
	}{
		{"", "TR", phone.ErrEmpty},
		{" - ", "TR", phone.ErrEmpty},
		{"+", "TR", phone.ErrTooShort},
		{"1", "TR", phone.ErrTooShort},
		{"112", "TR", phone.ErrTooShort},
		{"05321", "TR", phone.ErrTooShort},
		{"1234567", "TR", phone.ErrInvalid}, // a service number's length
		{"0532-CALL-ME", "TR", phone.ErrCharacters},
		{"0532+1234567", "TR", phone.ErrCharacters},
		{"0532 123 45 67 ext 1", "TR", phone.ErrCharacters},
		{"٠٥३", "TR", phone.ErrCharacters},
		{"\xff0532", "TR", phone.ErrCharacters},
		{"+90532123456789", "TR", phone.ErrInvalid}, // 12 digits are possible there
		{"053212345678901", "TR", phone.ErrTooLong},
		{"053212345678901234567", "TR", phone.ErrTooLong},
		{strings.Repeat(" ", 65), "TR", phone.ErrTooLong},
		{"+4976152454976189", "DE", phone.ErrTooLong}, // the tables have it
		{"1687", "DE", phone.ErrTooShort},             // a pager of the tables
		{"0000000000", "TR", phone.ErrInvalid},
		{"19876543210", "IN", phone.ErrInvalid},
		{"+999 12345678", "TR", phone.ErrInvalid},
		{"05321234567", "", phone.ErrRegion},
		{"05321234567", "tr", phone.ErrRegion},
		{"+905321234567", "ZZ", phone.ErrRegion},
	} {
		got, err := phone.Parse(c.typed, c.region)
		if !errors.Is(err, c.want) {
			t.Errorf("%q in %q: %q, %v; want %v", c.typed, c.region, got.E164(), err, c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "0123456789") {
			t.Errorf("%q: the error shows digits: %v", c.typed, err)
		}
	}
}

// However a number is printed, alone or inside another value, only its last
// four digits show.
func TestMasks(t *testing.T) {
	n, err := phone.Parse("0532 123 45 67", "TR")
	if err != nil {
		t.Fatal(err)
	}
	if n.Last4() != "4567" || n.String() != "…4567" {
		t.Errorf("%q, %q", n.Last4(), n.String())
	}
	text, err := json.Marshal(map[string]any{"n": n, "p": &n})
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ hidden phone.Number }{n}
	out := string(text) +
		fmt.Sprintf("%v %+v %#v %s %q %x %d %s", n, n, n, n, n, n, n, []phone.Number{n}) +
		fmt.Sprintf("%v %+v %#v", holder, &holder, holder)
	out = address.ReplaceAllString(out, "")
	for _, form := range []string{"532", "123", "353332"} {
		if strings.Contains(out, form) {
			t.Errorf("%q shows in %s", form, out)
		}
	}
	if zero := (phone.Number{}); zero.String() != "…" || zero.E164() != "" {
		t.Errorf("zero value: %q, %q", zero, zero.E164())
	}
}

var address = regexp.MustCompile(`0x[0-9a-f]+`) // of the pointer that fmt does not follow

// The version kept with each number is the one that is built in.
func TestMetadataVersion(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "github.com/nyaruka/phonenumbers "+phone.MetadataVersion) {
		t.Errorf("go.mod does not require %s", phone.MetadataVersion)
	}
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// FuzzParse: whatever is typed, a number taken has the form of E.164 and is
// read back as itself.
func FuzzParse(f *testing.F) {
	for _, typed := range []string{"0532 123 45 67", "+90 532 1234567", "00905321234567", "٠٥٣٢١٢٣٤٥٦٧", "112", "0532-CALL-ME", "+39 02 12345678", "+5491123456789", "15512345678", "+4976152454976189", "+491687", ""} {
		f.Add(typed, "TR")
		f.Add(typed, "MX")
		f.Add(typed, "IT")
	}
	f.Fuzz(func(t *testing.T, typed, region string) {
		n, err := phone.Parse(typed, region)
		if err != nil {
			return
		}
		if !e164.MatchString(n.E164()) {
			t.Fatalf("%q in %q is %q", typed, region, n.E164())
		}
		again, err := phone.Parse(n.E164(), region)
		if err != nil || again.E164() != n.E164() {
			t.Errorf("%q read again is %q, %v", n.E164(), again.E164(), err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := phone.Parse("0532 123 45 67", "TR"); err != nil {
			b.Fatal(err)
		}
	}
}

package phone_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

var eachRegion = flag.Int("numbers", 50, "numbers that each region's plan is asked beside the library")

// same reports whether a plan took a number, which the library must then read
// alike.
func same(t *testing.T, typed, region string) (taken bool) {
	t.Helper()
	e164, taken := phone.Planned(typed, region)
	if !taken {
		return false
	}
	if want, err := phone.ByLibrary(typed, region); err != nil || e164 != want {
		t.Errorf("%q in %s: the plan says %q, the library %q, %v", typed, region, e164, want, err)
	}
	return true
}

// In every region the library knows, a plan takes only what the library takes,
// and reads it alike: examples of all kinds of numbers with some digits drawn
// anew, a digit more or less, and in all spellings.
func TestPlans(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	taken := 0
	for _, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		for range *eachRegion {
			for _, typed := range spellings(region, drawn(random, region)) {
				if same(t, typed, region) {
					taken++
				}
			}
		}
	}
	if least := *eachRegion * 200; taken < least {
		t.Errorf("plans took %d numbers, of which this says nothing", taken)
	}
}

// drawn is a number within a region that may or may not exist.
func drawn(random *rand.Rand, region string) string {
	kind := phonenumbers.PhoneNumberType(random.IntN(int(phonenumbers.VOICEMAIL) + 1))
	example := phonenumbers.GetExampleNumberForType(region, kind)
	if example == nil {
		example = phonenumbers.GetExampleNumber(region)
	}
	digits := []byte(phonenumbers.GetNationalSignificantNumber(example))
	for range random.IntN(len(digits)) {
		digits[random.IntN(len(digits))] = '0' + byte(random.IntN(10))
	}
	switch random.IntN(10) {
	case 0:
		digits = digits[1:]
	case 1:
		digits = append(digits, '0'+byte(random.IntN(10)))
	}
	return string(digits)
}

// spellings are the ways to dial a number, within its region and from abroad.
func spellings(region, number string) []string {
	code := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(region))
	trunk := phonenumbers.GetNddPrefixForRegion(region, true)
	return []string{
		number, trunk + number, "0" + number, code + number, code + trunk + number,
		"+" + code + number, "+" + code + trunk + number, "00" + code + number, "0" + code + number,
	}
}

// How customers say their numbers is read by a plan, not by the long road.
func TestPlanned(t *testing.T) {
	for _, c := range []struct{ typed, region string }{
		{"0532 123 45 67", "TR"}, {"532 123 45 67", "TR"}, {"+90 532 123 45 67", "TR"}, {"905321234567", "TR"}, {"0212 345 67 89", "TR"},
		{"07400 123456", "GB"}, {"0171 2345678", "DE"}, {"06 12 34 56 78", "FR"}, {"333 123 4567", "IT"}, {"0212345678", "IT"},
		{"201 555 0123", "US"}, {"1 201 555 0123", "US"}, {"91234 56789", "IN"}, {"091234 56789", "IN"}, {"11 98765-4321", "BR"}, {"8 912 345-67-89", "RU"},
	} {
		if !same(t, c.typed, c.region) {
			t.Errorf("%q in %s is left to the library", c.typed, c.region)
		}
	}
}

// FuzzPlan: whatever is typed, a plan reads it as the library does or leaves it.
func FuzzPlan(f *testing.F) {
	for _, region := range []string{"TR", "US", "IN", "BR", "IT", "AR", "RU", "CN"} {
		for _, typed := range spellings(region, phonenumbers.GetNationalSignificantNumber(phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE))) {
			f.Add(typed, region)
		}
	}
	f.Fuzz(func(t *testing.T, typed, region string) { same(t, typed, region) })
}

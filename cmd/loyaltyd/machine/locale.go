package machine

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// TimeZone is the machine's zone by name; empty where it has none, or one that
// no shop stands in.
func (m Machine) TimeZone() string {
	zone := m.read("etc/timezone")
	if link, err := os.Readlink(m.Path("etc/localtime")); err == nil {
		if _, name, ok := strings.Cut(link, "zoneinfo/"); ok {
			zone = name
		}
	}
	if !strings.Contains(zone, "/") || strings.HasPrefix(zone, "Etc/") {
		return ""
	}
	return zone
}

var localeRegion = regexp.MustCompile(`^[a-z]{2,3}_([A-Z]{2})\b`)

// Region is the country the machine is set up for: its zone's, or its
// language's; empty where neither says one.
func (m Machine) Region(zone string, getenv func(string) string) string {
	for line := range strings.Lines(m.read("usr/share/zoneinfo/zone.tab")) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[2] == zone {
			return fields[0]
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MONETARY", "LC_TELEPHONE", "LANG"} {
		if match := localeRegion.FindStringSubmatch(getenv(name)); match != nil {
			return match[1]
		}
	}
	return ""
}

// CurrencyOf is what a region pays with; empty where that is not known.
func CurrencyOf(region string) string {
	parsed, err := language.ParseRegion(region)
	if err != nil {
		return ""
	}
	if unit, ok := currency.FromRegion(parsed); ok {
		return unit.String()
	}
	return ""
}

// newCurrencies are in use, and not in the tables that we have.
var newCurrencies = []string{"MRU", "SLE", "STN", "UYW", "VED", "VES", "XCG", "ZWG"}

// IsCurrency reports whether anything is paid in a currency: XXX and XTS have codes,
// and are none.
func IsCurrency(code string) bool {
	if slices.Contains(newCurrencies, code) {
		return true
	}
	unit, err := currency.ParseISO(code)
	return err == nil && unit != currency.XXX && unit != currency.XTS
}

// LanguageOf is what most people of a region speak; empty where that is not known.
func LanguageOf(region string) string {
	parsed, err := language.ParseRegion(region)
	if err != nil {
		return ""
	}
	spoken, err := language.Compose(parsed)
	if err != nil {
		return ""
	}
	base, _ := spoken.Base()
	return base.String()
}

package phone

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// plan reads what is certain to be a number of one region. It is made of the
// library's own tables and follows its steps, without those that a string of
// nothing but digits cannot need, with which the library takes more than ten
// times as long. All that a plan does not take, and so every refusal, is the library's
// to decide.
type plan struct {
	code    string         // country calling code
	abroad  *regexp.Regexp // what is dialed before another country's code
	trunk   *regexp.Regexp // what is dialed before a number within the region
	rewrite bool           // trunk's last group, where it matches, is written anew
	whole   *regexp.Regexp // every number of the region
	leading *regexp.Regexp // how they begin, where regions share a country code
	lengths lengths        // of a whole number
	kinds   []kind         // those that customers have
}

// kind is mobile or fixed line.
type kind struct {
	pattern *regexp.Regexp
	lengths lengths
}

// lengths has bit n set where a number may have n digits.
type lengths uint64

func (l lengths) has(number string) bool { return l>>len(number)&1 == 1 }

// plans are made when a region is first asked for, and are no more than the
// library has regions.
var plans sync.Map

// planOf gives a region's plan; nil where it has none.
func planOf(region string) *plan {
	if p, ok := plans.Load(region); ok {
		return p.(*plan)
	}
	of := tablesOf(region)
	if of == nil {
		return nil
	}
	p, _ := plans.LoadOrStore(region, newPlan(of))
	return p.(*plan)
}

// tablesOf gives what the library knows of a region; nil where that is nothing,
// and where it has to look at others too: it asks the regions that share a
// country code in turn whether a number is theirs, so the first alone is simple.
func tablesOf(region string) *phonenumbers.PhoneMetadata {
	code := phonenumbers.GetCountryCodeForRegion(region)
	all, err := phonenumbers.MetadataCollection()
	if code == 0 || err != nil || phonenumbers.GetRegionCodeForCountryCode(code) != region {
		return nil
	}
	i := slices.IndexFunc(all.Metadata, func(of *phonenumbers.PhoneMetadata) bool { return of.GetId() == region })
	if i < 0 {
		return nil
	}
	return all.Metadata[i]
}

func newPlan(of *phonenumbers.PhoneMetadata) *plan {
	general := of.GetGeneralDesc()
	p := &plan{
		code:    strconv.Itoa(int(of.GetCountryCode())),
		abroad:  begins(of.GetInternationalPrefix()),
		trunk:   begins(of.GetNationalPrefixForParsing()),
		rewrite: of.GetNationalPrefixTransformRule() != "",
		whole:   matches(general),
		leading: begins(of.GetLeadingDigits()),
		lengths: setOf(general.PossibleLength) &^ setOf(general.PossibleLengthLocalOnly),
	}
	kinds := []*phonenumbers.PhoneNumberDesc{of.GetMobile(), of.GetFixedLine()}
	if of.GetSameMobileAndFixedLinePattern() {
		kinds = kinds[1:]
	}
	for _, k := range kinds {
		lengths := setOf(k.PossibleLength)
		if len(k.PossibleLength) == 0 {
			lengths = p.lengths
		}
		p.kinds = append(p.kinds, kind{matches(k), lengths})
	}
	return p
}

// begins gives nil for a pattern that is not there.
func begins(pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	return regexp.MustCompile("^(?:" + pattern + ")")
}

func matches(of *phonenumbers.PhoneNumberDesc) *regexp.Regexp {
	return regexp.MustCompile("^(?:" + of.GetNationalNumberPattern() + ")$")
}

// setOf leaves out -1, which stands where a region has no such numbers.
func setOf(digits []int32) (l lengths) {
	for _, n := range digits {
		if n >= 0 {
			l |= 1 << n
		}
	}
	return l
}

// read gives a number of the region that is surely valid, as E.164.
func (p *plan) read(digits string) (e164 string, ok bool) {
	if p == nil {
		return "", false
	}
	number, ok := p.national(digits)
	if !ok {
		return "", false
	}
	if number, ok = p.withoutTrunk(number); !ok || !p.valid(number) {
		return "", false
	}
	return "+" + p.code + number, true
}

// national takes the country code away, if there is one, with its +.
func (p *plan) national(digits string) (number string, ok bool) {
	if abroad, plus := strings.CutPrefix(digits, "+"); plus {
		return strings.CutPrefix(abroad, p.code) // no country code begins with another
	}
	if p.abroad != nil && p.abroad.MatchString(digits) {
		return "", false
	}
	number, coded := strings.CutPrefix(digits, p.code)
	if !coded {
		return digits, true
	}
	// It may be no country code: within India a mobile number may begin with 91.
	if number, ok = p.withoutTrunk(number); !ok {
		return "", false
	}
	if p.whole.MatchString(digits) {
		return digits, p.lengths.has(digits)
	}
	return number, p.whole.MatchString(number)
}

// withoutTrunk takes away what is dialed before a number within the region.
func (p *plan) withoutTrunk(number string) (rest string, ok bool) {
	if p.trunk == nil {
		return number, true
	}
	found := p.trunk.FindStringSubmatchIndex(number)
	if found == nil {
		return number, true
	}
	if p.rewrite && found[len(found)-1] >= 0 {
		return "", false
	}
	rest = number[found[1]:]
	if !p.whole.MatchString(rest) && p.whole.MatchString(number) {
		return number, true
	}
	return rest, true
}

func (p *plan) valid(number string) bool {
	return p.lengths.has(number) && p.whole.MatchString(number) && (p.leading == nil || p.leading.MatchString(number)) &&
		slices.ContainsFunc(p.kinds, func(k kind) bool { return k.lengths.has(number) && k.pattern.MatchString(number) })
}

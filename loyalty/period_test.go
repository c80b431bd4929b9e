package loyalty_test

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

var periodForm = regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?$`)

// FuzzPeriod compares what is read with the form of ISO 8601, written as one
// expression.
func FuzzPeriod(f *testing.F) {
	for _, seed := range []string{
		"P30D", "P6M", "PT72H", "P1Y2M3W4DT5H6M7S", "P", "PT", "P1DT", "T1H", "", "P12345D", "P1D1M", "P1M1M", "PD", "P1", "P1H", "PT1D", "PTT1H", "P1DT1HT1M", "P-1D", "p1D", "P1D ", "P١D",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		months, days, clock, err := loyalty.PeriodOf(text)
		found := periodForm.FindStringSubmatch(text)
		if found == nil || text[len(text)-1] == 'P' || text[len(text)-1] == 'T' {
			if err == nil {
				t.Fatalf("%q is read as %d months, %d days, %s", text, months, days, clock)
			}
			return
		}
		var n [8]int
		for i := 1; i < len(found); i++ {
			n[i], _ = strconv.Atoi(found[i])
		}
		want := time.Duration(n[5])*time.Hour + time.Duration(n[6])*time.Minute + time.Duration(n[7])*time.Second
		if err != nil || months != 12*n[1]+n[2] || days != 7*n[3]+n[4] || clock != want {
			t.Fatalf("%q is read as %d months, %d days, %s, %v", text, months, days, clock, err)
		}
	})
}

package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A code is read as it was written, also with blanks around it.
func TestEnrollmentCode(t *testing.T) {
	for _, c := range []struct {
		text string
		want wire.EnrollmentCode
		ok   bool
	}{
		{"https://hq.example:8443/#abcd-efgh.SECRET", wire.EnrollmentCode{URL: "https://hq.example:8443", Fingerprint: "abcd-efgh", Secret: "SECRET"}, true},
		{"https://hq.example#f.s", wire.EnrollmentCode{URL: "https://hq.example", Fingerprint: "f", Secret: "s"}, true},
		{" https://[::1]:8443/#f.s.t\n", wire.EnrollmentCode{URL: "https://[::1]:8443", Fingerprint: "f", Secret: "s.t"}, true},
		{"", wire.EnrollmentCode{}, false},
		{"SECRET", wire.EnrollmentCode{}, false},
		{"http://hq.example/#f.SECRET", wire.EnrollmentCode{}, false},
		{"hq.example/#f.SECRET", wire.EnrollmentCode{}, false},
		{"https:///#f.SECRET", wire.EnrollmentCode{}, false},
		{"https://:8443/#f.SECRET", wire.EnrollmentCode{}, false},
		{"https://hq.example/#SECRET", wire.EnrollmentCode{}, false},
		{"https://hq.example/#.SECRET", wire.EnrollmentCode{}, false},
		{"https://hq.example/#f.", wire.EnrollmentCode{}, false},
		{"https://hq.example/loyalty/#f.SECRET", wire.EnrollmentCode{}, false},
		{"https://hq.example/?a=b#f.SECRET", wire.EnrollmentCode{}, false},
		{"https://user:SECRET@hq.example/#f.SECRET", wire.EnrollmentCode{}, false},
		{"https://hq example/#f.SECRET", wire.EnrollmentCode{}, false},
	} {
		got, err := wire.ParseEnrollmentCode(c.text)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
		if err != nil && strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%q: the error tells the secret: %v", c.text, err)
		}
	}
}

// Whatever is taken for a code is written and read as the same again.
func FuzzParseEnrollmentCode(f *testing.F) {
	for _, seed := range []string{
		"https://hq.example:8443/#abcd.S", "https://[::1]/#a.b.c", "#.", "https://%41/#a.b", "https://a/#b.c\n", "https://a@b/#c.d",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := wire.ParseEnrollmentCode(text)
		if err != nil {
			return
		}
		again, err := wire.ParseEnrollmentCode(code.Text())
		if err != nil || again != code {
			t.Errorf("%q is %+v, then %+v: %v", text, code, again, err)
		}
	})
}

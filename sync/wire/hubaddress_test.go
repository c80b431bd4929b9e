package wire_test

import (
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Whatever is taken for a hub's address leads to a machine over HTTPS, and is written
// and read as the same again.
func FuzzParseHubAddress(f *testing.F) {
	const fingerprint = "abcd-efgh-ijkl-mnop-qrst-uvwx"
	for _, seed := range []string{"https://hub.example:7790/#", " https://[::1]:7790#", "http://hub/#", "https://user@hub/#", "https://%41/#", "https:///#"} {
		f.Add(seed + fingerprint)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := wire.ParseHubAddress(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(address.URL, "https://") || len(address.URL) == len("https://") {
			t.Errorf("%q leads to %q", text, address.URL)
		}
		if again, err := wire.ParseHubAddress(address.String()); err != nil || again != address {
			t.Errorf("%q is %+v, then %+v: %v", text, address, again, err)
		}
	})
}

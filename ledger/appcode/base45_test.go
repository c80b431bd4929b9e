package appcode

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// The vectors of RFC 9285, 4.3 and 4.4, and what it says is none.
func TestBase45(t *testing.T) {
	for plain, text := range map[string]string{"": "", "AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0"} {
		if got := encode45([]byte(plain)); got != text {
			t.Errorf("%q is %q, want %q", plain, got, text)
		}
		if got, ok := decode45(text); !ok || string(got) != plain {
			t.Errorf("%q is read as %q, %v", text, got, ok)
		}
	}
	for _, bad := range []string{"A", "GGW", ":::", "::", "BB8a", "bb8", "BB8\n"} {
		if got, ok := decode45(bad); ok {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

// FuzzRead: no text brings the reader down, what is read would be written the same
// way, and nothing is taken that headquarters did not sign.
func FuzzRead(f *testing.F) {
	f.Add(prefix + encode45(append([]byte{version}, make([]byte, codeBytes-1)...)) + end)
	f.Add(prefix + strings.Repeat(":", Letters-len(prefix)-len(end)) + end)
	f.Add(prefix + end)
	f.Add("")
	key := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, text string) {
		code, err := Read(text)
		if err != nil {
			return
		}
		if again := prefix + encode45(code.raw[:]) + end; again != text {
			t.Errorf("%q is written as %q", text, again)
		}
		if code.Verify(ledger.NewKeyChain(ledger.ChainID{1}, key), code.NotAfter) == nil {
			t.Error("taken, and nobody signed it")
		}
	})
}

package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// However a person is printed, nothing of her is.
func TestPersonMasksItself(t *testing.T) {
	who := ledger.Person{Phone: &ledger.Phone{E164: "+905321234567"}, Name: "Ayşe", Card: "2912345678906"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, value := range []any{who, &who, *who.Phone, []ledger.Person{who}} {
			text := fmt.Sprintf(verb, value)
			for _, trace := range []string{"4567", "Ay", "8906"} {
				if strings.Contains(text, trace) {
					t.Errorf("%s of %T tells %q", verb, value, text)
				}
			}
		}
	}
}

func TestMaskCard(t *testing.T) {
	for number, want := range map[string]string{"2912345678906": "...8906", "AB123456": "...3456", "1234567": "...", "": "..."} {
		if got := ledger.MaskCard(number); got != want {
			t.Errorf("%q is shown as %q, want %q", number, got, want)
		}
	}
}

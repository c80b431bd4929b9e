package hq_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Who is only listed, because her enroll was lost, is erased by her number: a till that
// enrolled it too and had not heard of it brings nobody back.
func TestErasedWhoWasListed(t *testing.T) {
	f := newForgotten(t)
	second := f.a.addMember(bulent, "")
	f.a.earn(ledger.SubjectOf(second), 30)
	f.a.detached(bulent, 7)
	f.b.comeAgain(f.b.row(ledger.PhoneIdentifier, bulent, f.who))
	f.erase(bulent)
	f.counts("erased", map[string]int{"erased_identifier": 1})
	f.a.comeAgain(f.a.row(ledger.PhoneIdentifier, bulent, second))
	f.work()
	if m, err := f.hq.MemberByPhone(context.Background(), bulent); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("she is found as %+v, %v", m, err)
	}
	f.counts("a till came late", map[string]int{"person": 1, "claim_identifier": 1, "attachment": 1}) // another's
	f.sound()
}

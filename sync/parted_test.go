package sync_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
)

// Two accounts were made one after the backup. The tills still know that, so a
// restored headquarters says it is to be said again.
func TestRestoredTellsOfALostMerge(t *testing.T) {
	s := newShop(t)
	s.bulent(s.b)
	s.settle(s.a, s.b)
	backup := s.Backup()
	_, err := s.MergeMembers(context.Background(), hq.MemberMerge{ID: s.a.NewEntry(), Phone: e164, Other: bulentsNumber, Reason: "one customer"})
	s.must(err)
	s.settle(s.a, s.b)

	s.restore(backup)
	s.greet(s.a)
	s.greet(s.b)
	s.settle(s.a, s.b)
	if state := s.recovery(); len(state.Parted) != 1 || state.WaitsUntil != 0 {
		t.Errorf("%+v", state)
	}
}

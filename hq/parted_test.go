package hq_test

import (
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A merge that came after the backup is not there after a restore. A till that
// heard of it lists the one in the other's account: a person is told of both, until
// it was said again.
func TestMergeLostByARestore(t *testing.T) {
	w, a, _ := served(t, 1000)
	first := w.member(ayse).Account
	second := a.addMember(mehmet, "Mehmet Demir")
	a.sync()
	backup := w.backup()
	merge := hq.MemberMerge{ID: newEntryID(), Phone: ayse, Other: mehmet, Reason: "a new number"}
	if _, err := w.hq.MergeMembers(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	w.work()
	into := w.member(ayse).Account
	row := a.row(ledger.PhoneIdentifier, ayse, into)
	if gone := first; into == first {
		gone = second
		row = a.row(ledger.PhoneIdentifier, mehmet, into)
		row.Member = ledger.MemberID(gone)
	} else {
		row.Member = ledger.MemberID(gone)
	}

	w.restore(backup)
	a.comeAgain(row)
	state, err := w.hq.Recovery(t.Context())
	if err != nil || len(state.Parted) != 1 || state.Parted[0].Account != into || state.Parted[0].Member != row.Member {
		t.Fatalf("%+v, %v", state.Parted, err)
	}
	names := []string{state.Parted[0].Name, state.Parted[0].Other}
	slices.Sort(names)
	if want := []string{w.member(ayse).Name, w.member(mehmet).Name}; !slices.Equal(names, slices.Sorted(slices.Values(want))) {
		t.Errorf("named %q, want %q", names, want)
	}
	if w.told(event.Parted) != 1 {
		t.Error("nobody was told")
	}
	merge.ID = newEntryID()
	if _, err := w.hq.MergeMembers(t.Context(), merge); err != nil {
		t.Fatal(err)
	}
	if state, err = w.hq.Recovery(t.Context()); err != nil || len(state.Parted) != 0 {
		t.Errorf("said again: %+v, %v", state.Parted, err)
	}
	w.clean()
}

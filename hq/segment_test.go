package hq_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// segments changes a segment of members by hand.
func (w *world) segments(segment string, out bool, members ...hq.Whom) hq.Segmented {
	w.Helper()
	done, err := w.hq.Segment(context.Background(), hq.SegmentChange{
		Segmenting: ledger.Segmenting{Segment: segment, Out: out, Reason: "spring drive"}, Operator: "zeynep",
	}, members)
	if err != nil {
		w.Fatal(err)
	}
	return done
}

// Whoever is put in a segment is in it until she is taken out, however often it
// is said; who did it, when and why stands in her ledger.
func TestSegments(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.sync()
	account, _ := s.subject.Account()
	if done := w.segments("vip", false, hq.Whom{Phone: ayse}); done.Changed != 1 {
		t.Fatalf("put in: %+v", done)
	}
	if done := w.segments("vip", false, hq.Whom{Account: account}); done.Changed != 0 || done.Unchanged != 1 {
		t.Errorf("put in again: %+v", done)
	}
	w.segments("staff", false, hq.Whom{Phone: ayse})
	w.segments("vip", true, hq.Whom{Phone: ayse})
	w.segments("vip", true, hq.Whom{Phone: ayse})
	w.segments("vip", false, hq.Whom{Phone: ayse})
	if got := w.member(ayse).Segments; !cmp.Equal(got, []string{"staff", "vip"}) {
		t.Errorf("she is in %v", got)
	}
	rows, err := w.hq.History(context.Background(), ayse, 50)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, row := range rows {
		if row.Kind == ledger.Segment {
			told = append(told, fmt.Sprint(row.Segmenting.Segment, " ", row.Segmenting.Out, " ", row.Operator, " ", row.Reason))
		}
	}
	want := "vip false zeynep spring drive; staff false zeynep spring drive; vip true zeynep spring drive; vip false zeynep spring drive"
	if got := strings.Join(told, "; "); got != want {
		t.Errorf("the history tells %s", got)
	}
	w.restart()
	sizes, err := w.hq.Segments(context.Background())
	if err != nil || !cmp.Equal(sizes, []inquiry.SegmentSize{{Segment: "staff", Members: 1}, {Segment: "vip", Members: 1}}) {
		t.Errorf("segments %v, %v", sizes, err)
	}
	w.clean()
}

// Nobody is put in where one of them cannot be, or where it was only tried: what
// is wrong is told of each in her place.
func TestSegmentsTogether(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a := w.newTill("lane 1")
	for i := range 3 {
		newShopper(t, w, a, phoneNumber(i))
	}
	a.sync()
	for i := range ledger.MaxSegments {
		w.segments(fmt.Sprint("s", i), false, hq.Whom{Phone: phoneNumber(2)})
	}
	one := w.member(phoneNumber(0)).Account
	done := w.segments("vip", false, hq.Whom{Phone: phoneNumber(0)}, hq.Whom{Phone: "+905329999999"}, hq.Whom{Account: one}, hq.Whom{Card: "1"}, hq.Whom{Phone: phoneNumber(2)})
	want := []error{nil, records.ErrNotFound, nil, records.ErrNotFound, hq.ErrManySegments}
	for i, problem := range want {
		if !errors.Is(done.Problems[i], problem) || problem == nil && done.Problems[i] != nil {
			t.Errorf("problem %d is %v, want %v", i, done.Problems[i], problem)
		}
	}
	tried, err := w.hq.Segment(context.Background(), hq.SegmentChange{
		Segmenting: ledger.Segmenting{Segment: "vip", Reason: "a look"}, Try: true,
	}, []hq.Whom{{Phone: phoneNumber(0)}, {Phone: phoneNumber(1)}})
	if err != nil || tried.Changed != 2 || len(tried.Problems) > 0 {
		t.Errorf("tried: %+v, %v", tried, err)
	}
	for i := range 2 {
		if got := w.member(phoneNumber(i)).Segments; len(got) > 0 {
			t.Errorf("member %d is in %v", i, got)
		}
	}
	w.clean()
}

// Verify finds a segment that no row of the ledger made, one that is gone, and
// one that another row made.
func TestVerifySegments(t *testing.T) {
	for _, change := range []string{
		`INSERT INTO member_segment (member, segment, account, n) SELECT member, 'gold', account, n FROM member_segment`,
		`DELETE FROM member_segment`,
		`UPDATE member_segment SET n = 1`,
		`UPDATE member_segment SET segment = 'gold'`,
		`UPDATE member_segment SET member = 'another'`,
	} {
		w := newWorldOf(t, starter(t))
		s := newShopper(t, w, w.newTill("lane 1"), ayse)
		s.sync()
		w.segments("vip", false, hq.Whom{Phone: ayse})
		w.clean()
		w.sql(change)
		if found := w.verify(); len(found) == 0 || !strings.HasPrefix(found[0].What, "segment of member") {
			t.Errorf("%s: found %v", change, found)
		}
	}
}

// Of a household the one who is named is in a segment, and no other: an account of
// several names nobody. She keeps her segments where she leaves, and can be taken out
// of them there.
func TestSegmentsOfHousehold(t *testing.T) {
	w, a, _, account, mehmets := household(t)
	done := w.segments("vip", false, hq.Whom{Phone: mehmet}, hq.Whom{Account: account})
	if len(done.Problems) != 1 || !errors.Is(done.Problems[1], hq.ErrWhichMember) {
		t.Fatalf("by the account of both: %+v", done)
	}
	in := func(when string, hers, his []string) {
		t.Helper()
		if a, m := w.member(ayse).Segments, w.member(mehmet).Segments; !cmp.Equal(a, hers) || !cmp.Equal(m, his) {
			t.Errorf("%s: she is in %v and he in %v", when, a, m)
		}
		w.clean()
	}
	w.segments("vip", false, hq.Whom{Phone: mehmet})
	w.segments("staff", false, hq.Whom{Account: mehmets}) // his own id
	w.segments("early", false, hq.Whom{Phone: ayse})
	in("together", []string{"early"}, []string{"staff", "vip"})

	a.earn(ledger.SubjectOf(account), 100)
	a.sync()
	left, err := w.hq.LeaveHousehold(t.Context(), hq.HouseholdLeave{
		ID: newEntryID(), Program: w.program.Ref().ID, Phone: mehmet, Gives: []loyalty.Amount{{Unit: unit, Amount: 10}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	in("apart", []string{"early"}, []string{"staff", "vip"})
	w.segments("vip", true, hq.Whom{Account: left.Account})
	w.segments("early", false, hq.Whom{Phone: mehmet})
	in("changed since", []string{"early"}, []string{"early", "staff"})
	var members []ledger.MemberID
	if err := w.hq.SegmentMembers(t.Context(), "early", func(m inquiry.SegmentMember) error {
		members = append(members, m.Member)
		if m.Member == ledger.MemberID(mehmets) && (m.Account != left.Account || m.Name != "M***") {
			t.Errorf("he is listed as %+v", m)
		}
		return nil
	}); err != nil || len(members) != 2 {
		t.Errorf("listed: %v, %v", members, err)
	}
}

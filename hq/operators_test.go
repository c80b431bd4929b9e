package hq_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/staff"
)

// Operators are changed all at once or not at all, whatever runs beside, and are
// there after a restart.
func TestOperators(t *testing.T) {
	w := newWorld(t)
	zeynep := staff.Record{Operator: staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager}, PIN: "a"}
	ali := staff.Record{Operator: staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier}, PIN: "b", Failed: 2, At: 1000}
	change := func(want error, to ...staff.Record) (before []staff.Record) {
		t.Helper()
		err := w.hq.ChangeOperators(func(all []staff.Record) ([]staff.Record, error) {
			before = all
			return to, want
		})
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
		return before
	}
	change(nil, ali, zeynep)
	change(staff.ErrExists)
	tried := zeynep
	tried.Failed, tried.At = 1, 2000
	if diff := cmp.Diff([]staff.Record{ali, zeynep}, change(nil, tried)); diff != "" {
		t.Error(diff)
	}
	w.restart()
	all, err := w.hq.Operators()
	if diff := cmp.Diff([]staff.Record{tried}, all); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

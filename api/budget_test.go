package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func (s *shop) inBudget(budget, method, path, body string) answer {
	s.t.Helper()
	r := s.request(method, path, body)
	r.Header.Set("Time-Budget", budget)
	return s.send(r)
}

// An answer that takes longer than the POS can wait is a problem that says so; the
// sale is worked on, and the same request finds it, once.
func TestBudgetRunsOut(t *testing.T) {
	s := newShop(t)
	entered := make(chan struct{})
	disk := &broken{Store: s.Store, entered: entered, leave: make(chan struct{})}
	s.Till.Till.Store = disk
	body := sale(`"member":{"phone":"05321234567"},"redeem":["five"]`)
	s.wants(s.inBudget("300", "POST", "/v1/sales/s/complete", body), http.StatusServiceUnavailable, "out-of-time")
	select {
	case <-entered:
	case <-time.After(30 * time.Second):
		t.Fatal("it was not worked on")
	}
	close(disk.leave)
	s.face.Settle(t.Context()) // what a till that stops waits for
	if len(s.sales()) != 1 {
		t.Error("a sale whose answer was late is lost")
	}
	told := read[api.Completed](s, s.complete("s", body))
	if sales := s.sales(); len(sales) != 1 || told.EntryID != sales[0].ID || told.Redeemed != 500 {
		t.Errorf("told %+v, %d sales", told, len(s.sales()))
	}
	for _, err := range s.failed {
		t.Errorf("the diary was told %v", err)
	}
}

// Within its budget a call answers as it does without one; one that is no budget is
// refused, and nothing is done.
func TestBudget(t *testing.T) {
	s := newShop(t)
	for _, bad := range []string{"0", "49", "10001", "-5", "1.5", "1s", "99999999999999999999"} {
		s.wants(s.inBudget(bad, "POST", "/v1/sales/s/complete", sale("")), http.StatusBadRequest, "bad-time-budget")
	}
	if len(s.sales()) != 0 {
		t.Fatal("sold")
	}
	without := s.complete("s", sale(""))
	with := s.inBudget("10000", "POST", "/v1/sales/s/complete", sale(""))
	if with.body != without.body || with.StatusCode != http.StatusOK || with.Header.Get("Content-Type") != without.Header.Get("Content-Type") {
		t.Errorf("with a budget %d: %s", with.StatusCode, with.body)
	}
	s.wants(s.inBudget("10000", "POST", "/v1/sales/s/complete", sale(`"operator_id":"8"`)), http.StatusConflict, "sale-conflict")
}

// unreached is a headquarters that is out of reach, and was asked for so long.
type unreached struct{ allowed chan time.Duration }

func (a unreached) AskRight(ctx context.Context, _ ledger.AccountID, _ string, _ ledger.Unit, _ ledger.Points) error {
	deadline, _ := ctx.Deadline()
	a.allowed <- time.Until(deadline)
	return errors.New("no route to host")
}

// Headquarters is asked for no more than half of the budget, and never longer than
// the 300 ms of the counter; then the answer is by what is known here.
func TestBudgetOfQuestions(t *testing.T) {
	s := newShop(t)
	hq := unreached{make(chan time.Duration, 1)}
	s.Till.Till.Asker = hq
	// She has no points here: what there is could only be headquarters'.
	read[api.KnownMember](s, s.ask("POST", "/v1/members", `{"enroll_id":"`+uuid+`1","phone":"0532 765 43 21"}`))
	for budget, most := range map[string]time.Duration{"500": 250 * time.Millisecond, "10000": 300 * time.Millisecond} {
		hold := `{"hold_id":"` + uuid + `7","sale_id":"s1","member":{"phone":"05327654321"},"reward":"five"}`
		s.wants(s.inBudget(budget, "POST", "/v1/holds", hold), http.StatusConflict, "reward-not-now")
		if got := <-hq.allowed; got > most {
			t.Errorf("a hold within %s ms: asked for %s", budget, got)
		}
		s.wants(s.inBudget(budget, "POST", "/v1/sales/s1/complete", sale(`"member":{"phone":"05327654321"},"redeem":["five"]`)), http.StatusConflict, "reward-not-now")
		if got := <-hq.allowed; got > most {
			t.Errorf("a sale within %s ms: asked for %s", budget, got)
		}
	}
	if len(s.sales()) != 0 {
		t.Error("sold")
	}
}

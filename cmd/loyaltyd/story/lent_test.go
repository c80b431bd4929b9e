package story_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A POS shares the display and the printer of a real daemon: its text stands while
// nobody is served, a customer takes its place and gives it back, its papers come out
// whole between ours, and what would spoil the next receipt is refused.
func TestSharedDevices(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.OpenShop(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	caller := newPOS(t, s, lane)
	shows := func(words string) {
		t.Helper()
		if err := lane.Display.Wait(ctx, func(upper, lower string) bool { return strings.Contains(upper+lower, words) }); err != nil {
			t.Fatalf("%q is not shown: %v", words, err)
		}
	}
	asks := func(method, path, body string, status int) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, method, "http://"+caller.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+caller.token)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil || response.StatusCode != status {
			t.Fatalf("%s %s: %v %v", method, path, response, err)
		}
		response.Body.Close()
	}
	shows(stage.Ready)
	asks("PUT", "/v1/display", `{"lines":["Milk           19.99"],"seconds":600}`, 200)
	shows("Milk           19.99")
	if err := lane.Press(ctx, "05320000001\r", "New?"); err != nil {
		t.Fatal(err)
	}
	asks("PUT", "/v1/display", `{"lines":["Tea            10.00"],"seconds":600}`, 200) // waits
	if err := lane.Press(ctx, "C", "Amount, then"); err != nil {
		t.Fatal(err)
	}
	asks("POST", "/v1/print", `{"print_id":"P-1","lines":["BEFORE"]}`, 200)
	if err := lane.Press(ctx, "12345\r", "+123"); err != nil {
		t.Fatal(err)
	}
	asks("POST", "/v1/print", `{"print_id":"P-2","raw":"HXYwAP//AQBIQUxG"}`, 422) // half a picture
	asks("POST", "/v1/print", `{"print_id":"P-3","lines":["\u001bp\u0000BEHIND"]}`, 200)
	asks("POST", "/v1/print", `{"print_id":"P-3","lines":["\u001bp\u0000BEHIND"]}`, 200)
	if err := lane.Press(ctx, "\x1b", "Tea            10.00"); err != nil {
		t.Fatal(err)
	}
	asks("GET", "/v1/devices", "", 200)
	asks("DELETE", "/v1/display", "", 204)
	shows(stage.Ready)
	var papers []sim.Receipt
	if err := lane.Printer.Wait(ctx, func(all []sim.Receipt) bool { papers = all; return len(all) >= 3 }); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"BEFORE", "123.45", "BEHIND"} {
		if !strings.Contains(papers[i].Text, want) || len(papers) != 3 {
			t.Errorf("paper %d of %d: no %q in %q", i, len(papers), want, papers[i].Text)
		}
	}
}

package story_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// What happens at the counter of a real daemon is heard by the POS as it happens:
// who is there, what was sold, and the article that was scanned.
func TestCounterIsHeard(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.OpenShop(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	caller := newPOS(t, s, lane)
	heard := listen(t, ctx, caller)
	press := func(keys, words string) {
		t.Helper()
		if err := lane.Press(ctx, keys, words); err != nil {
			t.Fatal(err)
		}
	}
	press("05320000001\r", "New?")
	press("C", "Amount, then")
	press("12345\r", "+123")
	if err := lane.Scanner.Scan("]E05901234123457"); err != nil {
		t.Fatal(err)
	}
	press("\x1b", "Phone, then")
	for _, want := range []string{`customer {"account":`, `entry {"entry":`, "customer-gone {}", `scan {"device":`} {
		for event := ""; !strings.HasPrefix(event, want); {
			select {
			case event = <-heard:
			case <-ctx.Done():
				t.Fatalf("nothing was heard of %s", want)
			}
			if strings.Contains(event, "0320000001") || strings.Contains(event, "5320000001") {
				t.Errorf("a number is told: %s", event)
			}
		}
	}
}

// listen gives the events of a till, each as its name and what it tells.
func listen(t *testing.T, ctx context.Context, caller *pos) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+caller.address+"/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+caller.token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	events := make(chan string, 64)
	go func() {
		var name string
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = event
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- name + " " + data
			}
		}
	}()
	return events
}

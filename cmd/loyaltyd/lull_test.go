package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What can wait does so until nobody was served for a moment, at the longest
// ten seconds; what watches over the daemon serves nobody.
func TestLull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lull
		began := time.Now()
		if left := l.delay(began); left > 0 {
			t.Errorf("before the first key: wait %v", left)
		}
		call := func(path string) {
			l.heard(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		wants := func(want time.Duration) {
			t.Helper()
			if left := l.delay(began); left != want {
				t.Errorf("after %v: wait %v, want %v", time.Since(began), left, want)
			}
		}
		l.stir()
		wants(500 * time.Millisecond)
		time.Sleep(400 * time.Millisecond)
		wants(100 * time.Millisecond)
		call("/metrics")
		wants(100 * time.Millisecond)
		call("/v1/members/lookup")
		wants(500 * time.Millisecond)
		time.Sleep(9400 * time.Millisecond)
		l.stir()
		wants(200 * time.Millisecond)
		time.Sleep(time.Second)
		wants(-800 * time.Millisecond)
	})
}

// What she earned a moment ago is hers to spend, also at a counter that never
// rests: headquarters is asked once it has counted that.
func TestSpentAtOnce(t *testing.T) {
	till, stop := openOwnTill(t, shopConfig(private(t)))
	defer stop()
	if _, err := till.loop.Now(within(t, 10*time.Second)); err != nil { // what a start sends is sent
		t.Fatal(err)
	}
	till.lull.stir()
	takeIn(t, till, ayse)
	sell(t, till, "S-1", 60000)
	member, _, err := till.till.Identify(t.Context(), ayse)
	if err != nil {
		t.Fatal(err)
	}
	reserve := checkout.Reserve{
		ID: till.till.NewHold(), SaleID: "S-2", Account: member.Account, Reward: till.program.Rewards()[0].ID, Proof: ledger.Claimed,
	}
	for ctx := within(t, longestDelay-time.Second); ; {
		till.lull.stir()
		_, err := till.till.Hold(ctx, time.Now(), reserve)
		if err == nil {
			break
		}
		if ctx.Err() != nil { // one answer may be late on a busy machine
			t.Fatal(err)
		}
	}
}

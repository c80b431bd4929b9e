package offline_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// BenchmarkFindIntroduced compares, in turns at a till with a hub, finding whom the feed
// knows where somebody was introduced and where nobody was, and whom another lane took in,
// or nobody knows, with that.
func BenchmarkFindIntroduced(b *testing.B) {
	ctx := context.Background()
	tl, before := tillWithDirectory(b, 20_000), tillWithDirectory(b, 20_000)
	n := tl.neighbor()
	before.neighbor()
	ana := newAccountID()
	n.introduces(ana, ledger.MemberID(ana), newNumber)
	find := func(tl *till, e164 string) func() {
		return func() {
			if _, err := tl.Find(ctx, ledger.PhoneIdentifier, e164); err != nil && !errors.Is(err, loyalty.ErrUnknownMember) {
				b.Fatal(err)
			}
		}
	}
	var was, known, introduced, nobody []time.Duration
	for i := range max(b.N, 100) {
		was = append(was, timed(0, find(before, number(i*7919%20_000))))
		known = append(known, timed(0, find(tl, number(i*7919%20_000))))
		introduced = append(introduced, timed(0, find(tl, newNumber)))
		nobody = append(nobody, timed(0, find(tl, "+905550000000")))
	}
	b.ReportMetric(ratio(known, was, 50), "known_ratio")
	b.ReportMetric(ratio(introduced, known, 50), "introduced_to_known")
	b.ReportMetric(ratio(nobody, known, 50), "nobody_to_known")
}

package receipt_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/languagetest"
	"github.com/loyaltyd/loyaltyd/receipt"
)

// Papers say the same in each language.
func TestCatalogs(t *testing.T) { languagetest.Same(t, receipt.Catalogs) }

// texted is a paper.
type texted interface{ Text(columns int) string }

// papers are one of each kind, under a header.
func papers(t *testing.T, h receipt.Header) map[string]texted {
	t.Helper()
	sold, came, pending, unknown := sale(t), back(t), sale(t), rewarded(t)
	came.Postings = append(came.Postings,
		ledger.Posting{Unit: "voucher.ten", Amount: 1, From: ledger.Available, To: ledger.Issued, Reward: "ten"},
		ledger.Posting{Unit: "voucher.five", Amount: 1, From: ledger.Redeemed, To: ledger.Available, Reward: "five"},
	)
	pending.Postings = []ledger.Posting{{Unit: "points", Amount: 549, From: ledger.Issued, To: ledger.Pending, Lot: &ledger.LotTerms{VestsAt: at + 30*86_400_000}}}
	pending.Told.AsOf = 0
	unknown.Told, unknown.Subject = nil, ledger.SuspectSubject(ledger.SuspectID{15: 3})
	alone := sale(t)
	alone.Subject, alone.Told, alone.Postings, alone.Sale.Rewards = ledger.SaleSubject(alone.ID), nil, alone.Postings[:2], nil
	voided := back(t)
	voided.Kind, voided.Return.Of.Day = ledger.Voided, voided.Day
	elsewhere := &ledger.Entry{Kind: ledger.Returned, At: at, Day: "2026-11-22", Return: &ledger.Return{
		ID: "R-1", Receipt: "100000142", Currency: "TRY", Of: ledger.SaleRef{Terminal: ledger.TerminalID{1}, Day: "2026-11-21", ID: "S-9"},
	}}

	told, nobodys, confirmed, copied := h, h, h, h
	told.Notes = []string{receipt.FriendCode(h.Language, "PSR2Y-DVRDS"), receipt.NewRules(h.Language, "2027-01-01")}
	nobodys.Member, nobodys.Claim, nobodys.ClaimUntil = "", claimCode, "2026-11-29"
	confirmed.Member, confirmed.ConfirmUntil = "", "2026-11-29"
	copied.Copy, copied.Training = true, true
	return map[string]texted{
		"sale": receipt.From(sold, told), "gains": receipt.From(rewarded(t), h), "pending": receipt.From(pending, h), "unknown": receipt.From(unknown, h),
		"claim": receipt.From(alone, nobodys), "confirm": receipt.From(alone, confirmed), "copy": receipt.From(sold, copied),
		"return": receipt.FromReturn(came, sold, h), "void": receipt.FromReturn(voided, sold, copied), "elsewhere": receipt.FromReturn(elsewhere, nil, h),
	}
}

// Each kind of paper in Turkish, on each width: a person looks at these files.
func TestTurkish(t *testing.T) {
	h := header()
	h.Language = loyalty.Turkish
	english := spoken(loyalty.English)
	for name, paper := range papers(t, h) {
		for _, columns := range []int{32, 42, 48} {
			text := paper.Text(columns)
			golden(t, fmt.Sprintf("tr/%s-%d.txt", name, columns), text)
			if word := english.FindString(text); word != "" {
				t.Errorf("%s says %q in English:\n%s", name, word, text)
			}
		}
	}
}

// spoken finds a text of a language that stands at the beginning of a line, but those
// that are no longer than a sign.
func spoken(in loyalty.Language) *regexp.Regexp {
	texts := languagetest.Texts(reflect.ValueOf(receipt.Catalogs[in]))
	alternatives := ""
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if words := regexp.MustCompile(`^[^%]{4,}`).FindString(texts[key]); words != "" {
			alternatives += "|" + regexp.QuoteMeta(words)
		}
	}
	return regexp.MustCompile(`(?m)^\s*(?:` + alternatives[1:] + `)`)
}

// What shipped programs print in Turkish names rewards as the programs do.
func TestTurkishOfShippedPrograms(t *testing.T) {
	for _, s := range shipped() {
		t.Run(s.program, func(t *testing.T) {
			e, p := s.entry(t)
			h := header()
			h.Language, h.Counters, h.Amounts = loyalty.Turkish, p.Counters(), p.Amounts()
			golden(t, "tr/program-"+s.program+"-32.txt", receipt.From(e, h).Text(32))
		})
	}
}

package checkout_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whatever is keyed, and however the disk fails meanwhile: no panic, no line
// beyond the display, no sale without an amount and ENTER, and the journal has
// exactly what was told.
func TestAnyKeys(t *testing.T) {
	const pieces = "0123456789=====<xNRVCTM"
	words := []string{"05321234567=", "05059876543=N", "1999=", "R", "=", "~", "!", "?", "T10000001=", "100=", "V=", "10000002C", "%"}
	scans := []string{anaCard, "]C010000001", "]E05901234123457", "+905059876543", "]Q1nothing"}
	for _, one := range pieces {
		words = append(words, string(one))
	}
	// One till for all: to open a store costs more than a whole conversation.
	l := newLane(t)
	l.till.Give(l.member(ana), 20_000, anaCard)
	l.Scans = router
	l.ConfirmAbove, l.MaxAmount = 50_000, 9_000_000
	disk := &fault{Store: l.till.Store}
	l.till.Till.Store = disk
	rapid.Check(t, func(rt *rapid.T) {
		l.key("x")
		disk.append = nil
		l.display.Screens = l.display.Screens[:0]
		keyed := rapid.SliceOfN(rapid.SampledFrom(words), 1, 60).Draw(rt, "keys")
		for _, word := range keyed {
			switch told := len(l.told); word {
			case "~": // time passes
				l.till.Clock.Advance(time.Minute)
				l.Tick(context.Background(), l.till.Clock.Now())
			case "!": // the disk fails after the next write
				disk.append = func(r ledger.Record) error {
					disk.append = nil
					_ = disk.Store.Append(context.Background(), r)
					return errDisk
				}
			case "?": // the disk fails before it
				disk.append = func(ledger.Record) error {
					disk.append = nil
					return errDisk
				}
			case "%": // something is scanned, or half of it
				l.scan(rapid.SampledFrom(scans).Draw(rt, "scan"))
				l.Misscanned(l.till.Clock.Now())
				l.Unprinted(errDisk)
				if len(l.told) > told {
					rt.Fatal("a scan told a sale")
				}
			default:
				took := len(l.took)
				l.key(word)
				if len(l.told) > told+1 || len(l.told) > told && !strings.Contains(word, "=") {
					rt.Fatalf("%q told %d sales", word, len(l.told)-told)
				}
				if len(l.took) > took+1 || len(l.took) > took && !strings.ContainsAny(word, "=V") {
					rt.Fatalf("%q told %d returns", word, len(l.took)-took)
				}
			}
		}
		for _, screen := range l.display.Screens {
			for _, line := range screen {
				if utf8.RuneCountInString(line) > 20 {
					rt.Fatalf("%q has more than 20 cells", line)
				}
			}
		}
		checkTold(rt, l)
	})
}

// checkTold wants each told sale in the journal once; what stands there beside
// them are only sales whose write was answered with an error.
func checkTold(rt *rapid.T, l *lane) {
	stands := map[ledger.EntryID]*ledger.Entry{}
	for _, e := range l.sales() {
		if stands[e.ID] != nil || e.Sale.Lines[0].Gross <= 0 {
			rt.Fatalf("sale %s: twice, or of nothing", e.ID)
		}
		stands[e.ID] = e
	}
	for _, told := range l.told {
		e := stands[told.Entry.ID]
		if e == nil || e.Sale.Total != told.Entry.Sale.Total {
			rt.Fatalf("sale %s was told and does not stand", told.Entry.ID)
		}
		delete(stands, told.Entry.ID)
	}
	untold := len(stands) + checkTaken(rt, l)
	if untold > len(l.failed) {
		rt.Fatalf("%d entries stand that nobody was told of, and %d errors", untold, len(l.failed))
	}
}

// checkTaken wants each told return in the journal once, or as the repetition
// of one, and of no sale more back than it was; it counts those not told.
func checkTaken(rt *rapid.T, l *lane) (untold int) {
	back, told := map[ledger.EntryID]ledger.Minor{}, map[ledger.EntryID]bool{}
	for _, taken := range l.took {
		told[taken.Entry.ID] = true
	}
	for _, e := range l.entries(ledger.Returned, ledger.Voided) {
		for _, line := range e.Return.Lines {
			back[e.Return.Of.Entry] += line.Gross
		}
		if !told[e.ID] {
			untold++
		}
		delete(told, e.ID)
	}
	if len(told) > 0 {
		rt.Fatalf("%d returns were told and do not stand", len(told))
	}
	for _, sale := range l.sales() {
		if back[sale.ID] > sale.Sale.Lines[0].Gross {
			rt.Fatalf("%d of %d came back", back[sale.ID], sale.Sale.Lines[0].Gross)
		}
	}
	return untold
}

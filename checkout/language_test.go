package checkout_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/display"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/languagetest"
	"github.com/loyaltyd/loyaltyd/staff"
)

var update = flag.Bool("update", false, "write the golden files anew")

var languages = []loyalty.Language{loyalty.English, loyalty.Turkish}

// Displays say the same in each language, and each text stands in its cells whole,
// also on a display that has no letters but ASCII's.
func TestCatalogs(t *testing.T) {
	languagetest.Same(t, checkout.Catalogs)
	for _, l := range languages {
		texts := languagetest.Texts(reflect.ValueOf(checkout.Catalogs[l]))
		for key, text := range texts {
			text = filled(texts, l, key, text)
			if utf8.RuneCountInString(text) > display.Columns {
				t.Errorf("%s %s: %q is longer than a display", l, key, text)
			}
			cells := display.Layout(text, "", display.ASCII)
			if got := strings.TrimRight(string(cells[0][:]), " "); len(got) != utf8.RuneCountInString(text) || strings.Count(got, "?") != strings.Count(text, "?") {
				t.Errorf("%s %s: %q shows as %q", l, key, text, got)
			}
		}
	}
}

// filled is a text with the longest that fills it, or stands beside it.
func filled(texts map[string]string, l loyalty.Language, key, text string) string {
	money, off := l.Money("TRY", 9_999_999), l.Money("TRY", 99_999)
	switch key {
	case ".addCard":
		return fmt.Sprintf(text, "...1234")
	case ".household":
		return fmt.Sprintf(text, "A*** Y***", 12)
	case ".voucherUntil", ".newRules":
		day := l.ShortDay(ledger.Millis(1795305600000).Time()) // 22 November
		return fmt.Sprintf(text, day)
	case ".later":
		return texts[".claimed"] + " " + fmt.Sprintf(text, "99999")
	case ".thenCopy":
		return fmt.Sprintf(text, texts[".printerOff"])
	case ".noContact":
		return fmt.Sprintf(text, texts[".scanner"])
	case ".sales":
		return fmt.Sprintf(text, 9999)
	case ".withFriends":
		return text + " " + texts[".enroll"]
	case ".dayClosed":
		return text + " " + l.DayOfYear("2026-11-22")
	case ".receipt", ".copyOf", ".copy":
		return text + " 100000123"
	case ".amount", ".atMost", ".pay", ".lastSale", ".undoSale", ".refund", ".goods", ".sale", ".back", ".only":
		return text + " " + money
	case ".reward", ".voucher":
		return text + " -" + money
	case ".rewardNeeds":
		return text + " " + off
	case ".earned", ".balance", ".owed", ".pointsOwed":
		return text + " +99999"
	case ".showCardFor":
		return text + " +9999"
	case ".earnedPending":
		return text + " +999"
	}
	return text
}

// Every text that is filled is filled in the test.
func TestFilled(t *testing.T) {
	texts := languagetest.Texts(reflect.ValueOf(checkout.Catalogs[loyalty.Turkish]))
	for key, text := range texts {
		if strings.Contains(filled(texts, loyalty.Turkish, key, text), "%") {
			t.Errorf("%s is longer than it says", key)
		}
	}
}

// teller writes down what is keyed, and what the display says to it.
type teller struct {
	*lane
	text strings.Builder
}

func (s *teller) heading(text string) { fmt.Fprintf(&s.text, "\n%s\n", text) }

func (s *teller) shown(did string) {
	got := s.display.Last()
	for _, line := range got {
		if utf8.RuneCountInString(line) > display.Columns {
			s.t.Errorf("%s: %q is longer than a display", did, line)
		}
	}
	line := func(text string) string {
		return text + strings.Repeat(" ", display.Columns-utf8.RuneCountInString(text))
	}
	fmt.Fprintf(&s.text, "%-24s [%s] [%s]\n", did, line(got[0]), line(got[1]))
}

// keys presses keys, and tells what is shown after each of several parts.
func (s *teller) keys(parts ...string) {
	for _, part := range parts {
		s.key(part)
		s.shown(part)
	}
}

func (s *teller) scans(codes ...string) {
	for _, code := range codes {
		s.scan(code)
		s.shown("scan " + strings.ToValidUTF8(code[:min(len(code), 19)], ""))
	}
}

// A day at a counter in each language, as the customer and the cashier read it: a
// person looks at these files.
func TestDay(t *testing.T) {
	for _, l := range languages {
		s := &teller{lane: newScanLane(t)}
		s.till.Language = l
		s.MaxAmount, s.ConfirmAbove = 5_000_00, 1_000_00
		s.numbers = strings.NewReplacer("#1", s.till.Receipt(1), "#2", s.till.Receipt(2), "#3", s.till.Receipt(3))
		s.till.Staffed(staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier}, staff.Operator{ID: "1", Name: "Zeynep", Role: staff.Manager})
		s.day()
		text := s.text.String()
		for i := range int64(4) {
			text = strings.ReplaceAll(text, s.till.Receipt(i+1), fmt.Sprintf("10000%03d%d", 0, i+1))
		}
		s.golden("day-"+l.String()+".txt", text)
	}
}

func (s *teller) golden(name, got string) {
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		s.t.Errorf("%s (-update writes it anew): %s", name, diff)
	}
}

func (s *teller) day() {
	s.heading("Somebody new earns")
	s.keys("x", "05551112233", "=", "N", "1999", "=")
	s.heading("A number that is none, and one that is too long")
	s.keys("x", "123=", "055511122330000000", "<", "<")
	s.heading("A member redeems")
	s.keys(ana+"=", "R", "499", "=", "<", "1999", "=")
	s.heading("A large amount, and one that is too large")
	s.keys("x", ana+"=", "123456", "=", "<", "600000", "=", "<")
	s.Misread()
	s.keys("5")
	s.Misread()
	s.shown("misread")
	s.heading("What is scanned")
	s.keys("x")
	s.scans("]Q1WIFI:S:shop;;", "]Q1https://example.com/", "2912345678901", "5901234123457", "]C1255950110153000312345", "2912000000004", "2999007", "LC1-04HMA-SR828-40G50-3R80G-60HG8-1A4E3-GF810-20M5K-M56RK-JCHM2-0", friendsCode)
	s.scans(anaCard, "2912000000004")
	s.keys("N")
	s.scans("]C18018520123456789012346", friendsCode)
	s.Misscanned(s.till.Clock.Now())
	s.shown("scanned badly")
	s.keys("x", "05559998877=")
	s.scans(friendsCode)
	s.heading("Copies")
	s.keys("x", "C", "x")
	s.scans(s.till.Receipt(1))
	s.keys("x", "#1C", "=", "#3C=", "x")
	s.jam = device.ErrNoPaper
	s.keys("C")
	s.jam = nil
	s.heading("Goods come back")
	s.keys("x", "T", "#3=", "x", "T", "#1=", "99999=", "500=", "x", "T#1=", "=", "=", "x", "T#1=")
	s.heading("The last sale is undone")
	s.keys("x", "V", "=", "x", "V")
	s.heading("The printer")
	s.keys("x", ana+"=100")
	s.jam = device.ErrCoverOpen
	s.keys("=")
	s.jam = nil
	s.heading("The menu")
	s.CloseDay = func(context.Context) error { return errors.New("disk full") }
	s.keys("x", "M", "1", "x", "M2", "7", "=", "4875=", "x", "M", "2", "x", "M27=1111=")
	s.DayClosed("2026-11-22", 2, s.till.Language.Money("TRY", 3498))
	s.keys("x")
	s.DayClosed("2026-11-22", 2, s.till.Language.Money("TRY", 3498))
	s.shown("the day is closed")
	s.heading("Her PIN")
	s.scan(anaCard)
	s.keys("M", "1", "M2", "12=", "1234=", "2580=", "8520=", "2580=2580=", "M1", "1111=", "2580=")
	s.heading("A restart")
	s.key("x")
	s.Start(context.Background(), s.till.Clock.Now())
	s.shown("after it")
}

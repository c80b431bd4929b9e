package story_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

const (
	regularScan = "]Q1tel:+905320000001" // a code on her telephone
	article     = "5901234123457"
)

// plugged is a device that can be pulled.
type plugged interface {
	Unplug() error
	Replug() error
}

func pluggedIn(l *stage.Lane) map[string]plugged {
	return map[string]plugged{"keypad": l.Keypad, "scanner": l.Scanner, "display": l.Display, "printer": l.Printer}
}

// A device that is pulled in any state of the conversation and plugged in again
// leaves the sale under way as it was: it is neither lost nor doubled, and the
// display shows what it showed. Only digits beside which a key may have got
// lost are keyed again.
func TestFaultUnplugged(t *testing.T) {
	for _, name := range []string{"keypad", "scanner", "display", "printer"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newConversation(t)
			for _, s := range states("amount typed", "done") {
				f.unplugIn(s, name)
			}
			f.whole()
		})
	}
}

func (f *faulty) unplugIn(s standing, name string) {
	f.t.Helper()
	device := pluggedIn(f.lane)[name]
	amount := s.reach(f)
	before := f.shown()
	again := name == "keypad" && s.keyed
	from := f.diary()
	f.must("unplug", device.Unplug())
	f.writes(from, name, "device offline")
	from = f.diary()
	since := time.Now()
	f.must("plug in", device.Replug())
	f.writes(from, name, "device online")
	want := before
	if again {
		want = "Key misread / Please key it again"
	}
	f.comes(want)
	f.saw("the "+name+" unplugged and plugged in again, "+s.name, want, since)
	s.finish(f, amount, again)
	f.press("\x1b", stage.Ready)
}

// comes waits until the display shows exactly this.
func (f *faulty) comes(want string) {
	f.t.Helper()
	err := f.lane.Display.Wait(testkit.Within(f.t, 10*time.Second), func(upper, lower string) bool {
		return strings.TrimSpace(upper)+" / "+strings.TrimSpace(lower) == want
	})
	if err != nil {
		f.t.Fatalf("the display shows %q, want %q", f.shown(), want)
	}
}

// A sale whose last key came while the display was dark is told when the
// display is back, once.
func TestFaultDarkDisplay(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	amount := f.key0()
	from := f.diary()
	f.must("unplug", f.lane.Display.Unplug())
	f.writes(from, "display", "device offline")
	f.must("ENTER", f.lane.Keypad.Type("\r"))
	since := time.Now()
	f.must("plug in", f.lane.Display.Replug())
	f.sees("Earned")
	f.told[amount] = true
	f.saw("ENTER while the display was unplugged", f.shown(), since)
	f.press("\x1b", stage.Ready)
	f.sells()
	f.whole()
}

// key0 is key without the last ENTER.
func (f *faulty) key0() int64 {
	f.t.Helper()
	f.press(regular+"\r", "Amount, then")
	amount := f.next(0)
	f.typeAmount(amount)
	return amount
}

// A scan in each state of the conversation does what the display then says:
// it begins with her where nobody is served, and takes nothing off that the
// cashier is asked about.
func TestFaultScanInEachState(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	for _, s := range states("number typed", "amount typed", "done", "refund asked") {
		amount := s.reach(f)
		since := time.Now()
		before := f.shown()
		f.must("scan", f.lane.Scanner.Scan(regularScan))
		switch s.name {
		case "idle", "number typed", "unknown number shown", "done", "menu":
			f.sees("Amount, then")
			amount = f.next(0)
			f.saw("her code scanned, "+s.name, f.shown(), since)
			f.typeAmount(amount)
			f.earns(amount)
		case "receipt to return of typed":
			f.sees("No receipt of ours")
			f.saw("her code scanned, "+s.name, f.shown(), since)
			s.finish(f, amount, false)
		default:
			f.scansCame()
			f.saw("her code scanned, "+s.name, before, since)
			s.finish(f, amount, false)
		}
		f.press("\x1b", stage.Ready)
		f.articleIn(s)
	}
	f.whole()
}

// scansCame waits until the till has taken all that was scanned, behind which a
// damaged scan stands in its diary.
func (f *faulty) scansCame() {
	f.t.Helper()
	from := f.diary()
	f.must("scan", f.lane.Scanner.Send("\x00\r"))
	f.writes(from, "scanner", "device misread")
}

// articleIn scans an article by mistake in a state of the conversation.
func (f *faulty) articleIn(s standing) {
	f.t.Helper()
	amount := s.reach(f)
	before, since := f.shown(), time.Now()
	f.must("scan", f.lane.Scanner.Scan(article))
	shown := before
	switch s.name {
	case "idle", "number typed", "amount asked", "amount typed":
		f.sees("Product: use POS")
		shown = f.shown()
	case "receipt to return of typed":
		f.sees("No receipt of ours")
		shown = f.shown()
	default:
		f.scansCame()
		if s.name != "menu" { // which does not stand in the way of a remark
			f.comes(before)
		}
	}
	f.saw("an article scanned, "+s.name, shown, since)
	s.finish(f, amount, false)
	f.press("\x1b", stage.Ready)
}

// Noise on a line never becomes a sale: not on the keypad's, whose bytes around
// it are keyed again, and not on the scanner's.
func TestFaultNoise(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	noise := rand.New(rand.NewPCG(1, 1))
	burst := func() string {
		bytes := make([]byte, 200)
		for i := range bytes {
			bytes[i] = byte(noise.Uint32())
		}
		return "\xff" + string(bytes) // a line at rest is high: the first is a broken byte
	}
	for range 5 {
		amount := f.key0()
		since := time.Now()
		f.must("noise", f.lane.Keypad.Type(burst()))
		f.sees("Key misread")
		f.saw("noise on the keypad's line, amount typed", f.shown(), since)
		f.typeAfterNoise(amount)
		f.earns(amount)
		f.press("\x1b", stage.Ready)
	}
	for range 5 {
		amount := f.key0()
		since := time.Now()
		f.must("noise", f.lane.Scanner.Send(burst()))
		f.sees("Scan again")
		f.saw("noise on the scanner's line, amount typed", f.shown(), since)
		f.earns(amount)
		f.press("\x1b", stage.Ready)
	}
	f.whole()
}

// typeAfterNoise is typeAmount at the pace of a hand whose first key may fall
// into the noise.
func (f *faulty) typeAfterNoise(amount int64) {
	f.t.Helper()
	text := strconv.FormatInt(amount, 10)
	for ctx := testkit.Within(f.t, 10*time.Second); ; {
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		err := f.lane.Press(short, text[:1], "0.0"+text[:1])
		cancel()
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			f.t.Fatal(err)
		}
	}
	f.press(text[1:], text[:len(text)-2]+"."+text[len(text)-2:])
}

// Half a scan, whose end never comes, is nobody; the scan after it counts,
// unless it comes so soon that it cannot be told from the other half.
func TestFaultHalfAScan(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	since := time.Now()
	f.must("scan", f.lane.Scanner.Send(regularScan[:14]))
	f.sees("Scan again")
	f.saw("half a scan", f.shown(), since)
	f.scanSells()

	since = time.Now()
	f.must("scan", f.lane.Scanner.Send(regularScan[:14]))
	f.must("scan", f.lane.Scanner.Scan(regularScan))
	f.sees("Unknown code")
	f.saw("half a scan, a whole one at once behind it", f.shown(), since)
	f.scanSells()
	f.whole()
}

// scanSells serves her by a scan.
func (f *faulty) scanSells() {
	f.t.Helper()
	f.must("scan", f.lane.Scanner.Scan(regularScan))
	f.sees("Amount, then")
	amount := f.next(0)
	f.typeAmount(amount)
	f.earns(amount)
	f.press("\x1b", stage.Ready)
}

// Five hundred digits are nobody's number, from a scanner or a keypad.
func TestFaultFiveHundredDigits(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	digits := strings.Repeat("5320000001", 50)
	since := time.Now()
	f.must("scan", f.lane.Scanner.Scan(digits))
	f.sees("Unknown code")
	f.saw("500 digits from the scanner", f.shown(), since)
	f.scanSells()

	since = time.Now()
	f.press(digits+"\r", "Too many digits")
	f.saw("500 digits from the keypad", f.shown(), since)
	f.press("\x1b", stage.Ready)
	f.sells()
	f.whole()
}

// A scan while the receipt prints begins with the next customer, and the
// receipt comes out whole.
func TestFaultScanWhilePrinting(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	printed := len(f.lane.Printer.Receipts())
	f.lane.Printer.Stall(true)
	amount := f.key()
	f.sees("Earned")
	f.told[amount] = true
	since := time.Now()
	f.must("scan", f.lane.Scanner.Scan(regularScan))
	f.sees("Amount, then")
	f.saw("her code scanned while the receipt prints", f.shown(), since)
	f.lane.Printer.Stall(false)
	amount = f.next(0)
	f.typeAmount(amount)
	f.earns(amount)
	f.prints(printed + 2)
	f.whole()
}

// prints waits until so many receipts came out.
func (f *faulty) prints(want int) {
	f.t.Helper()
	err := f.lane.Printer.Wait(testkit.Within(f.t, 10*time.Second), func(all []sim.Receipt) bool { return len(all) >= want })
	if err != nil {
		f.t.Fatalf("%d receipts, want %d", len(f.lane.Printer.Receipts()), want)
	}
}

// A printer without paper, or with its cover open, holds no sale up: the sale
// stands, the cashier is told before it and after it, and once the printer is
// served COPY prints what did not come out.
func TestFaultPrinter(t *testing.T) {
	t.Parallel()
	f := newConversation(t)
	f.prints(1)
	for _, c := range []struct {
		words, told string
		set         func(bool)
	}{
		{"Printer: no paper", "No paper: COPY", func(out bool) {
			left := sim.PaperLoaded
			if out {
				left = sim.PaperOut
			}
			f.lane.Printer.SetPaper(left)
		}},
		{"Printer: cover open", "Cover open: COPY", f.lane.Printer.SetCover},
		{"Printer: no contact", "Printer off: COPY", func(out bool) {
			if out {
				f.must("unplug", f.lane.Printer.Unplug())
			} else {
				f.must("plug in", f.lane.Printer.Replug())
			}
		}},
	} {
		printed := len(f.lane.Printer.Receipts())
		c.set(true)
		f.sees(c.words)
		amount := f.key()
		since := time.Now()
		f.sees(c.told)
		if !strings.Contains(f.shown(), "Earned") {
			f.t.Errorf("the display shows %q after a sale", f.shown())
		}
		f.told[amount] = true
		f.saw(c.words+", a sale", f.shown(), since)
		f.press("\x1b", stage.Ready)

		f.sees(c.words)
		from := f.diary()
		since = time.Now()
		c.set(false)
		f.writes(from, "printer", "device status: ready")
		f.press("D", "is being printed")
		copies := f.copies(printed, amount)
		f.saw(c.words+", served: the copy", f.shown(), since)
		f.press("\x1b", stage.Ready)
		f.forgets(c.words)
		f.sells()
		f.prints(printed + copies + 1)
	}
	f.whole()
}

// copies waits for the copy of a sale, and returns how many there are since some
// were printed: this printer does not say when it is done, so what came from it
// within seconds of its loss comes once more too. Nothing comes twice without a mark.
func (f *faulty) copies(printed int, amount int64) (n int) {
	f.t.Helper()
	err := f.lane.Printer.Wait(testkit.Within(f.t, 10*time.Second), func(all []sim.Receipt) bool {
		n = len(all) - printed
		return n > 0 && strings.Contains(all[len(all)-1].Text, amountText(amount))
	})
	f.must("wait for the copy", err)
	for _, paper := range f.lane.Printer.Receipts()[printed:] {
		if !strings.Contains(paper.Text, "COPY") {
			f.t.Errorf("printed twice, and no copy:\n%s", paper.Text)
		}
	}
	return n
}

// forgets waits until the display does not tell of a trouble any more.
func (f *faulty) forgets(words string) {
	f.t.Helper()
	err := f.lane.Display.Wait(testkit.Within(f.t, 10*time.Second), func(upper, lower string) bool {
		return !strings.Contains(upper, words) && !strings.Contains(lower, words)
	})
	f.must("wait for "+words+" to end", err)
}

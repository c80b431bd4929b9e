package story_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// confirmAbove is from where on the tills of device faults ask for a second
// ENTER, in minor units.
const confirmAbove = 5_000_000

// standing is a state of the conversation at the counter: how a cashier gets
// there, and how she goes on to the end of a sale.
type standing struct {
	name string
	// reach goes there and returns the amount of the sale under way, 0 while
	// there is none.
	reach func(f *faulty) int64
	// finish ends that sale. again says that the field has to be keyed anew.
	finish func(f *faulty, amount int64, again bool)
	keyed  bool // a field holds digits
}

var conversation = []standing{
	{name: "idle",
		// A digit first: where the display says already what it is to say, a
		// CANCEL still under way could take back what is scanned next.
		reach: func(f *faulty) int64 {
			f.press("5", "  5")
			f.press("\x1b", stage.Ready)
			f.comes("Store demo / " + stage.Ready)
			return 0
		},
		finish: func(f *faulty, _ int64, _ bool) { f.sells() }},
	{name: "number typed", keyed: true,
		reach:  func(f *faulty) int64 { f.press(regular[:4], regular[:4]); return 0 },
		finish: (*faulty).finishNumber},
	{name: "unknown number shown",
		reach:  func(f *faulty) int64 { f.press("05551112233\r", "New? ENROLL"); return 0 },
		finish: func(f *faulty, _ int64, _ bool) { f.press("\x1b", stage.Ready); f.sells() }},
	{name: "amount asked",
		reach:  func(f *faulty) int64 { f.press(regular+"\r", "Amount, then"); return f.next(0) },
		finish: func(f *faulty, amount int64, _ bool) { f.typeAmount(amount); f.earns(amount) }},
	{name: "amount typed", keyed: true,
		reach: func(f *faulty) int64 {
			f.press(regular+"\r", "Amount, then")
			amount := f.next(0)
			f.typeAmount(amount)
			return amount
		},
		finish: (*faulty).finishAmount},
	{name: "confirming", keyed: true,
		reach: func(f *faulty) int64 {
			f.press(regular+"\r", "Amount, then")
			amount := f.next(confirmAbove)
			f.press(strconv.FormatInt(amount, 10)+"\r", "Sure?")
			return amount
		},
		finish: (*faulty).finishAmount},
	{name: "done",
		reach:  func(f *faulty) int64 { amount := f.key(); f.earns(amount); return amount },
		finish: func(f *faulty, _ int64, _ bool) { f.press("\x1b", stage.Ready); f.sells() }},
	{name: "receipt to return of typed", keyed: true,
		reach: func(f *faulty) int64 {
			f.receipt()
			f.press("E", "Receipt, then")
			f.press(f.number, f.number)
			return 0
		},
		finish: func(f *faulty, _ int64, again bool) {
			if again {
				f.press(f.number, f.number)
			}
			f.enters("Amount, then")
			f.enters("ENTER or CLEAR")
			f.takesBack("\r")
		}},
	{name: "amount to return asked",
		reach: func(f *faulty) int64 {
			f.receipt()
			f.press("E", "Receipt, then")
			f.press(f.number+"\r", "Amount, then")
			return 0
		},
		finish: func(f *faulty, _ int64, _ bool) { f.enters("ENTER or CLEAR"); f.takesBack("\r") }},
	{name: "refund asked",
		reach: func(f *faulty) int64 {
			f.receipt()
			f.press("E", "Receipt, then")
			f.press(f.number+"\r", "Amount, then")
			f.enters("ENTER or CLEAR")
			return 0
		},
		finish: func(f *faulty, _ int64, _ bool) { f.takesBack("\r") }},
	{name: "void asked",
		reach:  func(f *faulty) int64 { f.receipt(); f.press("B", "Undo sale"); return 0 },
		finish: func(f *faulty, _ int64, _ bool) { f.takesBack("\r") }},
	{name: "menu",
		reach:  func(f *faulty) int64 { f.press("\x1b", stage.Ready); f.press("F", "1 Day close"); return 0 },
		finish: func(f *faulty, _ int64, _ bool) { f.press("\x1b", stage.Ready); f.sells() }},
}

// states are all states of the conversation where the full numbers are asked
// for, else the few that are named.
func states(few ...string) (asked []standing) {
	for _, s := range conversation {
		if *fullNumbers || slices.Contains(few, s.name) {
			asked = append(asked, s)
		}
	}
	return asked
}

// receipt sells and notes the number on the receipt.
func (f *faulty) receipt() {
	f.t.Helper()
	printed := len(f.lane.Printer.Receipts())
	f.sells()
	f.prints(printed + 1)
	f.number = receiptNumber(f.t, f.lane.Printer.Receipts()[printed].Text)
}

// takesBack presses a key until the refund is told, and finds that it came once.
func (f *faulty) takesBack(key string) {
	f.t.Helper()
	f.pressUntil(key, "Refund", "Balance")
	f.press("\x1b", stage.Ready)
	f.press("E", "Receipt, then")
	f.press(f.number+"\r", "Already")
	f.press("\x1b", stage.Ready)
	f.sells()
}

func (f *faulty) finishNumber(_ int64, again bool) {
	rest := regular[4:]
	if again {
		rest = regular
	}
	f.press(rest+"\r", "Amount, then")
	amount := f.next(0)
	f.typeAmount(amount)
	f.earns(amount)
}

func (f *faulty) finishAmount(amount int64, again bool) {
	if again {
		f.typeAmount(amount)
	}
	f.earns(amount)
}

// next is an amount that no sale had yet, above a bound.
func (f *faulty) next(above int64) int64 { f.amount++; return above + f.amount }

func (f *faulty) typeAmount(amount int64) {
	f.t.Helper()
	f.press(strconv.FormatInt(amount, 10), amountText(amount))
}

// amountText is how an amount is shown.
func amountText(amount int64) string { return fmt.Sprintf("%d.%02d", amount/100, amount%100) }

// earns presses ENTER until a sale is told.
func (f *faulty) earns(amount int64) {
	f.t.Helper()
	f.enters("Earned")
	f.told[amount] = true
}

// newConversation is a till at which every state of the conversation can be
// reached.
func newConversation(t *testing.T) *faulty {
	t.Helper()
	f := newFaulty(t, "LOYALTYD_STANDALONE_CONFIRM_ABOVE="+strconv.Itoa(confirmAbove))
	f.exact = true
	return f
}

// shown is what the display shows, in one text.
func (f *faulty) shown() string {
	upper, lower := f.lane.Display.Lines()
	return strings.TrimSpace(upper) + " / " + strings.TrimSpace(lower)
}

// saw notes for the record what a fault looked like from the cashier's side.
func (f *faulty) saw(fault string, shown string, since time.Time) {
	f.t.Helper()
	f.t.Logf("fault | %s | %s | %s", fault, shown, time.Since(since).Round(10*time.Millisecond))
}

// diary is how long the till's diary is by now.
func (f *faulty) diary() int {
	f.t.Helper()
	text, err := os.ReadFile(f.stage.LogFile("till"))
	f.must("read diary", err)
	return len(text)
}

// writes waits until the till writes a message about a device, behind what was
// in its diary before.
func (f *faulty) writes(from int, device, message string) {
	f.t.Helper()
	for ctx := testkit.Within(f.t, 20*time.Second); ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(f.stage.LogFile("till"))
		f.must("read diary", err)
		for line := range bytes.Lines(text[from:]) {
			var entry struct{ Message, Device, Status string }
			if json.Unmarshal(line, &entry) == nil && entry.Device == device && strings.Contains(entry.Message+": "+entry.Status, message) {
				return
			}
		}
	}
	f.t.Fatalf("the till did not write %q about its %s", message, device)
}

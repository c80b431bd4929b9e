package story_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till that hangs breaks no connection: the page says so by itself, shows nothing
// good any more and drops what is keyed, and the till does none of it once it is back.
// A double click on what completes a sale leaves its result in sight.
func TestTillHangs(t *testing.T) {
	s := newStage(t)
	if err := s.OpenShop(testkit.Within(t, 30*time.Second), "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	b := newBrowser(t)
	b.open("http://" + lane.Address)
	b.see("#prompt", "Phone number or card")
	b.key(ayseKeyed + "\r")
	b.see(".whole", "+905320000001")
	b.key("c")
	b.see(".who .balance", "0 points")
	b.key("4200")
	b.see(".sum .field", "42.00")
	signal := func(what syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(lane.Process.PID(), what); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = syscall.Kill(lane.Process.PID(), syscall.SIGCONT) }) // else its end is waited for
	signal(syscall.SIGSTOP)
	b.key("\r")
	b.see("#away", "does not answer")
	b.see("#badge", "No answer")
	b.key("77\r")
	b.picture("away")
	if covered := ask[bool](b, `(() => { const a = document.querySelector("#away").getBoundingClientRect(),
		c = document.querySelector(".primary").getBoundingClientRect(); return a.bottom > c.top })()`); covered {
		t.Error("the bar covers what completes a sale")
	}
	signal(syscall.SIGCONT)
	b.see("#badge", "Online")
	b.see(".sum .field", "42.00")
	if sold := b.text("#sales li"); sold != "" {
		t.Errorf("sold unseen: %s", sold)
	}
	b.click("#counter .primary")
	b.see(".told .total", "42.00")
	ask[bool](b, `document.querySelector("#counter .primary").click(), true`)
	b.see(".told .total", "42.00")
	b.calm()
}

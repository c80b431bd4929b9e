package story_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A POS that can only write POSLog files sells, and takes back, each thing once: also
// where the first answer is lost and where a file is dropped a second time. A torn
// file waits, what cannot be told is refused with the reason beside it, and a number
// that is none does not lose the sale.
func TestPOSLog(t *testing.T) {
	config := shop.Config(testkit.Private(t))
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	drop := t.TempDir()
	program := filepath.Join(t.TempDir(), "poslog")
	if out, err := exec.CommandContext(testkit.Within(t, time.Minute), "go", "build", "-o", program, "../../../examples/poslog").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	way := losesFirst(t, till.Address())
	round := func() string {
		t.Helper()
		out, err := exec.CommandContext(testkit.Within(t, 20*time.Second), program, "-once", drop, way, filepath.Join(config.DataDir, "api.token")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	has := func(name, want string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(drop, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %q, %v; want %q", name, text, err, want)
		}
	}
	day, back := dropped(t, "day.xml"), dropped(t, "return.xml")
	put(t, drop, "1.xml", day)
	put(t, drop, "2.xml", back[:len(back)/2])
	if out := round(); !strings.Contains(out, "1.xml") {
		t.Errorf("the lost answer is told as %q", out)
	}
	if out := round(); !strings.Contains(out, "2.xml: the file ends in the middle") {
		t.Errorf("the torn file is told as %q", out)
	}
	has("answers/1.txt", "Earned")
	shop.Awaits(t, config.DataDir, 180, 0) // of 99.92 and 80.10
	put(t, drop, "2.xml", back)
	put(t, drop, "3.xml", day)
	put(t, drop, "4.xml", strings.Replace(strings.Replace(day, "1001", "1005", 1), "119.90", "119.901", 1))
	put(t, drop, "5.xml", strings.Replace(strings.Replace(day, "1001", "1006", 1), "0532 000 00 01", "Ayşe", 1))
	put(t, drop, "6.xml", strings.Replace(day, "80.10", "90.10", 1))
	put(t, drop, "7.xml", "<html></html>")
	if out := round(); out != "" {
		t.Errorf("the round said %q", out)
	}
	shop.Awaits(t, config.DataDir, 138, 0) // 30 anew, and two fifths of the first sale back
	has("refused/4.txt", "3-1005: item 8690504012345: cannot be told: amount")
	has("answers/5.txt", "TOTAL TRY")
	has("refused/6.txt", "another sale has this id")
	has("refused/7.txt", "no POSLog")
	if left, _ := filepath.Glob(filepath.Join(drop, "*.xml")); len(left) > 0 {
		t.Errorf("%v still lie there", left)
	}
}

// dropped is a file of the example, written today and for a member who is one.
func dropped(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../examples/poslog/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("DAY", time.Now().Format(time.DateOnly), "0532 123 45 67", shop.Ayse).Replace(string(text))
}

func put(t *testing.T, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
